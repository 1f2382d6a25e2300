package wechat

import (
	"bytes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// encryptRaw encrypts a plaintext as it is, so that tests can build frames that
// Encrypt would never write.
func encryptRaw(t testing.TB, plain []byte) string {
	t.Helper()
	c := newCipher(t, aesKey, appID)
	out := make([]byte, len(plain))
	cipher.NewCBCEncrypter(c.block, c.iv[:]).CryptBlocks(out, plain)
	return base64.StdEncoding.EncodeToString(out)
}

// frame lays out a plaintext with a length field of our choice.
func frame(size uint32, msg, id string, pad []byte) []byte {
	b := append([]byte(nil), random[:]...)
	b = binary.BigEndian.AppendUint32(b, size)
	return append(append(append(b, msg...), id...), pad...)
}

func padding(n, value int) []byte { return bytes.Repeat([]byte{byte(value)}, n) }

func sealedBody(encrypt string) []byte {
	return []byte(`{"ToUserName":"gh_abcdefg","Encrypt":"` + encrypt + `"}`)
}

// TestRefusedEnvelopes: what is properly signed, but is not what WeChat makes,
// is turned away by the very check that guards against it.
func TestRefusedEnvelopes(t *testing.T) {
	t.Parallel()
	good := newCipher(t, aesKey, appID).Encrypt(random, EncodeCancel(JSON, sampleCancel))
	otherApp := newCipher(t, aesKey, "wxother").Encrypt(random, []byte("{}"))
	otherKey := newCipher(t, strings.Repeat("A", 43), appID).Encrypt(random, []byte("{}"))
	seal := func(msg string) string { return newCipher(t, aesKey, appID).Encrypt(random, []byte(msg)) }
	// 20 bytes of head, 18 of app id: a message of 10 leaves 16 for the padding.
	msg := "0123456789"

	tests := []struct {
		name    string
		encrypt string
		want    Check
	}{
		{"not base64", "!" + good[1:], CheckBase64},
		{"url alphabet", strings.Repeat("-_", 32), CheckBase64},
		{"no base64 padding", strings.TrimRight(otherApp, "="), CheckBase64},
		{"bits left over", otherApp[:42] + string(otherApp[42]+1) + "=", CheckBase64},
		{"line break inside", good[:40] + `\n` + good[40:], CheckBase64},
		{"carriage return inside", good[:40] + `\r` + good[40:], CheckBase64},
		{"half a unit", base64.StdEncoding.EncodeToString(make([]byte, 48)), CheckCiphertext},
		{"half a block", base64.StdEncoding.EncodeToString(make([]byte, 40)), CheckCiphertext},
		{"padding zero", encryptRaw(t, frame(10, msg, appID, padding(16, 0))), CheckPadding},
		{"padding 33", encryptRaw(t, frame(10, msg, appID, padding(16, 33))), CheckPadding},
		{"padding 33, all there", encryptRaw(t, frame(25, strings.Repeat("x", 25), appID, padding(33, 33))), CheckPadding},
		{"padding longer than it is", encryptRaw(t, frame(10, msg, appID, padding(16, 17))), CheckPadding},
		{"first byte of the padding differs", encryptRaw(t, frame(10, msg, appID, append([]byte{15}, padding(15, 16)...))), CheckPadding},
		{"the wrong key", otherKey, CheckPadding},
		{"all padding", encryptRaw(t, padding(32, 32)), CheckLength},
		{"no room for a length", encryptRaw(t, padding(32, 13)), CheckLength},
		{"length one too great", encryptRaw(t, frame(29, msg, appID, padding(16, 16))), CheckLength},
		{"length of 2^31", encryptRaw(t, frame(1<<31, msg, appID, padding(16, 16))), CheckLength},
		{"length of 2^32-1", encryptRaw(t, frame(1<<32-1, msg, appID, padding(16, 16))), CheckLength},
		{"length of 2^32-20", encryptRaw(t, frame(1<<32-20, msg, appID, padding(16, 16))), CheckLength},
		{"length one too small", encryptRaw(t, frame(9, msg, appID, padding(16, 16))), CheckAppID},
		{"another app", otherApp, CheckAppID},
		{"no app id", encryptRaw(t, frame(28, msg+appID, "", padding(16, 16))), CheckAppID},
		{"app id and more", encryptRaw(t, frame(9, "123456789", appID+"x", padding(16, 16))), CheckAppID},
		{"the message is no packet", seal("success"), CheckInnerDocument},
		{"the message is empty", seal(""), CheckInnerDocument},
		{"junk after the message", seal(`{"ToUserName":"gh_abcdefg"}x`), CheckInnerDocument},
		{"the message is XML", seal("<xml><ToUserName>gh_abcdefg</ToUserName></xml>"), CheckInnerDocument},
		{"a header member is a list", seal(`{"ToUserName":["gh_abcdefg"]}`), CheckInnerDocument},
		{"another receiver", seal(`{"ToUserName":"gh_other"}`), CheckUserName},
		{"no receiver", seal(`{}`), CheckUserName},
	}
	r := newReceiver(t, options(Secure))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			signed := strings.NewReplacer(`\n`, "\n", `\r`, "\r").Replace(tt.encrypt)
			_, err := r.Open(query(signed), sealedBody(tt.encrypt))
			refusedBy(t, err, tt.want)
		})
	}
	if _, err := r.Open(query(good), sealedBody(good)); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

