package instant

import (
	"context"
	"errors"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// pushPlacing pushes an order to be priced, placed or placed again.
func (a *API) pushPlacing(ctx context.Context, o *order, m wechat.TransportOrder) (wechat.TransportReply, error) {
	m.ToUserName, m.FromUserName, m.CreateTime = a.core.Platform.Account.UserName, sandbox.TeamOpenID, o.turn.CreateTime(a.core.Now())
	var h hiding
	sent := wechat.EncodeTransportOrder(a.core.Platform.Format, h.order(m))
	a.record.change(o, func(o *order) { o.personal = h.found })
	p := a.begin(m.Event, o.orderKey, "", sent, h.found)
	reply, d, err := a.core.Platform.PushInstantOrder(ctx, m, p.Fault)
	if err == nil {
		p.WaybillID = reply.WaybillID
	}
	a.core.End(p, d, reply.ResultCode, reply.ResultMsg, err)
	return reply, err
}

// pushQuestion pushes a question about an order that is there.
func (a *API) pushQuestion(ctx context.Context, o *order, m wechat.TransportAsk) (wechat.TransportReply, error) {
	m.ToUserName, m.FromUserName, m.CreateTime = a.core.Platform.Account.UserName, sandbox.TeamOpenID, o.turn.CreateTime(a.core.Now())
	var h hiding
	sent := wechat.EncodeTransportAsk(a.core.Platform.Format, h.question(m))
	a.record.change(o, func(o *order) { h.found = append(h.found, o.personal...) })
	p := a.begin(m.Event, o.orderKey, m.WaybillID, sent, h.found)
	reply, d, err := a.core.Platform.PushInstantQuestion(ctx, m, p.Fault)
	a.core.End(p, d, reply.ResultCode, reply.ResultMsg, err)
	return reply, err
}

// begin starts the entry of a push. sent is the packet without the personal texts and
// the keys, which the company may repeat.
func (a *API) begin(event string, key orderKey, waybillID string, sent []byte, personal []string) *sandbox.Push {
	p := a.core.Begin(sandbox.Push{Event: event, BizID: key.shopID, OrderID: key.orderID, WaybillID: waybillID}, "", sent)
	p.Conceal(personal, func(packet []byte, conceal func(string) string) string {
		return shownReply(a.core.Platform.Format, event, packet, conceal)
	})
	return p
}

// companyFailure is what the merchant gets where the company did not agree; err
// says that there was no right answer.
func companyFailure(r wechat.TransportReply, err error) *sandbox.Failure {
	switch {
	case errors.Is(err, sandbox.ErrNoAnswer):
		return sandbox.Fail(codeCompanySilent, "")
	case err != nil:
		return sandbox.Fail(codeCompanyFailed, "")
	case r.ResultCode != 0:
		return &sandbox.Failure{Code: codeCompanyRefused, ResultCode: r.ResultCode, ResultMsg: r.ResultMsg}
	}
	return nil
}
