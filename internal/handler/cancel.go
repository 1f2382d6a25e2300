package handler

import (
	"context"
	"errors"
	"strconv"
	"time"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// cancel answers cancel_waybill.
func (p *Push) cancel(ctx context.Context, push *wechat.Push, begun time.Time, a *answer) error {
	msg, err := push.CancelWaybill()
	if err != nil {
		return err
	}
	req := waybill.NewCancelRequest(
		waybill.Push{ID: msg.Identity(), Event: wechat.EventCancelWaybill, Format: a.format, Mode: a.mode, Received: begun},
		msg.BizID, waybill.Password(msg.BizPwd), msg.ShopAppID, msg.OrderID, msg.WayBillID)
	a.event = wechat.EventCancelWaybill
	a.fields = []zap.Field{short("biz_id", msg.BizID), short("order_id", msg.OrderID), short("waybill_id", msg.WayBillID)}

	res := failed
	var decision waybill.Decision
	err = p.atDesk(func() (err error) {
		decision, err = p.Desk.Cancel(ctx, req)
		return err
	})
	if err != nil {
		p.failed(err, a)
	} else {
		res = cancelResult(decision.Outcome())
		a.fields = append(a.fields, zap.String("reason", string(decision.Reason)), zap.Bool("repeat", decision.Repeat))
		if decision.Repeat {
			p.Metrics.repeats.Inc()
		}
	}
	a.result = strconv.Itoa(res.code)
	a.contentType = push.Format.ContentType()
	a.body, err = push.Seal(msg.Reply(res.code, res.text(p.Language)).Encode(push.Format))
	return err
}

// failed notes why a push is answered with -1.
func (p *Push) failed(err error, a *answer) {
	why := "database"
	switch {
	case errors.Is(err, errOverloaded):
		why = "overloaded"
	case errors.Is(err, errPanic):
		why = "panic"
	case errors.Is(err, waybill.ErrOutcomeUnknown):
		why = "outcome_unknown"
		p.Metrics.unknown.Inc()
	}
	p.Metrics.failures.WithLabelValues(why).Inc()
	a.level = zapcore.ErrorLevel
	a.fields = append(a.fields, zap.String("failure", why), zap.Error(err))
}
