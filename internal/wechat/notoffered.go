package wechat

import (
	"maps"
	"slices"
)

// notOffered are WeChat's events around express orders that we know by name and
// offer nothing for. The value says whether WeChat documents a structured reply.
var notOffered = map[string]bool{
	// To merchants; a carrier that gets them says success.
	"add_express_path":            false,
	"update_business_bind_result": false,
	// To carriers that take orders of consumers, or pushes by telephone.
	"add_single_waybill":              true,
	"cancel_single_waybill":           true,
	"query_single_waybill":            true,
	"query_single_waybill_fee":        true,
	"waybill_query_expect_time_range": true,
	"remind_waybill":                  true,
	"waybill_complaint":               true,
	"waybill_evaluate_agent":          true,
	"notify_single_waybill_pay":       true,
	"waybill_notify_query":            true,
}

// NotOffered reports whether the push's event is one that we know and do not
// offer, and whether WeChat wants a structured reply to it. An event that is not
// documented is not ok.
func (p *Push) NotOffered() (replied, ok bool) {
	name := p.EventName()
	if instantEvents[name] == carriesOther {
		return true, true
	}
	replied, ok = notOffered[name]
	return replied, ok
}

// NotOfferedEvents lists the events that NotOffered knows, sorted.
func NotOfferedEvents() []string {
	names := slices.Collect(maps.Keys(notOffered))
	for name, message := range instantEvents {
		if message == carriesOther {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// NotOfferedReply is the reply to such an event, and to any of instant delivery,
// which a carrier need not offer: what all replies have, the result in the spelling
// that the event's has, and nothing of the event's own. It carries the name of the
// push's event, although WeChat's pages of query_single_waybill_fee and
// notify_single_waybill_pay show that of another. The error is a *Refusal with
// CheckMessage where no reply is documented.
func (p *Push) NotOfferedReply(code int, msg string) ([]byte, error) {
	if replied, _ := p.NotOffered(); !replied && !p.Instant() {
		return nil, refuse(CheckMessage, "WeChat documents no reply to the push's event that we could refuse with")
	}
	r := p.reader()
	created, _ := r.created(false)
	w := newWriter(p.Format, 320+len(msg))
	w.common(r.str("FromUserName"), r.str("ToUserName"), created, p.EventName())
	if p.Instant() {
		w.instantResult(code, msg)
	} else {
		w.result(code, msg)
	}
	return w.Bytes(), nil
}
