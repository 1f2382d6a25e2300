package wechat

import "strings"

// common writes the five members that every message and every reply starts with.
// MsgType is event.
func (w *writer) common(to, from string, created int64, event string) {
	w.str("ToUserName", to)
	w.str("FromUserName", from)
	w.num("CreateTime", created)
	w.str("MsgType", "event")
	w.str("Event", event)
}

// result writes what every reply about express orders says.
func (w *writer) result(code int, msg string) {
	w.num("ResultCode", int64(code))
	w.str("ResultMsg", msg)
}

// transportResult is result in instant delivery's spelling.
func (w *writer) transportResult(code int, msg string) {
	w.num("resultcode", int64(code))
	w.str("resultmsg", msg)
}

// openReply starts to read a reply to a push of that format and event, and checks
// the members whose values are given. Every error is a *Refusal.
func openReply(f Format, event string, body []byte) (*strictReader, error) {
	doc, format, err := parse(body, CheckMessage)
	if err != nil {
		return nil, err
	}
	if format != f {
		return nil, refuse(CheckMessage, "the reply is %v to a push in %v", format, f)
	}
	s := &strictReader{doc: doc, format: f, check: CheckMessage}
	if s.str("MsgType") != "event" {
		s.fail("MsgType is not event")
	}
	if !strings.EqualFold(s.str("Event"), event) {
		s.fail("Event is not %s", event)
	}
	return s, nil
}
