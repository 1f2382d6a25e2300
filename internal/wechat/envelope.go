package wechat

import (
	"encoding/base64"
	"strconv"
)

// envelope is a sealed reply. Its names differ from those of the query that
// says the same of a push, and its timestamp is a number of seconds: WeChat
// does not take milliseconds.
type envelope struct {
	encrypt   []byte
	signature string
	timestamp int64
	nonce     string
}

// encodeEnvelope writes and signs the envelope around a ciphertext.
func encodeEnvelope(f Format, ciphertext []byte, token string, timestamp int64, nonce string) []byte {
	w := NewWriter(f, base64.StdEncoding.EncodedLen(len(ciphertext))+256)
	w.begin("Encrypt")
	from := len(w.b)
	w.b = base64.StdEncoding.AppendEncode(w.b, ciphertext)
	e := envelope{encrypt: w.b[from:], timestamp: timestamp, nonce: nonce}
	w.finish("Encrypt")

	signature := e.sign(token)
	w.begin("MsgSignature")
	w.b = append(w.b, signature[:]...)
	w.finish("MsgSignature")

	w.Num("TimeStamp", timestamp)
	w.Str("Nonce", nonce)
	return w.Bytes()
}

// sign is the signature that the envelope must have under token.
func (e *envelope) sign(token string) signature {
	var digits [20]byte
	return sign(token, string(strconv.AppendInt(digits[:0], e.timestamp, 10)), e.nonce, e.encrypt)
}

func decodeEnvelope(doc *Node, f Format) (envelope, error) {
	r := Strict{doc: doc, format: f, check: CheckOuterDocument}
	e := envelope{
		encrypt:   []byte(r.Str("Encrypt")),
		signature: r.Str("MsgSignature"),
		timestamp: r.Num("TimeStamp"),
		nonce:     r.Str("Nonce"),
	}
	return e, r.Done()
}
