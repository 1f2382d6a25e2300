package instant

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// pushPlacing pushes an order to be priced, placed or placed again.
func (a *API) pushPlacing(ctx context.Context, o *order, m wechat.InstantOrder) (wechat.InstantReply, error) {
	m.ToUserName, m.FromUserName, m.CreateTime = a.core.Platform.Account.UserName, sandbox.TeamOpenID, o.turn.CreateTime(a.core.Now())
	var h hiding
	sent := wechat.EncodeInstantOrder(a.core.Platform.Format, h.order(m))
	a.record.change(o, func(o *order) { o.personal = h.found })
	p := a.begin(m.Event, o.orderKey, "", sent, h.found)
	reply, d, err := a.core.Platform.PushInstantOrder(ctx, m, p.Fault)
	if err == nil {
		p.WaybillID = reply.WaybillID
	}
	a.core.End(p, d, reply.ResultCode, reply.ResultMsg, err)
	return reply, err
}

// pushFollowUp pushes about an order that is there.
func (a *API) pushFollowUp(ctx context.Context, o *order, m wechat.InstantFollowUp) (wechat.InstantReply, error) {
	m.ToUserName, m.FromUserName, m.CreateTime = a.core.Platform.Account.UserName, sandbox.TeamOpenID, o.turn.CreateTime(a.core.Now())
	var h hiding
	sent := wechat.EncodeInstantFollowUp(a.core.Platform.Format, h.followUp(m))
	a.record.change(o, func(o *order) { h.found = append(h.found, o.personal...) })
	p := a.begin(m.Event, o.orderKey, m.WaybillID, sent, h.found)
	reply, d, err := a.core.Platform.PushInstantFollowUp(ctx, m, p.Fault)
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
func companyFailure(r wechat.InstantReply, err error) *sandbox.Failure {
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

// minPersonal is how long a text must be to be looked for where the company may
// repeat it: "1" or "ok" is everywhere.
const minPersonal = 4

// hiding makes messages fit to be shown, and remembers what it hid.
type hiding struct{ found []string }

// text is what stands for a personal or secret text.
func (h *hiding) text(s *string) {
	if *s == "" {
		return
	}
	if len(*s) >= minPersonal {
		h.found = append(h.found, *s)
	}
	*s = sandbox.Hidden
}

func (h *hiding) texts(list ...*string) {
	for _, s := range list {
		h.text(s)
	}
}

// order hides people, places, goods, words and keys. What remains says what kind of
// order it is.
func (h *hiding) order(m wechat.InstantOrder) wechat.InstantOrder {
	h.texts(&m.WXToken, &m.DeliveryToken, &m.DeliverySign)
	for _, c := range []*wechat.InstantContact{&m.Sender, &m.Receiver} {
		h.texts(&c.Name, &c.City, &c.Address, &c.AddressDetail, &c.Phone, &c.Lng, &c.Lat)
	}
	c := &m.Cargo
	h.texts(&c.PickupInfo, &c.DeliveryInfo, &c.FirstClass, &c.SecondClass)
	lines := make([]wechat.InstantGoods, len(c.Goods))
	for i, line := range c.Goods {
		h.texts(&line.Name, &line.Unit)
		lines[i] = wechat.InstantGoods{Name: line.Name, Unit: line.Unit}
	}
	c.Goods = lines
	h.text(&m.OrderInfo.Note)
	return m
}

func (h *hiding) followUp(m wechat.InstantFollowUp) wechat.InstantFollowUp {
	h.texts(&m.DeliverySign, &m.CancelReason, &m.Remark)
	return m
}

// shownReply is what may be shown of the packet that answers an event: one that is no
// reply may hold anything. conceal is for what the company repeats, before the packet
// writes it in another way.
func shownReply(f wechat.Format, event string, packet []byte, conceal func(string) string) string {
	if s := string(packet); s == "" || s == "success" {
		return s
	}
	r, err := wechat.DecodeInstantReply(f, event, packet)
	if err != nil {
		return fmt.Sprintf("[hidden: %s bytes that are no right reply]", strconv.Itoa(len(packet)))
	}
	var h hiding
	h.texts(&r.DeliveryToken, &r.ActionMsg)
	for _, s := range []*string{&r.ToUserName, &r.FromUserName, &r.ResultMsg, &r.WaybillID, &r.Desc} {
		*s = conceal(*s)
	}
	r.FinishCode, r.PickupCode = 0, 0
	return string(r.Encode(f))
}
