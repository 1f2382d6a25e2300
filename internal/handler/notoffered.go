package handler

import (
	"context"

	"carrierhook/internal/ledger"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Why pushes are kept that nothing is decided about, as the log and the record
// of pushes have it.
const (
	Ignored    = "ignored"     // nobody documents the event
	NotOffered = "not_offered" // WeChat documents it, and this server does not offer it
)

// notOffered answers all other pushes. An event that WeChat wants a structured
// reply to is refused in one. For the others there is no packet: success means
// "nothing to say". What an unknown event is called goes to the log, never to a
// label.
func (p *Push) notOffered(ctx context.Context, push *wechat.Push, a *answer) (packet []byte, err error) {
	seen := a.seen(push.EventName(), push.Identity())
	name, replied, known := push.NotOffered()
	if _, ours := deliveryAsks[push.EventName()]; ours { // and there is no courier
		name, replied, known = push.EventName(), true, true
	}
	a.event = name
	switch {
	case !known:
		a.event = "other"
		a.log(short("msg_type", push.Header.MsgType), short("name", push.Header.Event))
		p.record(ctx, a, seen, Ignored, nil)
	case !replied:
		p.record(ctx, a, seen, NotOffered, nil)
	default:
		packet, err = push.NotOfferedReply(unoffered.code, unoffered.text(p.Language))
		if err != nil {
			return nil, err
		}
		a.code(unoffered)
		code := unoffered.code
		p.record(ctx, a, seen, NotOffered, &code)
	}
	return packet, nil
}

// record keeps such a push. Its answer does not depend on whether that succeeds.
func (p *Push) record(ctx context.Context, a *answer, seen ledger.Push, reason string, code *int) {
	a.log(zap.String("reason", reason))
	err := p.atDesk(a, func() error { return p.Desk.Record(ctx, seen, reason, code) })
	if err != nil {
		a.level = zapcore.WarnLevel
		a.log(zap.NamedError("ledger_error", err))
	}
}
