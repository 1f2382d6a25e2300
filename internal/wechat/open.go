package wechat

import "time"

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
// plain mode WeChat offers nothing that does.
func (r *Receiver) openPlain(q Query, sent time.Time, body []byte) (*Push, error) {
	if signer(r.tokens, q.Signature, q.Timestamp, q.Nonce) < 0 {
		return nil, refuse(CheckSignature, "%s", r.whySignature(q))
	}
	skew, err := r.inWindow(sent)
	if err != nil {
		return nil, err
	}
	doc, format, err := parse(body, CheckOuterDocument)
	if err != nil {
		return nil, err
	}
	p := &Push{Format: format, Mode: Plain, Skew: skew, doc: doc}
	if doc.members["Encrypt"] != nil {
		p.Mode = Compatible
		if doc.members["MsgType"] == nil {
			return nil, refuse(CheckMode, "the push has only ciphertext: the console is in secure mode already, while wechat.mode is plain")
		}
	}
	return p, r.address(p, CheckOuterDocument)
}

// openSealed has to read the outer document before the signature, which covers
// a member of it.
func (r *Receiver) openSealed(q Query, sent time.Time, body []byte) (*Push, error) {
	outer, format, err := parse(body, CheckOuterDocument)
	if err != nil {
		return nil, err
	}
	encrypt, err := outer.word("Encrypt", CheckOuterDocument)
	if err != nil {
		return nil, err
	}
	if encrypt == "" {
		return nil, refuse(CheckMode, "%s", r.whyNoCiphertext(q))
	}
	token := signer(r.tokens, q.MsgSignature, q.Timestamp, q.Nonce, encrypt)
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
	inner, innerFormat, err := parse(msg, CheckInnerDocument)
	if err != nil {
		return nil, err
	}
	if innerFormat != format {
		return nil, refuse(CheckInnerDocument, "the decrypted packet is %v inside an envelope in %v", innerFormat, format)
	}
	p := &Push{Format: format, Mode: Secure, Skew: skew, doc: inner}
	if outer.members["MsgType"] != nil {
		p.Mode = Compatible
	}
	p.seal = (&sealer{now: r.now, rand: r.rand, token: r.tokens[token], cipher: key, nonce: q.Nonce}).seal
	return p, r.address(p, CheckInnerDocument)
}

// decrypt tries the keys in their order and returns the one that fits. Where
// none does, the refusal is that of the key that got furthest: a wrong key
// hardly ever passes the padding, so the furthest is the right one.
func (r *Receiver) decrypt(encrypt string) ([]byte, *Cipher, error) {
	sealed, err := decodeBase64(encrypt)
	if err != nil {
		return nil, nil, err
	}
	var furthest error
	for _, c := range r.ciphers {
		msg, err := c.open(sealed)
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
// addressed to us.
func (r *Receiver) address(p *Push, check Check) error {
	for _, m := range []struct {
		name string
		into *string
	}{
		{"ToUserName", &p.Header.ToUserName},
		{"FromUserName", &p.Header.FromUserName},
		{"CreateTime", &p.Header.CreateTime},
		{"MsgType", &p.Header.MsgType},
		{"Event", &p.Header.Event},
	} {
		var err error
		if *m.into, err = p.doc.word(m.name, check); err != nil {
			return err
		}
	}
	if p.Header.ToUserName != r.userName {
		return refuse(CheckUserName, "ToUserName is not wechat.user_name: the setting is wrong, or the push is for another mini program")
	}
	return nil
}
