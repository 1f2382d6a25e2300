package instant

import (
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// followUp is a call about an order that is there.
type followUp struct {
	orderKey
	deliveryID string // "" where the call does not name the company
	m          wechat.InstantFollowUp
}

// readFollowUp reads what all these calls have.
func readFollowUp(r sandbox.Request, event string) followUp {
	q := followUp{orderKey: orderKey{r.App, r.ID("shopid", sandbox.MaxID), r.ID("shop_order_id", maxShopOrderID)}}
	q.m = wechat.InstantFollowUp{
		Event: event, ShopID: q.shopID, ShopOrderID: q.orderID, ShopNo: r.Code("shop_no", sandbox.MaxID), DeliverySign: r.ID("delivery_sign", sandbox.MaxText),
	}
	return q
}

// reasons are the cancel_reason_id of the page cancelOrder; the last one is in words.
var reasons = []int64{1, 2, 3, 4, 5, 6}

const otherReason = "6"

func (a *API) cancelling(r sandbox.Request, event string) followUp {
	q := readFollowUp(r, event)
	if q.deliveryID = r.ID("delivery_id", sandbox.MaxID); q.deliveryID != "" {
		c, exists := a.company(q.deliveryID)
		if !exists {
			r.Fail(codeArgs, "delivery_id is no company of WeChat's")
		}
		if event == wechat.EventPrecancelOrder || c.waybill {
			r.ID("waybill_id", sandbox.MaxID)
		}
	}
	q.m.WaybillID, q.m.CancelReasonID, q.m.CancelReason = r.Code("waybill_id", sandbox.MaxID), r.Choice("cancel_reason_id", reasons...), r.Prose("cancel_reason", sandbox.MaxText)
	if event == wechat.EventCancelOrder {
		r.Must("cancel_reason_id", q.m.CancelReasonID)
	}
	if q.m.CancelReasonID == otherReason {
		r.Must("cancel_reason", q.m.CancelReason)
	}
	return q
}

// cancelOrder cancels an order if the company agrees.
func (a *API) cancelOrder(r sandbox.Request) (any, *sandbox.Failure) {
	return a.forward(r, a.cancelling(r, wechat.EventCancelOrder))
}

// preCancelOrder queries what it would cost. Nothing is cancelled.
func (a *API) preCancelOrder(r sandbox.Request) (any, *sandbox.Failure) {
	return a.forward(r, a.cancelling(r, wechat.EventPrecancelOrder))
}

// getOrder queries where the order is.
func (a *API) getOrder(r sandbox.Request) (any, *sandbox.Failure) {
	return a.forward(r, readFollowUp(r, wechat.EventQueryOrder))
}

// addTips offers riders more. The amount is the whole tip.
func (a *API) addTips(r sandbox.Request) (any, *sandbox.Failure) {
	q := readFollowUp(r, wechat.EventAddTips)
	q.m.WaybillID, q.m.Tips, q.m.Remark = r.ID("waybill_id", sandbox.MaxID), r.Must("tips", r.Amount("tips", sandbox.CentsDecimals, 0, sandbox.MaxFigure)), r.Prose("remark", sandbox.MaxText)
	return a.forward(r, q)
}

// confirmReturn reports that the merchant has the goods back. The remark of
// the page is in no event.
func (a *API) confirmReturn(r sandbox.Request) (any, *sandbox.Failure) {
	q := readFollowUp(r, wechat.EventConfirmReturn)
	q.m.WaybillID = r.ID("waybill_id", sandbox.MaxID)
	r.Prose("remark", sandbox.MaxText)
	return a.forward(r, q)
}

// forward pushes the follow-up in the order's turn, unless the platform can answer it.
func (a *API) forward(r sandbox.Request, q followUp) (any, *sandbox.Failure) {
	switch {
	case r.Failure() != nil:
		return nil, r.Failure()
	case !a.shopBound(r.App, q.shopID, q.deliveryID):
		return nil, sandbox.Fail(codeShopNotBound, "")
	}
	o := a.record.find(q.orderKey)
	leave, f := a.enter(o)
	if f != nil {
		return nil, f
	}
	defer leave()
	current := a.record.get(o)
	if f := q.refused(current); f != nil {
		return nil, f
	}
	if current.deliveryID == testDeliveryID {
		return a.trialAnswer(o, current, q.m)
	}
	if q.m.WaybillID == "" && !current.doubt { // in doubt the company is to say which is the last one
		q.m.WaybillID = current.last().waybillID
	}
	reply, err := a.pushFollowUp(r.Ctx, o, q.m)
	if f := companyFailure(reply, err); f != nil {
		return nil, f
	}
	return a.passOn(o, reply), nil
}

// refused is the platform's own answer to a follow-up. What was cancelled,
// or has ended by its last status report, is not pushed about again.
func (q followUp) refused(current order) *sandbox.Failure {
	last, c := current.last(), companies[current.deliveryID]
	switch over := !current.doubt && last != nil && sandbox.Ended(last.status); {
	case q.deliveryID != "" && q.deliveryID != current.deliveryID:
		return sandbox.Fail(codeOrderUnknown, "")
	case q.m.Event == wechat.EventQueryOrder:
		return nil
	case c.shopNoAlways && q.m.ShopNo == "":
		return sandbox.Fail(codeArgs, "shop_no is missing")
	case c.noTips && q.m.Event == wechat.EventAddTips:
		return sandbox.Fail(codeCompanyRefused, current.deliveryID+" takes no tips")
	case over, q.m.Event != wechat.EventConfirmReturn && !current.doubt && last != nil && last.cancelled:
		return sandbox.Fail(codeOrderEnded, "")
	}
	return nil
}

// passOn remembers the company's answer, and makes it the merchant's.
func (a *API) passOn(o *order, r wechat.InstantReply) any {
	result := result{0, r.ResultMsg}
	switch r.Event {
	case wechat.EventCancelOrder:
		a.record.change(o, func(o *order) {
			if last := o.last(); last != nil && !o.doubt {
				last.cancelled = true
			}
		})
		return cancelledAnswer{result, yuan(r.DeductFee), r.Desc}
	case wechat.EventPrecancelOrder:
		return cancelledAnswer{result, yuan(r.DeductFee), r.Desc}
	case wechat.EventQueryOrder:
		a.record.learned(o, r.WaybillID, r.OrderStatus, a.core.Now().Unix())
		answer := queriedAnswer{result: result, OrderStatus: r.OrderStatus, WaybillID: r.WaybillID}
		if current := a.record.get(o); current.last() != nil {
			answer.RiderName, answer.RiderPhone = current.last().rider.name, current.last().rider.phone
		}
		return answer
	}
	return result
}
