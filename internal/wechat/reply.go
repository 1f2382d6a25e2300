package wechat

import (
	"strings"

	"carrierhook/internal/wechat/packet"
)

// writer is the codec's with what several messages have.
type writer struct{ packet.Writer }

func newWriter(f Format, size int) writer { return writer{packet.NewWriter(f, size)} }

// common writes the five members that every message and every reply starts with.
// MsgType is event.
func (w *writer) common(to, from string, created int64, event string) {
	w.Str("ToUserName", to)
	w.Str("FromUserName", from)
	w.Num("CreateTime", created)
	w.Str("MsgType", "event")
	w.Str("Event", event)
}

// result writes what every reply about express orders says.
func (w *writer) result(code int, msg string) {
	w.Num("ResultCode", int64(code))
	w.Str("ResultMsg", msg)
}

// instantResult is result in instant delivery's spelling.
func (w *writer) instantResult(code int, msg string) {
	w.Num("resultcode", int64(code))
	w.Str("resultmsg", msg)
}

// replyReader reads a reply as strictly as WeChat may. We send replies, so nothing
// excuses them; pushes are read with more tolerance.
type replyReader struct{ packet.Strict }

func (s *replyReader) done() error {
	if err := s.Done(); err != nil {
		return refuse(CheckMessage, "%v", err)
	}
	return nil
}

// openReply starts to read a reply to a push of that format and event, and checks
// the members whose values are given. Every error is a *Refusal.
func openReply(f Format, event string, body []byte) (*replyReader, error) {
	doc, format, err := packet.Parse(body)
	if err != nil {
		return nil, refuse(CheckMessage, "%v", err)
	}
	if format != f {
		return nil, refuse(CheckMessage, "the reply is %v to a push in %v", format, f)
	}
	s := &replyReader{packet.NewStrict(&doc, f)}
	if s.Str("MsgType") != "event" {
		s.Fail("MsgType is not event")
	}
	if !strings.EqualFold(s.Str("Event"), event) {
		s.Fail("Event is not %s", event)
	}
	return s, nil
}
