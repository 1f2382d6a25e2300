package handler

import (
	"context"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// add answers add_waybill. The log line has the order's ids and the number that
// was answered, and nothing else of the order: the token is a key to it, and the
// rest is personal data.
func (p *Push) add(ctx context.Context, push *wechat.Push, a *answer) ([]byte, error) {
	msg, err := push.AddWaybill()
	if err != nil {
		return nil, err
	}
	req := waybill.NewBookingRequest(a.seen(wechat.EventAddWaybill, msg.Identity()), order(msg))

	var d waybill.BookingDecision
	err = p.atDesk(a, func() (err error) { d, err = p.Desk.Book(ctx, req); return err })
	number, label := msg.WayBillID, "" // of a refusal
	if err == nil && d.Reason == waybill.Accepted {
		number, label = d.WaybillID, d.Label
	}
	a.log(short("biz_id", msg.BizID), short("order_id", msg.OrderID), short("waybill_id", number))
	res := p.told(a, string(d.Reason), err)
	if err == nil {
		p.repeated(a, d.Repeat)
	}
	return msg.Reply(number, res.code, res.text(p.Language), label).Encode(push.Format), nil
}

// order is what a message says, in the domain's words.
func order(m wechat.AddWaybill) waybill.Order {
	o := waybill.Order{
		BizID:        m.BizID,
		Password:     m.BizPwd,
		ShopAppID:    m.ShopAppID,
		OrderID:      m.OrderID,
		WaybillID:    m.WayBillID,
		Token:        m.Token,
		Remark:       m.Remark,
		Sender:       waybill.Contact(m.Sender),
		Receiver:     waybill.Contact(m.Receiver),
		Weight:       m.Cargo.Weight,
		SpaceX:       m.Cargo.SpaceX,
		SpaceY:       m.Cargo.SpaceY,
		SpaceZ:       m.Cargo.SpaceZ,
		Count:        m.Cargo.Count,
		UseInsured:   m.Insured.UseInsured,
		InsuredValue: m.Insured.InsuredValue,
		ServiceType:  m.Service.ServiceType,
		ServiceName:  m.Service.ServiceName,
	}
	for _, line := range m.Cargo.DetailList {
		o.Goods = append(o.Goods, waybill.OrderGoods(line))
	}
	return o
}
