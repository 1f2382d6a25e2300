package handler_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"carrierhook/internal/wechat"
)

// spoilt is a push with one thing wrong.
type spoilt struct {
	name   string
	server wechat.Mode
	check  string
	query  wechat.Query
	body   []byte
}

// spoiltPushes has at least one push for every check of a POST.
func spoiltPushes(t testing.TB, f wechat.Format) []spoilt {
	t.Helper()
	var all []spoilt
	add := func(name string, server wechat.Mode, check wechat.Check, q wechat.Query, body []byte) {
		all = append(all, spoilt{fmt.Sprintf("%v/%v/%s", f, check, name), server, check.String(), q, body})
	}
	change := func(q wechat.Query, f func(*wechat.Query)) wechat.Query { f(&q); return q }
	envelope := func(name string, check wechat.Check, encrypt string) {
		q, body := sealed(f, encrypt)
		add(name, wechat.Secure, check, q, body)
	}

	plainQ, plain := samplePush(t, f, wechat.Plain)
	compatQ, compat := samplePush(t, f, wechat.Compatible)
	secureQ, secure := samplePush(t, f, wechat.Secure)
	msg := wechat.EncodeCancel(f, sampleCancel)

	for _, m := range wechat.Modes() {
		q, body := samplePush(t, f, m)
		add("not a number", m, wechat.CheckTimestamp, change(q, func(q *wechat.Query) { q.Timestamp = "soon" }), body)
		add("none", m, wechat.CheckTimestamp, change(q, func(q *wechat.Query) { q.Timestamp = "" }), body)
		add("junk before", m, wechat.CheckOuterDocument, q, append([]byte("junk"), body...))
		add("cut off", m, wechat.CheckOuterDocument, q, body[:len(body)/4])
		if m != wechat.Plain { // where the signature was right and the event is told
			add("junk behind", m, wechat.CheckOuterDocument, q, append(bytes.Clone(body), "junk"...))
		}
		add("empty", m, wechat.CheckOuterDocument, q, nil)
	}
	add("wrong", wechat.Plain, wechat.CheckSignature, change(plainQ, func(q *wechat.Query) { q.Signature = strings.Repeat("0", 40) }), plain)
	add("none", wechat.Plain, wechat.CheckSignature, change(plainQ, func(q *wechat.Query) { q.Signature = "" }), plain)
	add("only msg_signature", wechat.Plain, wechat.CheckSignature, change(compatQ, func(q *wechat.Query) { q.Signature = "" }), compat)
	for _, m := range []wechat.Mode{wechat.Compatible, wechat.Secure} {
		add("only signature", m, wechat.CheckMsgSignature, change(secureQ, func(q *wechat.Query) { q.MsgSignature = "" }), secure)
		add("signature twice", m, wechat.CheckMsgSignature, change(secureQ, func(q *wechat.Query) { q.MsgSignature = q.Signature }), secure)
		add("of another ciphertext", m, wechat.CheckMsgSignature, secureQ, bytes.Replace(secure, []byte("jn1L"), []byte("jn1M"), 1))
		add("a plain push", m, wechat.CheckMode, plainQ, plain)
	}
	add("a secure push", wechat.Plain, wechat.CheckMode, secureQ, secure)

	envelope("not base64", wechat.CheckBase64, "!!!!")
	envelope("one block", wechat.CheckCiphertext, base64.StdEncoding.EncodeToString(make([]byte, 16)))
	envelope("pad of 0", wechat.CheckPadding, encryptRaw(t, make([]byte, 64)))
	envelope("longer than the text", wechat.CheckLength, encryptRaw(t, padded(append(make([]byte, 16), 0xff, 0xff, 0xff, 0xff))))
	envelope("of another", wechat.CheckAppID, encryptFor(t, "wxanother", msg))
	envelope("junk", wechat.CheckInnerDocument, encryptFor(t, appID, []byte("junk")))
	other := bytes.ReplaceAll(msg, []byte(userName), []byte("gh_another"))
	envelope("of another", wechat.CheckUserName, encryptFor(t, appID, other))
	add("of another", wechat.Plain, wechat.CheckUserName, signed(""), other)
	return all
}

// encryptFor seals a message for an app id; encryptRaw encrypts any whole
// blocks, as somebody with the key but another program might.
func encryptFor(t testing.TB, id string, msg []byte) string {
	t.Helper()
	c, err := wechat.NewCipher(aesKey, id)
	must(t, err)
	return c.Encrypt(random, msg)
}

func encryptRaw(t testing.TB, plain []byte) string {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(aesKey + "=")
	must(t, err)
	block, err := aes.NewCipher(key)
	must(t, err)
	out := make([]byte, len(plain))
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(out, plain)
	return base64.StdEncoding.EncodeToString(out)
}

func padded(b []byte) []byte {
	n := 32 - len(b)%32
	return append(b, bytes.Repeat([]byte{byte(n)}, n)...)
}
