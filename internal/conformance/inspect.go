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

// open examines the envelope, and reads what is in it.
func (i *inspection) open(q wechat.Query, body []byte, outer packet) (opened, error) {
	i.want("reply_format", outer.format == i.format, "a reply in %v to a push in %v", outer.format, i.format)
	i.root(outer, "the reply")
	encrypt, sealed := outer.members["Encrypt"]
	if i.cipher == nil {
		_, answered := outer.code()
		i.want("reply_unsealed", !sealed || answered, "the reply is encrypted")
		if sealed && !answered {
			return opened{}, errUnopened
		}
		return opened{outer, body}, nil
	}
	i.want("reply_sealed", sealed || i.account.Mode == wechat.Compatible, "the reply has no Encrypt: it is in the clear")
	if !sealed {
		return opened{outer, body}, nil
	}
	i.envelope(q, outer)
	doc, err := i.cipher.Decrypt(encrypt.text)
	r, refused := errors.AsType[*wechat.Refusal](err)
	check := wechat.Check(0)
	if refused {
		check = r.Check
	}
	i.want("reply_padding", !slices.Contains([]wechat.Check{wechat.CheckBase64, wechat.CheckCiphertext, wechat.CheckPadding, wechat.CheckLength}, check),
		"the ciphertext cannot be opened: %v", err)
	if err == nil || check == wechat.CheckAppID {
		i.want("reply_app_id", err == nil, "the app id inside the reply is not the mini program's")
	}
	if err != nil {
		return opened{}, errUnopened
	}
	inner, err := read(doc)
	if err != nil {
		return opened{}, i.unread(fmt.Errorf("inside the reply, %w", err), doc)
	}
	i.want("reply_format", inner.format == i.format, "a reply in %v inside an envelope in %v", inner.format, i.format)
	i.root(inner, "the packet inside the reply")
	return opened{inner, doc}, nil
}

func (i *inspection) root(p packet, what string) {
	switch {
	case p.format != wechat.XML:
	case p.root == "xml":
		i.want("reply_root", true, "")
	default:
		i.want("reply_root", false, "the root of %s is <%s>", what, i.excerpt([]byte(p.root)))
	}
}

// envelope examines what surrounds the ciphertext.
func (i *inspection) envelope(q wechat.Query, p packet) {
	i.shape("reply_envelope", p, []string{"Encrypt", "MsgSignature", "Nonce"}, nil)
	stamp, there := p.members["TimeStamp"]
	seconds, err := strconv.ParseInt(stamp.text, 10, 64)
	switch {
	case !there:
		i.want("reply_timestamp", false, "there is no TimeStamp")
	case !stamp.bare:
		i.want("reply_timestamp", false, "TimeStamp is a string, not a number")
	default:
		i.want("reply_timestamp", err == nil && inSeconds(seconds), "TimeStamp is %s, which is no time in seconds", stamp.text)
	}
	i.want("reply_nonce", p.text("Nonce") == q.Nonce, "Nonce is %q, the push's is %q", p.text("Nonce"), q.Nonce)
	if signature, there := p.members["MsgSignature"]; there {
		i.want("reply_signature", signature.text == p.signature(i.account.Token), "MsgSignature does not fit the reply's TimeStamp, Nonce and Encrypt")
	}
	i.extra(p, "Encrypt", "MsgSignature", "Nonce", "TimeStamp")
}

// signature is what a reply's MsgSignature has to be.
func (p packet) signature(token string) string {
	return wechat.Sign(token, p.text("TimeStamp"), p.text("Nonce"), p.text("Encrypt"))
}

// inSeconds tells a time in Unix seconds from one in another unit.
func inSeconds(n int64) bool { return n >= 1e9 && n < 1e11 }

// packet examines the packet itself.
func (i *inspection) packet(q probe, p packet) {
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
		i.extra(p, all...)
	} else if _, ok := p.code(); !ok {
		numbers = numbers[:1] // which is for the case to say
	}
	i.shape("reply_members", p, texts, numbers)
	i.want("reply_swapped", p.text("ToUserName") == q.from && p.text("FromUserName") == q.to,
		"from %q to %q, while the push was from %q to %q", p.text("FromUserName"), p.text("ToUserName"), q.from, q.to)
	if created, err := strconv.ParseInt(p.text("CreateTime"), 10, 64); err == nil { // else it lacks reply_members
		i.want("reply_create_time", inSeconds(created), "CreateTime is %d, which is no time in seconds", created)
	}
	i.echoed(q, p)
	code, ok := p.code()
	if ok && q.codes != nil {
		i.want("reply_code", slices.Contains(q.codes, code), "ResultCode %d is none of WeChat's for %s", code, q.event)
	}
	if q.quota {
		i.quota(p)
	}
	if q.instant != nil && ok {
		i.instant(*q.instant, p, code)
	}
	if label, labelled := p.members["WaybillData"]; ok && code == 0 && labelled {
		_, err := sandbox.ParseLabel(label.text)
		i.want("reply_label", err == nil, "%v", err)
	}
}

// echoed compares what the reply repeats with the push.
func (i *inspection) echoed(q probe, p packet) {
	var faults []string
	for _, e := range q.echoed {
		switch got := p.text(e.name); {
		case got == e.text:
		case e.hidden:
			faults = append(faults, e.name+" is not the push's")
		default:
			faults = append(faults, fmt.Sprintf("%s %q, while the push had %q", e.name, got, e.text))
		}
	}
	if len(q.echoed) > 0 {
		i.want("reply_echoed", len(faults) == 0, "%s", strings.Join(faults, ", "))
	}
}

// quota examines how many waybills are left.
func (i *inspection) quota(p packet) {
	m, there := p.members["Quota"]
	n, err := strconv.ParseInt(m.text, 10, 64)
	switch {
	case !there:
		i.want("reply_quota", false, "no Quota")
	case !m.bare || err != nil || n < 0:
		i.want("reply_quota", false, "Quota is not a number of waybills")
	default:
		i.want("reply_quota", true, "")
	}
}

// shape wants members by their exact names and of their types.
func (i *inspection) shape(property string, p packet, texts, numbers []string) {
	var faults []string
	for _, name := range append(slices.Clone(texts), numbers...) {
		number := slices.Contains(numbers, name)
		m, ok := p.members[name]
		_, numeric := strconv.ParseInt(m.text, 10, 64)
		switch {
		case !ok:
			faults = append(faults, "no "+name)
		case number && (!m.bare || numeric != nil):
			faults = append(faults, name+" is not a number")
		case !number && m.bare && p.format == wechat.JSON:
			faults = append(faults, name+" is not a string")
		}
	}
	i.want(property, len(faults) == 0, "%v", faults)
}

// extra wants no members besides. One that is only spelt in other letters is
// noted as missing already.
func (i *inspection) extra(p packet, names ...string) {
	var more []string
	for name := range p.members {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			more = append(more, strconv.Quote(name))
		}
	}
	slices.Sort(more)
	i.want("reply_extra", len(more) == 0, "members that WeChat does not document: %v", more)
}
