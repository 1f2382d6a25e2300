package handler

import (
	"context"
	"maps"
	"slices"

	"carrierhook/internal/delivery"
	"carrierhook/internal/wechat"
)

// deliveryAsks are the events of instant delivery, and what each asks of the rule.
var deliveryAsks = map[string]delivery.Kind{
	wechat.EventPrecreateOrder: delivery.Precreate,
	wechat.EventAddOrder:       delivery.Add,
	wechat.EventReaddOrder:     delivery.Readd,
	wechat.EventCancelOrder:    delivery.Cancel,
	wechat.EventPrecancelOrder: delivery.Precancel,
	wechat.EventQueryOrder:     delivery.Query,
	wechat.EventAddTips:        delivery.Tip,
	wechat.EventConfirmReturn:  delivery.ConfirmReturn,
}

// deliveryEvents are their names.
var deliveryEvents = slices.Sorted(maps.Keys(deliveryAsks))

// transportOrder answers the events that carry a whole order: what would it cost
// (precreate), place it (add), and place it again (readd).
func (p *Push) transportOrder(ctx context.Context, push *wechat.Push, a *answer) ([]byte, error) {
	if p.Courier == nil {
		return p.notOffered(ctx, push, a)
	}
	msg, err := push.TransportOrder()
	if err != nil {
		return nil, err
	}
	event := push.EventName()
	req := delivery.NewOrderRequest(a.seen(event, msg.Identity()), deliveryAsks[event], form(msg))
	d, res, ok := p.deliver(ctx, a, req, msg.ShopID, msg.ShopOrderID, "")
	reply := msg.Reply(res.code, res.text(p.Language))
	switch {
	case !ok:
	case req.Kind == delivery.Precreate:
		priced(&reply, d.Quote, req.Order.Tips)
		reply.DeliveryToken = d.Token
		reply.DispatchDuration = seconds(d.Dispatch)
	default:
		// The order as it was placed, whatever has become of it since: the same push
		// gets the same answer.
		priced(&reply, d.Attempt.Quote, d.Attempt.Tips)
		reply.WaybillID, reply.OrderStatus = d.Attempt.WaybillID, int(delivery.Waiting)
		reply.FinishCode, reply.PickupCode = d.Attempt.FinishCode, d.Attempt.PickupCode
		reply.DispatchDuration = seconds(d.Dispatch)
	}
	return reply.Encode(push.Format), nil
}

// transportAsk answers the events about an order that is there.
func (p *Push) transportAsk(ctx context.Context, push *wechat.Push, a *answer) ([]byte, error) {
	if p.Courier == nil {
		return p.notOffered(ctx, push, a)
	}
	msg, err := push.TransportAsk()
	if err != nil {
		return nil, err
	}
	event := push.EventName()
	req := delivery.NewRequest(a.seen(event, msg.Identity()), deliveryAsks[event], delivery.RequestFields{
		ShopID: msg.ShopID, OrderID: msg.ShopOrderID, ShopNo: msg.ShopNo, WaybillID: msg.WaybillID, Sign: msg.DeliverySign,
		CancelReasonID: msg.CancelReasonID, Tips: msg.Tips,
	})
	d, res, ok := p.deliver(ctx, a, req, msg.ShopID, msg.ShopOrderID, msg.WaybillID)
	reply := msg.Reply(res.code, res.text(p.Language))
	if ok {
		switch req.Kind {
		case delivery.Cancel, delivery.Precancel:
			reply.DeductFee, reply.Desc = int64(d.Deduct), deductions[d.Desc].text(p.Language)
		case delivery.Query:
			reply.OrderStatus, reply.ActionMsg, reply.WaybillID = int(d.Attempt.Status), d.Attempt.Message, d.Attempt.WaybillID
		}
	}
	return reply.Encode(push.Format), nil
}

// deliver asks the courier, and tells whether the answer is yes. The log line has
// the ids of the shop, the order and the waybill, and nothing else: the tokens are
// keys to the order and its price, and the rest is personal data.
func (p *Push) deliver(ctx context.Context, a *answer, req delivery.Request, shopID, orderID, waybillID string) (d delivery.Decision, res result, ok bool) {
	err := p.atDesk(a, func() (err error) { d, err = p.Courier.Deliver(ctx, req); return err })
	ok = err == nil && d.Reason == delivery.Accepted
	if err == nil && d.Attempt.WaybillID != "" { // of a refusal, the one in the way
		waybillID = d.Attempt.WaybillID
	}
	a.log(short("shop_id", shopID), short("order_id", orderID))
	if waybillID != "" {
		a.log(short("waybill_id", waybillID))
	}
	res = p.told(a, string(d.Reason), err)
	if err == nil {
		p.repeated(a, d.Repeat)
	}
	return d, res, ok
}
