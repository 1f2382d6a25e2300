package wechat

import (
	"slices"
	"strconv"
)

// envelope is a sealed reply. Its names differ from those of the query that
// says the same of a push, and its timestamp is a number of seconds: WeChat
// does not take milliseconds.
type envelope struct {
	encrypt, signature string
	timestamp          int64
	nonce              string
}

func (e *envelope) sign(token string) {
	e.signature = Sign(token, strconv.FormatInt(e.timestamp, 10), e.nonce, e.encrypt)
}

func (e *envelope) encode(f Format) []byte {
	w := newWriter(f, len(e.encrypt)+256)
	w.str("Encrypt", e.encrypt)
	w.str("MsgSignature", e.signature)
	w.num("TimeStamp", e.timestamp)
	w.str("Nonce", e.nonce)
	return w.bytes()
}

func decodeEnvelope(doc *value, f Format) (envelope, error) {
	r := strictReader{doc: doc, format: f, check: CheckOuterDocument}
	e := envelope{
		encrypt:   r.str("Encrypt"),
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
	return m.text
}

func (r *strictReader) num(name string) int64 {
	m := r.member(name)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseInt(m.text, 10, 64)
	if err != nil || !m.bare || m.text[0] == '+' {
		r.fail("%s is not a bare whole number", name)
	}
	return n
}

func (r *strictReader) member(name string) *value {
	r.names = append(r.names, name)
	m := r.doc.members[name]
	if m == nil || m.kind != scalar {
		r.fail("%s is missing or not a scalar", name)
		return nil
	}
	return m
}

// done reports the first fault, or that there are members nobody asked for.
func (r *strictReader) done() error {
	for name := range r.doc.members {
		if !slices.Contains(r.names, name) {
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
