package main

import (
	"context"
	"fmt"
	"slices"

	"carrierhook/internal/config"
	"carrierhook/internal/delivery"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// The events of instant delivery, in the order of an order's life: those that
// carry one, and those about one that is there.
var (
	instantOrderEvents = []string{wechat.EventPrecreateOrder, wechat.EventAddOrder, wechat.EventReaddOrder}
	instantFollowUps   = []string{wechat.EventQueryOrder, wechat.EventAddTips, wechat.EventPrecancelOrder, wechat.EventCancelOrder, wechat.EventConfirmReturn}
)

// instantFields is what a push of instant delivery differs in from WeChat's sample.
// The sign is kept for --repeat, and not the secret that it is made with.
type instantFields struct {
	ShopID        string `json:"shop_id,omitempty"`
	ShopNo        string `json:"shop_no,omitempty"`
	Sign          string `json:"delivery_sign,omitempty"`
	DeliveryToken string `json:"delivery_token,omitempty"`
	Tips          string `json:"tips,omitempty"`
}

// isInstant tells whether an event is one of instant delivery that is offered.
func isInstant(event string) bool {
	return slices.Contains(instantOrderEvents, event) || slices.Contains(instantFollowUps, event)
}

// yuan writes fen as they are on the wire.
func yuan(fen int64) string { return config.Money(fen).String() }

// sign signs the ids as the shop does.
func (p *pushed) sign(secret string) {
	p.Sign = delivery.Sign(p.ShopID, p.OrderID, delivery.Secret(secret))
}

func (p pushed) sendInstantOrder(ctx context.Context, to *sandbox.Platform, userName string) (sandbox.PushResult, string, error) {
	m := demo.Delivery()
	m.ToUserName, m.FromUserName, m.CreateTime, m.Event = userName, p.OpenID, p.CreateTime, p.Event
	m.ShopID, m.ShopNo, m.ShopOrderID, m.DeliverySign, m.DeliveryToken = p.ShopID, p.ShopNo, p.OrderID, p.Sign, p.DeliveryToken
	if p.Event != wechat.EventPrecreateOrder {
		m.WXToken = fmt.Sprintf("WXTOKEN-%d", p.CreateTime) // WeChat's is another for each placing
	}
	if p.Tips != "" {
		m.OrderInfo.Tips = p.Tips
	}
	r, d, err := to.PushInstantOrder(ctx, m, "")
	return d, describeInstant(p.Event, r), err
}

func (p pushed) sendInstantFollowUp(ctx context.Context, to *sandbox.Platform, userName string) (sandbox.PushResult, string, error) {
	m := wechat.InstantFollowUp{
		ToUserName: userName, FromUserName: p.OpenID, CreateTime: p.CreateTime, Event: p.Event,
		ShopID: p.ShopID, ShopOrderID: p.OrderID, ShopNo: p.ShopNo, WaybillID: p.WayBillID, DeliverySign: p.Sign,
	}
	switch p.Event {
	case wechat.EventAddTips:
		if m.Tips = p.Tips; m.Tips == "" {
			m.Tips = "5"
		}
	case wechat.EventCancelOrder, wechat.EventPrecancelOrder:
		m.CancelReasonID = "1"
	}
	r, d, err := to.PushInstantFollowUp(ctx, m, "")
	return d, describeInstant(p.Event, r), err
}

// describeInstant says in words what was answered. Amounts are yuan, and the way is
// metres.
func describeInstant(event string, r wechat.InstantReply) string {
	says := fmt.Sprintf("resultcode %d: %s", r.ResultCode, r.ResultMsg)
	if r.ResultCode != 0 {
		return says
	}
	switch event {
	case wechat.EventPrecreateOrder, wechat.EventAddOrder, wechat.EventReaddOrder:
		says += fmt.Sprintf("\nfee %s = deliverfee %s - couponfee %s  tips %s  insurancefee %s  distance %d",
			yuan(r.Fee), yuan(r.DeliverFee), yuan(r.CouponFee), yuan(r.Tips), yuan(r.InsuranceFee), r.Distance)
	case wechat.EventQueryOrder:
		says += fmt.Sprintf("\nwaybill_id %s  order_status %d, %s", r.WaybillID, r.OrderStatus, delivery.Status(r.OrderStatus).Text())
	case wechat.EventCancelOrder, wechat.EventPrecancelOrder:
		says += fmt.Sprintf("\ndeduct_fee %s", yuan(r.DeductFee))
	}
	switch event {
	case wechat.EventPrecreateOrder:
		says += "\ndelivery_token " + r.DeliveryToken
	case wechat.EventAddOrder, wechat.EventReaddOrder:
		says += fmt.Sprintf("\nwaybill_id %s  order_status %d", r.WaybillID, r.OrderStatus)
	}
	return says
}
