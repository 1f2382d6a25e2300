package handler

import (
	"context"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/wechat"
)

// instantOrder answers the events that carry a whole order: the price (precreate),
// place it (add), and place it again (readd).
func (p *Push) instantOrder(ctx context.Context, push *wechat.Push, a *answer) ([]byte, error) {
	msg, err := push.InstantOrder()
	if err != nil {
		a.log(id("shop_id", msg.ShopID), id("order_id", msg.ShopOrderID))
		code, text := p.unreadable(ctx, push, a, err)
		return msg.Reply(code, text).Encode(push.Format), nil
	}
	req := delivery.NewOrderRequest(a.push(msg.Identity()), a.row.kind, orderFields(msg))
	d, code, text := p.decideInstant(ctx, a, req, msg.ShopID, msg.ShopOrderID, "")
	reply := msg.Reply(code, text)
	if d.Reason == delivery.Accepted {
		quote, tips := d.Quote, req.Order.Tips
		if req.Kind != delivery.Precreate {
			// The order as it was placed, whatever has become of it since: the same push
			// gets the same answer.
			quote, tips = d.Attempt.Quote, d.Attempt.Tips
			reply.WaybillID, reply.OrderStatus = d.Attempt.WaybillID, int(delivery.Waiting)
			reply.FinishCode, reply.PickupCode = d.Attempt.FinishCode, d.Attempt.PickupCode
		}
		reply.Fee, reply.DeliverFee, reply.CouponFee = int64(quote.Fee()), int64(quote.Deliver), int64(quote.Coupon)
		reply.InsuranceFee, reply.Distance, reply.Tips = int64(quote.Insurance), quote.Metres, int64(tips)
		reply.DispatchDuration, reply.DeliveryToken = int64(d.Dispatch/time.Second), d.Token // 0 and "": unknown, none
	}
	return reply.Encode(push.Format), nil
}

// instantFollowUp answers the events about an order that was placed: their messages are
// one type in wechat.
func (p *Push) instantFollowUp(ctx context.Context, push *wechat.Push, a *answer) ([]byte, error) {
	msg, err := push.InstantFollowUp()
	if err != nil {
		a.log(id("shop_id", msg.ShopID), id("order_id", msg.ShopOrderID))
		code, text := p.unreadable(ctx, push, a, err)
		return msg.Reply(code, text).Encode(push.Format), nil
	}
	req := delivery.NewRequest(a.push(msg.Identity()), a.row.kind, delivery.RequestFields{
		ShopID: msg.ShopID, OrderID: msg.ShopOrderID, ShopNo: msg.ShopNo, WaybillID: msg.WaybillID, Sign: msg.DeliverySign,
		CancelReasonID: msg.CancelReasonID, Tips: msg.Tips,
	})
	d, code, text := p.decideInstant(ctx, a, req, msg.ShopID, msg.ShopOrderID, msg.WaybillID)
	reply := msg.Reply(code, text)
	if d.Reason == delivery.Accepted {
		switch req.Kind {
		case delivery.Cancel, delivery.Precancel:
			reply.DeductFee, reply.Desc = int64(d.Deduct), deductions[d.Desc].text(p.Language)
		case delivery.Query:
			reply.OrderStatus, reply.ActionMsg, reply.WaybillID = int(d.Attempt.Status), d.Attempt.Message, d.Attempt.WaybillID
		}
	}
	return reply.Encode(push.Format), nil
}

// decideInstant is decide and result for both. The log line has the ids of the shop,
// the order and the waybill, and nothing else: the tokens are keys to the order and
// its price, and the rest is personal data.
func (p *Push) decideInstant(ctx context.Context, a *answer, req delivery.Request, shopID, orderID, waybillID string) (
	d delivery.Decision, code int, text string,
) {
	d, err := decide(ctx, p, a, p.Instant.DecidePush, req)
	if d.Attempt.WaybillID != "" { // of a refusal, the one in the way
		waybillID = d.Attempt.WaybillID
	}
	a.log(id("shop_id", shopID), id("order_id", orderID))
	if waybillID != "" {
		a.log(id("waybill_id", waybillID))
	}
	code, text = p.result(a, string(d.Reason), d.Field, err)
	p.repeated(a, d.Repeat, err)
	return d, code, text
}

// orderFields are what a message says, in the terms of the rules.
func orderFields(m wechat.InstantOrder) delivery.OrderFields {
	f := delivery.OrderFields{
		ShopID:   m.ShopID,
		ShopNo:   m.ShopNo,
		OrderID:  m.ShopOrderID,
		Sign:     m.DeliverySign,
		WXToken:  m.WXToken,
		Token:    m.DeliveryToken,
		Sender:   delivery.ContactFields(m.Sender),
		Receiver: delivery.ContactFields(m.Receiver),
		Cargo: delivery.CargoFields{
			Value:        m.Cargo.Value,
			Height:       m.Cargo.Height,
			Length:       m.Cargo.Length,
			Width:        m.Cargo.Width,
			Weight:       m.Cargo.Weight,
			PickupInfo:   m.Cargo.PickupInfo,
			DeliveryInfo: m.Cargo.DeliveryInfo,
			FirstClass:   m.Cargo.FirstClass,
			SecondClass:  m.Cargo.SecondClass,
		},
		Info: delivery.InfoFields(m.OrderInfo),
	}
	for _, line := range m.Cargo.Goods {
		f.Cargo.Goods = append(f.Cargo.Goods, delivery.GoodsFields(line))
	}
	return f
}
