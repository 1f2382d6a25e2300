package handler

import (
	"context"
	"strconv"

	"carrierhook/internal/ledger"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// notOffered answers all other pushes. An event that WeChat wants a structured reply
// to is refused in one; the others get no packet. The name of an unknown event goes to
// the log, never to a label.
func (p *Push) notOffered(ctx context.Context, push *wechat.Push, a *answer) (packet []byte, err error) {
	entry := a.push(push.Identity())
	replied, known := push.NotOffered()
	switch {
	case !known && a.row == nil:
		a.event = "other"
		a.log(id("msg_type", push.Header.MsgType), id("name", push.Header.Event))
		p.record(ctx, a, entry, ledger.Ignored, nil)
	case known && !replied:
		p.record(ctx, a, entry, ledger.NotOffered, nil)
	default:
		packet, err = push.NotOfferedReply(unoffered.Code, unoffered.text(p.Language))
		if err != nil {
			return nil, err
		}
		a.result = strconv.Itoa(unoffered.Code)
		code := unoffered.Code
		p.record(ctx, a, entry, ledger.NotOffered, &code)
	}
	return packet, nil
}

// unreadable is the result of a push whose event is decided, and whose message has a fault:
// nothing is decided, and the merchant hears that soon. The log has the fault, which
// is of WeChat's making, or of what is between WeChat and us.
func (p *Push) unreadable(ctx context.Context, push *wechat.Push, a *answer, fault error) (code int, text string) {
	code = unreadable.Code
	a.result = strconv.Itoa(code)
	a.level = zapcore.WarnLevel
	a.log(zap.NamedError("why", fault))
	p.record(ctx, a, a.push(push.Identity()), ledger.Unreadable, &code)
	return code, unreadable.text(p.Language)
}

// record keeps a push that nothing is decided about. Its answer does not depend on whether that
// succeeds.
func (p *Push) record(ctx context.Context, a *answer, entry ledger.Push, reason string, code *int) {
	a.log(zap.String("reason", reason))
	err := p.limited(a, func() error { return p.Ledger.Write(ctx, entry, reason, code) })
	if err != nil {
		a.level = zapcore.WarnLevel
		a.log(zap.NamedError("ledger_error", err))
	}
}
