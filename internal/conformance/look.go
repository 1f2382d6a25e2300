package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// opened is a packet and its bytes.
type opened struct {
	packet
	doc []byte
}

// open looks at the envelope, and reads what is in it.
func (l *look) open(q wechat.Query, body []byte, outer packet) (opened, error) {
	l.want("reply_format", outer.format == l.format, "a reply in %v to a push in %v", outer.format, l.format)
	l.root(outer, "the reply")
	encrypt, sealed := outer.members["Encrypt"]
	if l.cipher == nil {
		return opened{outer, body}, nil
	}
	l.want("reply_sealed", sealed || l.account.Mode == wechat.Compatible, "the reply has no Encrypt: it is in the clear")
	if !sealed {
		return opened{outer, body}, nil
	}
	l.envelope(q, outer)
	doc, err := l.cipher.Decrypt(encrypt.text)
	r, refused := errors.AsType[*wechat.Refusal](err)
	check := wechat.Check(0)
	if refused {
		check = r.Check
	}
	l.want("reply_padding", !slices.Contains([]wechat.Check{wechat.CheckBase64, wechat.CheckCiphertext, wechat.CheckPadding, wechat.CheckLength}, check),
		"the ciphertext cannot be opened: %v", err)
	if err == nil || check == wechat.CheckAppID {
		l.want("reply_app_id", err == nil, "the app id inside the reply is not the mini program's")
	}
	if err != nil {
		return opened{}, errUnopened
	}
	inner, err := read(doc)
	if err != nil {
		return opened{}, fmt.Errorf("inside the reply, %w", err)
	}
	l.want("reply_format", inner.format == l.format, "a reply in %v inside an envelope in %v", inner.format, l.format)
	l.root(inner, "the packet inside the reply")
	return opened{inner, doc}, nil
}

func (l *look) root(p packet, what string) {
	if p.format == wechat.XML {
		l.want("reply_root", p.root == "xml", "the root of %s is <%s>", what, excerpt([]byte(p.root)))
	}
}

// envelope looks at what surrounds the ciphertext.
func (l *look) envelope(q wechat.Query, p packet) {
	l.shape("reply_envelope", p, []string{"Encrypt", "MsgSignature", "Nonce"}, nil)
	stamp, there := p.members["TimeStamp"]
	seconds, err := strconv.ParseInt(stamp.text, 10, 64)
	switch {
	case !there:
		l.want("reply_timestamp", false, "there is no TimeStamp")
	case !stamp.bare:
		l.want("reply_timestamp", false, "TimeStamp is a string, not a number")
	default:
		l.want("reply_timestamp", err == nil && seconds >= 1e9 && seconds < 1e11, "TimeStamp is %s, which is no time in seconds", stamp.text)
	}
	l.want("reply_nonce", p.text("Nonce") == q.Nonce, "Nonce is %q, the push's is %q", p.text("Nonce"), q.Nonce)
	if signature, there := p.members["MsgSignature"]; there {
		want := wechat.Sign(l.account.Token, stamp.text, p.text("Nonce"), p.text("Encrypt"))
		l.want("reply_signature", signature.text == want, "MsgSignature does not fit the reply's TimeStamp, Nonce and Encrypt")
	}
	l.extra(p, "Encrypt", "MsgSignature", "Nonce", "TimeStamp")
}

// packet looks at the packet itself.
func (l *look) packet(q question, p packet) {
	texts := append([]string{"ToUserName", "FromUserName", "MsgType", "Event"}, q.texts...)
	resultCode, resultMsg := q.result()
	numbers := []string{"CreateTime", resultCode}
	if q.decode != nil { // elsewhere ResultMsg may be missing, and there may be more
		texts = append(texts, resultMsg)
		for _, e := range q.echoed {
			texts = append(texts, e.name)
		}
		all := append(slices.Clone(texts), numbers...)
		if q.quota {
			all = append(all, "Quota")
		}
		if q.instant != nil {
			all = append(all, q.instant.may...)
		}
		l.extra(p, all...)
	} else if _, ok := p.code(); !ok {
		numbers = numbers[:1] // which is for the case to say
	}
	l.shape("reply_members", p, texts, numbers)
	l.want("reply_swapped", p.text("ToUserName") == q.from && p.text("FromUserName") == q.to,
		"from %q to %q, while the push was from %q to %q", p.text("FromUserName"), p.text("ToUserName"), q.from, q.to)
	l.echoed(q, p)
	code, ok := p.code()
	if ok && q.codes != nil {
		l.want("reply_code", slices.Contains(q.codes, code), "ResultCode %d is none of WeChat's for %s", code, q.event)
	}
	if q.quota {
		l.quota(p)
	}
	if q.instant != nil && ok {
		l.instant(*q.instant, p, code)
	}
	if label, labelled := p.members["WaybillData"]; ok && code == 0 && labelled {
		_, err := sandbox.ParseLabel(label.text)
		l.want("reply_label", err == nil, "%v", err)
	}
}

// echoed compares what the reply repeats with the push.
func (l *look) echoed(q question, p packet) {
	var wrong []string
	for _, e := range q.echoed {
		switch got := p.text(e.name); {
		case got == e.text:
		case e.hidden:
			wrong = append(wrong, e.name+" is not the push's")
		default:
			wrong = append(wrong, fmt.Sprintf("%s %q, while the push had %q", e.name, got, e.text))
		}
	}
	if len(q.echoed) > 0 {
		l.want("reply_echoed", len(wrong) == 0, "%s", strings.Join(wrong, ", "))
	}
}

// quota looks at how many waybills are left.
func (l *look) quota(p packet) {
	m, there := p.members["Quota"]
	n, err := strconv.ParseInt(m.text, 10, 64)
	switch {
	case !there:
		l.want("reply_quota", false, "no Quota")
	case !m.bare || err != nil || n < 0:
		l.want("reply_quota", false, "Quota is not a number of waybills")
	default:
		l.want("reply_quota", true, "")
	}
}

// shape wants members by their exact names and of their types.
func (l *look) shape(property string, p packet, texts, numbers []string) {
	var wrong []string
	for _, name := range append(slices.Clone(texts), numbers...) {
		number := slices.Contains(numbers, name)
		m, ok := p.members[name]
		_, numeric := strconv.ParseInt(m.text, 10, 64)
		switch {
		case !ok:
			wrong = append(wrong, "no "+name)
		case number && (!m.bare || numeric != nil):
			wrong = append(wrong, name+" is not a number")
		case !number && m.bare && p.format == wechat.JSON:
			wrong = append(wrong, name+" is not a string")
		}
	}
	l.want(property, len(wrong) == 0, "%v", wrong)
}

// extra wants no members besides. One that is only spelt in other letters is
// noted as missing already.
func (l *look) extra(p packet, names ...string) {
	var more []string
	for name := range p.members {
		known := func(n string) bool { return strings.EqualFold(n, name) }
		if !slices.ContainsFunc(names, known) {
			more = append(more, strconv.Quote(name))
		}
	}
	slices.Sort(more)
	l.want("reply_extra", len(more) == 0, "members that WeChat does not document: %v", more)
}
