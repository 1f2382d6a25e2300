package wechat

import "strings"

// common writes the five members that every message and every reply starts with.
// MsgType is event.
func (w *Writer) common(to, from string, created int64, event string) {
	w.Str("ToUserName", to)
	w.Str("FromUserName", from)
	w.Num("CreateTime", created)
	w.Str("MsgType", "event")
	w.Str("Event", event)
}

// result writes what every reply about express orders says.
func (w *Writer) result(code int, msg string) {
	w.Num("ResultCode", int64(code))
	w.Str("ResultMsg", msg)
}

// transportResult is result in instant delivery's spelling.
func (w *Writer) transportResult(code int, msg string) {
	w.Num("resultcode", int64(code))
	w.Str("resultmsg", msg)
}

// openReply starts to read a reply to a push of that format and event, and checks
// the members whose values are given. Every error is a *Refusal.
func openReply(f Format, event string, body []byte) (*Strict, error) {
	doc, format, err := parse(body, CheckMessage)
	if err != nil {
		return nil, err
	}
	if format != f {
		return nil, refuse(CheckMessage, "the reply is %v to a push in %v", format, f)
	}
	s := &Strict{doc: doc, format: f, check: CheckMessage}
	if s.Str("MsgType") != "event" {
		s.Fail("MsgType is not event")
	}
	if !strings.EqualFold(s.Str("Event"), event) {
		s.Fail("Event is not %s", event)
	}
	return s, nil
}
