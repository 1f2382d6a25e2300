package sandbox

import (
	"carrierhook/internal/wechat"
)

// question is what a merchant asks about an order that is there.
type question struct {
	localKey
	deliveryID string // "" where the call does not name the company
	m          wechat.TransportAsk
}

// question reads what all these calls have.
func (r request) question(event string) question {
	q := question{localKey: localKey{r.shop, r.id("shopid", maxID), r.id("shop_order_id", maxShopOrderID)}}
	q.m = wechat.TransportAsk{
		Event: event, ShopID: q.shopID, ShopOrderID: q.orderID, ShopNo: r.words("shop_no", maxID), DeliverySign: r.id("delivery_sign", maxText),
	}
	return q
}

// reasons are the cancel_reason_id of the page cancelOrder; the last one is in words.
var reasons = []int64{1, 2, 3, 4, 5, 6}

const otherReason = "6"

func (a *API) cancelling(r request, event string) question {
	q := r.question(event)
	if q.deliveryID = r.id("delivery_id", maxID); q.deliveryID != "" {
		c, known := a.company(q.deliveryID)
		if !known {
			r.failed(codeArgs, "delivery_id is no company of WeChat's")
		}
		if event == wechat.EventPrecancelOrder || c.waybill {
			r.id("waybill_id", maxID)
		}
	}
	q.m.WaybillID, q.m.CancelReasonID, q.m.CancelReason = r.words("waybill_id", maxID), r.choice("cancel_reason_id", reasons...), r.words("cancel_reason", maxText)
	if event == wechat.EventCancelOrder {
		r.must("cancel_reason_id", q.m.CancelReasonID)
	}
	if q.m.CancelReasonID == otherReason {
		r.must("cancel_reason", q.m.CancelReason)
	}
	return q
}

// cancelLocalOrder cancels an order if the company agrees.
func (a *API) cancelLocalOrder(r request) (any, *failure) {
	return a.ask(r, a.cancelling(r, wechat.EventCancelOrder))
}

// preCancelOrder asks what it would cost. Nothing is cancelled.
func (a *API) preCancelOrder(r request) (any, *failure) {
	return a.ask(r, a.cancelling(r, wechat.EventPrecancelOrder))
}

// getLocalOrder asks the company where the order is.
func (a *API) getLocalOrder(r request) (any, *failure) {
	return a.ask(r, r.question(wechat.EventQueryOrder))
}

// addTips asks the company to offer riders more. The amount is the whole tip.
func (a *API) addTips(r request) (any, *failure) {
	q := r.question(wechat.EventAddTips)
	q.m.WaybillID, q.m.Tips, q.m.Remark = r.id("waybill_id", maxID), r.must("tips", r.amount("tips", centsDecimals, 0, maxFigure)), r.words("remark", maxText)
	return a.ask(r, q)
}

// confirmReturn tells the company that the merchant has the goods back. The remark of
// the page is in no event.
func (a *API) confirmReturn(r request) (any, *failure) {
	q := r.question(wechat.EventConfirmReturn)
	q.m.WaybillID = r.id("waybill_id", maxID)
	r.words("remark", maxText)
	return a.ask(r, q)
}

// ask puts the question in the order's turn, unless the platform knows the answer.
func (a *API) ask(r request, q question) (any, *failure) {
	switch {
	case r.wrong != nil:
		return nil, r.wrong
	case !a.shopBound(r.shop, q.shopID, q.deliveryID):
		return nil, fail(codeShopNotBound, "")
	}
	o := a.local.find(q.localKey)
	leave, f := a.enter(r.ctx, o)
	if f != nil {
		return nil, f
	}
	defer leave()
	known := a.local.look(o)
	if f := q.refused(known); f != nil {
		return nil, f
	}
	if known.deliveryID == testDeliveryID {
		return a.testAsked(o, known, q.m)
	}
	if q.m.WaybillID == "" && !known.doubt { // in doubt the company is to say which is the last one
		q.m.WaybillID = known.last().waybillID
	}
	reply, err := a.pushQuestion(r.ctx, o, q.m)
	if f := companySaid(reply, err); f != nil {
		return nil, f
	}
	return a.answered(o, reply), nil
}

// refused is what the platform says by itself to a question about an order. What was
// cancelled, or has ended as far as it was told, is not asked about again.
func (q question) refused(known localOrder) *failure {
	last, c := known.last(), companies[known.deliveryID]
	switch over := !known.doubt && last != nil && ended(last.status); {
	case q.deliveryID != "" && q.deliveryID != known.deliveryID:
		return fail(codeOrderUnknown, "")
	case q.m.Event == wechat.EventQueryOrder:
		return nil
	case c.shopNoAlways && q.m.ShopNo == "":
		return fail(codeArgs, "shop_no is missing")
	case c.noTips && q.m.Event == wechat.EventAddTips:
		return fail(codeCompanyRefused, known.deliveryID+" takes no tips")
	case over, q.m.Event != wechat.EventConfirmReturn && !known.doubt && last != nil && last.cancelled:
		return fail(codeOrderEnded, "")
	}
	return nil
}

// answered remembers what the company said, and passes it on.
func (a *API) answered(o *localOrder, r wechat.TransportReply) any {
	result := localResult{0, r.ResultMsg}
	switch r.Event {
	case wechat.EventCancelOrder:
		a.local.change(o, func(o *localOrder) {
			if last := o.last(); last != nil && !o.doubt {
				last.cancelled = true
			}
		})
		return cancelledAnswer{result, yuan(r.DeductFee), r.Desc}
	case wechat.EventPrecancelOrder:
		return cancelledAnswer{result, yuan(r.DeductFee), r.Desc}
	case wechat.EventQueryOrder:
		a.local.learned(o, r.WaybillID, r.OrderStatus, a.now().Unix())
		answer := queriedAnswer{localResult: result, OrderStatus: r.OrderStatus, WaybillID: r.WaybillID}
		if known := a.local.look(o); known.last() != nil {
			answer.RiderName, answer.RiderPhone = known.last().rider.name, known.last().rider.phone
		}
		return answer
	}
	return result
}
