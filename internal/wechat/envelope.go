package wechat

import (
	"encoding/base64"
	"strconv"

	"carrierhook/internal/wechat/packet"
)

// envelope is a sealed reply. Its names differ from those of a push's query, and its timestamp is a number of seconds: WeChat
// does not take milliseconds.
type envelope struct {
	encrypt   []byte
	signature string
	timestamp int64
	nonce     string
}

// encodeEnvelope writes and signs the envelope around a ciphertext.
func encodeEnvelope(f Format, ciphertext []byte, token string, timestamp int64, nonce string) []byte {
	w := packet.NewWriter(f, base64.StdEncoding.EncodedLen(len(ciphertext))+256)
	e := envelope{encrypt: w.Base64("Encrypt", ciphertext), timestamp: timestamp, nonce: nonce}
	signature := e.sign(token)
	w.Plain("MsgSignature", signature[:])
	w.Num("TimeStamp", timestamp)
	w.Str("Nonce", nonce)
	return w.Bytes()
}

// sign is the signature that the envelope must have under token.
func (e *envelope) sign(token string) signature {
	var digits [20]byte
	return sign(token, string(strconv.AppendInt(digits[:0], e.timestamp, 10)), e.nonce, e.encrypt)
}

func decodeEnvelope(doc *packet.Node, f Format) (envelope, error) {
	r := packet.NewStrict(doc, f)
	e := envelope{
		encrypt:   []byte(r.Str("Encrypt")),
		signature: r.Str("MsgSignature"),
		timestamp: r.Num("TimeStamp"),
		nonce:     r.Str("Nonce"),
	}
	if err := r.Done(); err != nil {
		return envelope{}, refuse(CheckOuterDocument, "%v", err)
	}
	return e, nil
}