// TestEmptyCiphertext cannot reach Cipher through a push, where an empty Encrypt
// is none at all.
func TestEmptyCiphertext(t *testing.T) {
	t.Parallel()
	_, err := newCipher(t, aesKey, appID).Decrypt("")
	refusedBy(t, err, CheckCiphertext)
	_, err = newReceiver(t, options(Secure)).Open(query("x"), sealedBody(""))
	refusedBy(t, err, CheckMode)
}

// TestFurthestRefusal: with two keys, the log must name the fault of the right
// key and not that of the other.
func TestFurthestRefusal(t *testing.T) {
	t.Parallel()
	encrypt := newCipher(t, aesKey, "wxother").Encrypt(random, []byte("{}"))
	for _, keys := range [][]string{{aesKey, strings.Repeat("A", 43)}, {strings.Repeat("A", 43), aesKey}} {
		o := options(Secure)
		o.AESKeys = keys
		_, err := newReceiver(t, o).Open(query(encrypt), sealedBody(encrypt))
		refusedBy(t, err, CheckAppID)
	}
}

// TestRefusedTimestamps: only the plain decimal passes, for GET and POST, and
// before anything else is looked at.
func TestRefusedTimestamps(t *testing.T) {
	t.Parallel()
	for _, ts := range []string{"", "x", "-1533042556", "+1533042556", " 1533042556", "1533042556 ", "1_533_042_556",
		"0x5b605dbc", "1533042556.0", "1e9", "01533042556", "0", "9999999999999999999", "1234567890123456789", "1533042556\n", "１５３３０４２５５６"} {
		q := Query{Timestamp: ts, Nonce: nonce, Signature: Sign(token, ts, nonce)}
		for _, m := range Modes() {
			o := options(m)
			o.Window = 0
			r := newReceiver(t, o)
			_, err := r.Open(q, []byte("not even a document"))
			refusedBy(t, err, CheckTimestamp)
			_, err = r.VerifyURL(q)
			refusedBy(t, err, CheckTimestamp)
		}
	}
}

