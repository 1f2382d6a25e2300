package wechat

import (
	"encoding/base64"
	"slices"
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
	w := newWriter(f, base64.StdEncoding.EncodedLen(len(ciphertext))+256)
	w.begin("Encrypt")
	from := len(w.b)
	w.b = base64.StdEncoding.AppendEncode(w.b, ciphertext)
	e := envelope{encrypt: w.b[from:], timestamp: timestamp, nonce: nonce}
	w.finish("Encrypt")

	signature := e.sign(token)
	w.begin("MsgSignature")
	w.b = append(w.b, signature[:]...)
	w.finish("MsgSignature")

	w.num("TimeStamp", timestamp)
	w.str("Nonce", nonce)
	return w.bytes()
}

// sign is the signature that the envelope must have under token.
func (e *envelope) sign(token string) signature {
	var digits [20]byte
	return sign(token, string(strconv.AppendInt(digits[:0], e.timestamp, 10)), e.nonce, e.encrypt)
}

func decodeEnvelope(doc *value, f Format) (envelope, error) {
	r := strictReader{doc: doc, format: f, check: CheckOuterDocument}
	e := envelope{
		encrypt:   []byte(r.str("Encrypt")),
		signature: r.str("MsgSignature"),
		timestamp: r.num("TimeStamp"),
		nonce:     r.str("Nonce"),
	}
	return e, r.done()
}

// strictReader reads a reply the way WeChat may: each member there, of its
// documented type, and none besides. We send replies, so nothing excuses them;
// pushes are read with more patience.
type strictReader struct {
	doc    *value
	format Format
	check  Check
	names  []string
	err    error // the first fault
}

func (r *strictReader) str(name string) string {
	m := r.member(name)
	if m == nil {
		return ""
	}
	if r.format == JSON && m.bare {
		r.fail("%s is not a string", name)
	}
	return string(m.text)
}

func (r *strictReader) num(name string) int64 {
	m := r.member(name)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseInt(string(m.text), 10, 64)
	if err != nil || !m.bare || m.text[0] == '+' {
		r.fail("%s is not a bare whole number", name)
	}
	return n
}

func (r *strictReader) member(name string) *value {
	r.names = append(r.names, name)
	m := r.doc.member(name)
	if m == nil || m.kind != scalar {
		r.fail("%s is missing or not a scalar", name)
		return nil
	}
	return m
}

// done reports the first fault, or that there are members nobody asked for.
func (r *strictReader) done() error {
	for _, m := range r.doc.children {
		if !slices.Contains(r.names, string(m.name)) {
			r.fail("the reply has a member that WeChat does not document")
		}
	}
	return r.err
}

func (r *strictReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = refuse(r.check, format, args...)
	}
}
