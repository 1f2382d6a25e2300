package conformance

import (
	"bytes"
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"carrierhook/internal/wechat"
)

// frame is a decrypted envelope, parsed without a check.
type frame struct {
	whole       []byte // with the padding
	random, msg []byte
	pad         int
}

func block(t testing.TB, encoded string) (cipher.Block, []byte) {
	key, err := base64.StdEncoding.DecodeString(encoded + "=")
	must(t, err)
	b, err := aes.NewCipher(key)
	must(t, err)
	return b, key[:aes.BlockSize]
}

// loosely decrypts as a careless server does.
func loosely(t testing.TB, encrypt string) (frame, bool) {
	whole, err := base64.StdEncoding.DecodeString(encrypt)
	if err != nil || len(whole) < 32 || len(whole)%16 != 0 {
		return frame{}, false
	}
	b, iv := block(t, aesKey)
	cipher.NewCBCDecrypter(b, iv).CryptBlocks(whole, whole)
	size := int(binary.BigEndian.Uint32(whole[16:20]))
	f := frame{whole: whole, random: whole[:16], pad: int(whole[len(whole)-1])}
	if size < 0 || size > len(whole)-20 {
		return f, false
	}
	f.msg = whole[20 : 20+size]
	return f, true
}

// resealed makes a push that a careless server would take into one that the
// receiver takes too.
func resealed(t testing.TB, q *wechat.Query, body []byte, msg []byte) []byte {
	p, err := read(body)
	if err != nil {
		return body
	}
	s, err := wechat.NewSender(account(wechat.Secure))
	must(t, err)
	seconds, err := strconv.ParseInt(q.Timestamp, 10, 64)
	must(t, err)
	again, body := s.Push(p.format, time.Unix(seconds, 0), q.Nonce, [16]byte{}, msg)
	*q = again
	return body
}

// sloppy is an envelope written by hand.
type sloppy struct {
	stamp    func(int64) string
	nonce    func(string) string
	noPad    bool // where nothing is missing
	pad16    bool // to AES's block, not to 32
	root     string
	appID    string
	sign     func(string) string
	present  bool   // under the present secrets, whatever the push was under
	bareName string // of a member that is misspelt
}

func (s sloppy) seal(t testing.TB, f wechat.Format, q wechat.Query, packet []byte) []byte {
	random := make([]byte, 16)
	rand.Read(random)
	plain := slices.Concat(random, binary.BigEndian.AppendUint32(nil, uint32(len(packet))), packet, []byte(cmp.Or(s.appID, appID)))
	size := 32
	if s.pad16 {
		size = 16
	}
	if pad := size - len(plain)%size; pad < size || !s.noPad {
		plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	}
	used := max(0, slices.IndexFunc(tokens, func(token string) bool { return q.Signature == wechat.Sign(token, q.Timestamp, q.Nonce) }))
	if s.present {
		used = 0
	}
	b, iv := block(t, keys[used])
	cipher.NewCBCEncrypter(b, iv).CryptBlocks(plain, plain)
	encrypt := base64.StdEncoding.EncodeToString(plain)
	stamp, nonce, root, name := strconv.FormatInt(time.Now().Unix(), 10), q.Nonce, cmp.Or(s.root, "xml"), cmp.Or(s.bareName, "MsgSignature")
	if s.stamp != nil {
		stamp = s.stamp(time.Now().Unix())
	}
	if s.nonce != nil {
		nonce = s.nonce(nonce)
	}
	signed := stamp
	if text, err := strconv.Unquote(stamp); err == nil {
		signed = text
	}
	signature := wechat.Sign(tokens[used], signed, nonce, encrypt)
	if s.sign != nil {
		signature = s.sign(signature)
	}
	if f == wechat.JSON {
		return fmt.Appendf(nil, `{"Encrypt":%q,%q:%q,"TimeStamp":%s,"Nonce":%q}`, encrypt, name, signature, stamp, nonce)
	}
	if signed != stamp {
		stamp = "<![CDATA[" + signed + "]]>"
	}
	return fmt.Appendf(nil, "<%s><Encrypt><![CDATA[%s]]></Encrypt><%s><![CDATA[%s]]></%s><TimeStamp>%s</TimeStamp><Nonce><![CDATA[%s]]></Nonce></%s>",
		root, encrypt, name, signature, name, stamp, nonce, root)
}
