package sandbox

import (
	"context"
	"slices"
	"strings"

	"carrierhook/internal/wechat"
)

// PushInstantOrder pushes a transport_precreate_order, transport_add_order or
// transport_readd_order, as its Event says, and judges the answer. The error is
// Push's, or what is wrong with the reply; that the company refuses is not wrong.
func (p *Platform) PushInstantOrder(ctx context.Context, m wechat.InstantOrder, fault Fault) (wechat.InstantReply, PushResult, error) {
	return p.pushInstant(ctx, m.Reply(0, ""), wechat.EncodeInstantOrder(p.Format, m), fault)
}

// PushInstantFollowUp pushes one of the other pushes of instant delivery, as its
// Event says, and judges the answer.
func (p *Platform) PushInstantFollowUp(ctx context.Context, m wechat.InstantFollowUp, fault Fault) (wechat.InstantReply, PushResult, error) {
	return p.pushInstant(ctx, m.Reply(0, ""), wechat.EncodeInstantFollowUp(p.Format, m), fault)
}

// pushInstant wants a reply that is like right but for the result and what the
// event wants.
func (p *Platform) pushInstant(ctx context.Context, right wechat.InstantReply, packet []byte, fault Fault) (wechat.InstantReply, PushResult, error) {
	return judged(ctx, p, right.Event, packet, fault, func(packet []byte) (wechat.InstantReply, error) {
		r, err := wechat.DecodeInstantReply(p.Format, right.Event, packet)
		if err != nil {
			return r, readFailed(err)
		}
		e := swapped(r.ToUserName, r.FromUserName, right.FromUserName, right.ToUserName)
		if r.ResultCode == 0 {
			e.instant(r)
		}
		return r, e.all()
	})
}

// instant wants what no table of WeChat's has and every merchant relies on.
func (e *replyErrors) instant(r wechat.InstantReply) {
	switch r.Event {
	case wechat.EventPrecreateOrder:
		e.price(r)
	case wechat.EventAddOrder, wechat.EventReaddOrder:
		e.price(r)
		e.status(r.OrderStatus)
		e.want(!Ended(r.OrderStatus), "order_status of the reply is %d, which is an end", r.OrderStatus)
		e.want(r.FinishCode >= 0 && r.PickupCode >= 0, "finish_code or pickup_code of the reply is less than nothing")
		if r.WaybillID != "" { // else it comes with the first status report
			e.waybill(r.WaybillID)
		}
	case wechat.EventQueryOrder:
		e.status(r.OrderStatus)
		e.waybill(r.WaybillID)
	case wechat.EventCancelOrder, wechat.EventPrecancelOrder:
		e.want(r.DeductFee >= 0, "deduct_fee of the reply is less than nothing")
	}
}

func (e *replyErrors) price(r wechat.InstantReply) {
	e.want(r.Fee == r.DeliverFee-r.CouponFee, "fee of the reply is not deliverfee less couponfee")
	e.want(min(r.Fee, r.DeliverFee, r.CouponFee, r.Tips, r.InsuranceFee) >= 0, "a fee of the reply is less than nothing")
	e.want(r.Distance >= 0 && r.DispatchDuration >= 0, "distance or dispatch_duration of the reply is less than nothing")
}

func (e *replyErrors) status(status int) {
	e.want(slices.Contains(OrderStatuses, int64(status)), "order_status of the reply is %d, which is none", status)
}

func (e *replyErrors) waybill(id string) {
	e.want(id != "" && len(id) <= MaxID && !strings.ContainsFunc(id, Unprintable), "waybill_id of the reply can be no waybill's: %q", id)
}

// The order_status of WeChat's page onOrderQuery, and those of them that are an end.
var (
	OrderStatuses = []int64{101, 102, 103, 201, 202, 203, 204, 205, 301, 302, 303, 304, 305, 401, 501, 502}
	orderEnds     = []int64{103, 203, 204, 205, 302, 401, 501, 502}
)

// Ended tells whether an order of instant delivery that has the status has ended.
func Ended(status int) bool { return slices.Contains(orderEnds, int64(status)) }
