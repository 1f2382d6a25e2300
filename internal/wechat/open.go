package wechat

import (
	"bytes"
	"slices"
	"time"

	"carrierhook/internal/wechat/packet"
)

// Open checks a push and reads it. Every error is a *Refusal. The configured
// mode decides what is checked, never the request: a Compatible or Secure
// receiver believes only what is encrypted (both take pushes of either mode), a
// Plain one only the plain members (it takes pushes of Plain and Compatible).
// So the console's mode can be switched one step at a time without an outage.
func (r *Receiver) Open(q Query, body []byte) (*Push, error) {
	sent, err := parseTimestamp(q.Timestamp)
	if err != nil {
		return nil, err
	}
	if r.mode == Plain {
		return r.openPlain(q, sent, body)
	}
	return r.openSealed(q, sent, body)
}

// openPlain relies on the 3-part signature, which does not cover the body: in
// plain mode WeChat offers nothing that does. Binding is for whoever decides about
// the push.
func (r *Receiver) openPlain(q Query, sent time.Time, body []byte) (*Push, error) {
	if signer(r.tokens, q.Signature, q, nil) < 0 {
		return nil, refuse(CheckSignature, "%s", r.whySignature(q))
	}
	skew, err := r.inWindow(sent)
	if err != nil {
		return nil, err
	}
	doc, format, fault := packet.ParseTolerant(bytes.Clone(body)) // the push may outlive the body
	o := &openedPlain{doc: doc, binding: bind(q.Signature, body, &doc, fault)}
	p := &o.push
	p.Format, p.Mode, p.Skew, p.Binding = format, Plain, skew, &o.binding
	p.doc = func() *packet.Node { return &o.doc }
	if o.doc.Member("Encrypt") != nil {
		p.Mode = Compatible
		if fault == nil && o.doc.Member("MsgType") == nil {
			return nil, refuse(CheckMode, "the push has only ciphertext: the console is in secure mode already, while wechat.mode is plain")
		}
	}
	return r.address(p, sent, CheckOuterDocument, fault)
}

// envelopeNames is a variable so that a push allocates none.
var envelopeNames = []string{"Encrypt", "MsgType"}

// openSealed has to find the ciphertext in the outer document before the signature,
// which covers nothing else of it.
func (r *Receiver) openSealed(q Query, sent time.Time, body []byte) (*Push, error) {
	outer, format, err := packet.Skim(body, envelopeNames)
	if err != nil {
		return nil, refuse(CheckOuterDocument, "%v", err)
	}
	encrypt, err := outer.Trimmed("Encrypt")
	if err != nil {
		return nil, refuse(CheckOuterDocument, "%v", err)
	}
	if len(encrypt) == 0 {
		return nil, refuse(CheckMode, "%s", r.whyNoCiphertext(q))
	}
	token := signer(r.tokens, q.MsgSignature, q, encrypt)
	if token < 0 {
		return nil, refuse(CheckMsgSignature, "%s", r.whyMsgSignature(q, encrypt))
	}
	skew, err := r.inWindow(sent)
	if err != nil {
		return nil, err
	}
	msg, key, err := r.decrypt(encrypt)
	if err != nil {
		return nil, err
	}
	inner, innerFormat, fault := packet.ParseTolerant(msg)
	if innerFormat != format && innerFormat != 0 {
		return nil, refuse(CheckInnerDocument, "the decrypted packet is %v inside an envelope in %v", innerFormat, format)
	}
	o := &opened{doc: inner, sealer: sealer{receiver: r, token: token, cipher: key, nonce: q.Nonce}}
	p := &o.push
	p.Format, p.Mode, p.Skew = format, Secure, skew
	if outer.Member("MsgType") != nil {
		p.Mode = Compatible
	}
	p.doc, p.seal = func() *packet.Node { return &o.doc }, o.seal
	return r.address(p, sent, CheckInnerDocument, fault)
}

// opened is a push with what is behind its functions, and openedPlain one of a
// Plain receiver.
type (
	opened struct {
		push Push
		doc  packet.Node
		sealer
	}
	openedPlain struct {
		push    Push
		doc     packet.Node
		binding Binding
	}
)

// decrypt tries the keys in their order and returns the one that fits. Where
// none does, the refusal is that of the key that got furthest: a wrong key
// hardly ever passes the padding, so the furthest is the right one.
func (r *Receiver) decrypt(encrypt []byte) ([]byte, *Cipher, error) {
	sealed, err := decodeBase64(encrypt)
	if err != nil {
		return nil, nil, err
	}
	var furthest error
	for i, c := range r.ciphers {
		attempt := sealed
		if i < len(r.ciphers)-1 { // a key writes over what it tries, and another comes
			attempt = slices.Clone(sealed)
		}
		msg, err := c.open(attempt)
		if err == nil {
			return msg, c, nil
		}
		if furthest == nil || checkOf(err) > checkOf(furthest) {
			furthest = err
		}
	}
	return nil, nil, furthest
}

// address reads the members that every message has, and refuses what is not
// addressed to us. Of a document that could not be read to its end they may be enough: whoever
// sent it gets an answer if anybody can tell to what.
func (r *Receiver) address(p *Push, sent time.Time, check Check, fault error) (*Push, error) {
	doc, h := p.doc(), &p.Header
	p.sent = sent.Unix()
	for _, member := range [...]struct {
		name string
		into *string
		must bool // it says whose the push is, or what
	}{
		{"ToUserName", &h.ToUserName, true}, {"FromUserName", &h.FromUserName, false}, {"CreateTime", &h.CreateTime, false},
		{"MsgType", &h.MsgType, true}, {"Event", &h.Event, true},
	} {
		text, err := doc.Trimmed(member.name)
		if err != nil && doc.Agree(member.name) {
			text, err = doc.Trimmed(member.name)
		}
		if err != nil && member.must {
			return nil, refuse(check, "%v", err)
		}
		*member.into = copied(text)
	}
	if isEvent := p.isEvent(); fault != nil && (h.ToUserName == "" || h.MsgType == "" || isEvent && h.Event == "") {
		return nil, refuse(check, "%v", fault)
	} else if fault != nil {
		p.fault = &Refusal{Check: CheckMessage, Detail: fault.Error()}
	}
	if h.ToUserName != r.userName {
		return nil, refuse(CheckUserName, "ToUserName is not wechat.user_name: the setting is wrong, or the push is for another mini program")
	}
	return p, nil
}
