package handler

import (
	"context"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// book answers add_waybill. The log line has the order's ids and the number that
// was answered, and nothing else of the order: the token is a key to it, and the
// rest is personal data.
func (p *Push) book(ctx context.Context, push *wechat.Push, a *answer) ([]byte, error) {
	msg, err := push.AddWaybill()
	if err != nil {
		a.log(id("biz_id", msg.BizID), id("order_id", msg.OrderID), id("waybill_id", msg.WayBillID))
		code, text := p.unreadable(ctx, push, a, err)
		return msg.Reply(msg.WayBillID, code, text, "").Encode(push.Format), nil
	}
	req := waybill.NewBookingRequest(a.push(msg.Identity()), bookingOrder(msg))
	d, err := decide(ctx, p, a, p.Express.Book, req)
	if d.Reason != waybill.Accepted {
		d.WaybillID, d.Label = msg.WayBillID, ""
	}
	a.log(id("biz_id", msg.BizID), id("order_id", msg.OrderID), id("waybill_id", d.WaybillID))
	code, text := p.result(a, string(d.Reason), d.Field, err)
	p.repeated(a, d.Repeat, err)
	return msg.Reply(d.WaybillID, code, text, d.Label).Encode(push.Format), nil
}

// bookingOrder is what a message says, in the terms of the rules.
func bookingOrder(m wechat.AddWaybill) waybill.Order {
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