// TestWrongSignatures: each way to get the two signatures wrong is refused, and
// the log says which one it was.
func TestWrongSignatures(t *testing.T) {
	t.Parallel()
	_, sealed := samplePush(t, JSON, Secure)
	_, plain := samplePush(t, JSON, Plain)
	right, _ := samplePush(t, JSON, Secure)
	three, four := right.Signature, right.MsgSignature

	tests := []struct {
		name   string
		mode   Mode
		q      Query
		body   []byte
		want   Check
		detail string
	}{
		{"3-part as msg_signature", Secure, Query{Signature: three, MsgSignature: three, EncryptType: "aes"}, sealed, CheckMsgSignature, "msg_signature is the 3-part signature"},
		{"msg_signature wrong, token right", Secure, Query{Signature: three, MsgSignature: Sign("x"), EncryptType: "aes"}, sealed, CheckMsgSignature, "the token is"},
		{"neither fits", Secure, Query{Signature: Sign("x"), MsgSignature: Sign("x"), EncryptType: "aes"}, sealed, CheckMsgSignature, "wechat.token differs"},
		{"upper case", Secure, Query{Signature: three, MsgSignature: strings.ToUpper(four)}, sealed, CheckMsgSignature, "the token is"},
		{"msg_signature missing", Secure, Query{Signature: three, EncryptType: "aes"}, sealed, CheckMsgSignature, "no msg_signature"},
		{"both missing", Secure, Query{}, sealed, CheckMsgSignature, "no msg_signature: this is not WeChat"},
		{"4-part as signature", Secure, Query{Signature: four}, sealed, CheckMsgSignature, "came as signature"},
		{"encrypt_type raw", Secure, Query{Signature: three, EncryptType: "raw"}, sealed, CheckMsgSignature, "encrypt_type is not aes"},
		{"plain push, signed", Secure, Query{Signature: three, EncryptType: "raw"}, plain, CheckMode, "encrypt_type is raw: the console is still in plain mode"},
		{"plain push, signed, no type", Secure, Query{Signature: three}, plain, CheckMode, "the console is still in plain mode"},
		{"plain push that says aes", Secure, Query{Signature: three, MsgSignature: four, EncryptType: "aes"}, plain, CheckMode, "a proxy changes the body"},
		{"plain push, unsigned", Secure, Query{}, plain, CheckMode, "signature does not fit either"},
		{"plain server, wrong", Plain, Query{Signature: Sign("x")}, plain, CheckSignature, "wechat.token differs"},
		{"plain server, missing", Plain, Query{}, plain, CheckSignature, "no signature"},
		{"plain server, only a strange msg_signature", Plain, Query{MsgSignature: four}, plain, CheckSignature, "but no signature"},
		{"plain server, as msg_signature", Plain, Query{MsgSignature: three}, plain, CheckSignature, "came as msg_signature"},
		{"plain server, 4-part", Plain, Query{Signature: four}, sealed, CheckSignature, "wechat.token differs"},
		{"plain server, ciphertext only", Plain, Query{Signature: three, MsgSignature: four}, sealed, CheckMode, "the console is in secure mode already"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.q.Timestamp, tt.q.Nonce = right.Timestamp, right.Nonce
			_, err := newReceiver(t, options(tt.mode)).Open(tt.q, tt.body)
			r := refusedBy(t, err, tt.want)
			if !strings.Contains(r.Detail, tt.detail) {
				t.Errorf("detail %q does not say %q", r.Detail, tt.detail)
			}
			if tt.want == CheckSignature {
				_, err := newReceiver(t, options(Secure)).VerifyURL(tt.q)
				refusedBy(t, err, CheckSignature)
			}
			for _, secret := range []string{token, aesKey, three, four, "xyz123", "oABCD"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%q shows %q", err, secret)
				}
			}
		})
	}
}

// TestSignatureComesBeforeWindow: a stranger must not learn our clock, nor
// move the gauge of the skew.
func TestSignatureComesBeforeWindow(t *testing.T) {
	t.Parallel()
	for m, want := range map[Mode]Check{Plain: CheckSignature, Secure: CheckMsgSignature} {
		q, body := samplePush(t, XML, m)
		q.Timestamp = "1000000000"
		_, err := newReceiver(t, options(m)).Open(q, body)
		refusedBy(t, err, want)
	}
}

// TestMalformedOuter: a document that cannot be read is refused as such, and not as
// one that is not believed. What its texts hold that are not read is nobody's business.
func TestMalformedOuter(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]Check{
		"": CheckOuterDocument, " \n": CheckOuterDocument, "x": CheckOuterDocument, "[]": CheckOuterDocument, "<xml>": CheckOuterDocument, "{": CheckOuterDocument, "<html></html>": CheckOuterDocument,
		`{"Encrypt":{}}`: CheckOuterDocument, "<xml><Encrypt><a>b</a></Encrypt></xml>": CheckOuterDocument, "{\"Encrypt\":\"\xff\"}": CheckOuterDocument, "<xml><Encrypt>\xff</Encrypt></xml>": CheckOuterDocument,
		"\ufeff{}": CheckMode, "\ufeff<xml></xml>": CheckMode, "{\"a\":\"\xff\"}": CheckMode, "<xml><a>\xff</a></xml>": CheckMode,
	} {
		for _, m := range []Mode{Compatible, Secure} {
			_, err := newReceiver(t, options(m)).Open(query("x"), []byte(body))
			refusedBy(t, err, want)
		}
	}
	_, err := newReceiver(t, options(Plain)).Open(query(""), []byte(`{"Event":[]}`))
	refusedBy(t, err, CheckOuterDocument)
}

// TestChecks: each check has a name of its own, and exactly those about what
// cannot be read are shown to the sender.
func TestChecks(t *testing.T) {
	t.Parallel()
	var names, malformed []string
	for _, c := range Checks() {
		if c.String() == "unknown" || slices.Contains(names, c.String()) {
			t.Errorf("check %d has the name %q", c, c)
		}
		names = append(names, c.String())
		if c.Malformed() {
			malformed = append(malformed, c.String())
		}
	}
	if names = append(names, CheckMessage.String()); len(names) != len(checkNames) { // no push meets it
		t.Errorf("%d checks have %d names", len(names), len(checkNames))
	}
	if got, want := fmt.Sprint(malformed), "[outer_document inner_document echostr]"; got != want {
		t.Errorf("malformed: %s, want %s", got, want)
	}
}
