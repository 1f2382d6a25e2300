package sandbox

import (
	"context"
	"errors"
	"slices"

	"carrierhook/internal/wechat"
)

// pushPlacing asks the company to price an order, to place it or to place it again.
func (a *API) pushPlacing(ctx context.Context, o *localOrder, m wechat.TransportOrder) (wechat.TransportReply, error) {
	m.ToUserName, m.FromUserName, m.CreateTime = a.o.Platform.Account.UserName, teamOpenID, o.turn.CreateTime(a.now())
	var h hiding
	sent := wechat.EncodeTransportOrder(a.o.Platform.Format, h.order(m))
	a.local.change(o, func(o *localOrder) { o.personal = h.found })
	p := a.beginLocal(m.Event, o.localKey, "", sent, h.found)
	reply, d, err := a.o.Platform.DeliverTransportOrder(ctx, m, p.Fault)
	if err == nil {
		p.WaybillID = reply.WaybillID
	}
	a.end(p, d, reply.ResultCode, reply.ResultMsg, err)
	return reply, err
}

// pushQuestion asks the company something about an order that is there.
func (a *API) pushQuestion(ctx context.Context, o *localOrder, m wechat.TransportAsk) (wechat.TransportReply, error) {
	m.ToUserName, m.FromUserName, m.CreateTime = a.o.Platform.Account.UserName, teamOpenID, o.turn.CreateTime(a.now())
	var h hiding
	sent := wechat.EncodeTransportAsk(a.o.Platform.Format, h.ask(m))
	a.local.change(o, func(o *localOrder) { h.found = append(h.found, o.personal...) })
	p := a.beginLocal(m.Event, o.localKey, m.WaybillID, sent, h.found)
	reply, d, err := a.o.Platform.DeliverTransportAsk(ctx, m, p.Fault)
	a.end(p, d, reply.ResultCode, reply.ResultMsg, err)
	return reply, err
}

// beginLocal is begin for instant delivery. sent is the packet without the personal
// texts and the keys, which the company may repeat.
func (a *API) beginLocal(event string, key localKey, waybillID string, sent []byte, personal []string) *push {
	p := a.begin(event, Order{BizID: key.shopID, OrderID: key.orderID, WaybillID: waybillID}, "", sent)
	// What is part of another text is looked for after that.
	p.personal = slices.SortedFunc(slices.Values(personal), func(a, b string) int { return len(b) - len(a) })
	p.show = func(packet []byte) string { return shownReply(a.o.Platform.Format, event, packet, p.conceal) }
	return p
}

// companySaid is what the merchant is told where the company did not say yes; err
// says that there was no right answer.
func companySaid(r wechat.TransportReply, err error) *failure {
	switch {
	case errors.Is(err, ErrNoAnswer):
		return fail(codeCompanySilent, "")
	case err != nil:
		return fail(codeCompanyFailed, "")
	case r.ResultCode != 0:
		return &failure{code: codeCompanyRefused, resultCode: r.ResultCode, resultMsg: r.ResultMsg}
	}
	return nil
}
