package instant

import (
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// preAddOrder queries the price. Nothing is placed.
func (a *API) preAddOrder(r sandbox.Request) (any, *sandbox.Failure) {
	w, o, leave, f := a.enterPlacing(r, wechat.EventPrecreateOrder, a.record.claim)
	if f != nil {
		return nil, f
	}
	defer leave()
	if w.deliveryID == testDeliveryID {
		return priced(trialPrice(w.m)), nil
	}
	reply, err := a.pushPlacing(r.Ctx, o, w.m)
	if f := companyFailure(reply, err); f != nil {
		return nil, f
	}
	return priced(reply), nil
}

// addOrder places an order. One that the company did not take is not there for
// the other calls; where that is in doubt, it may be queried, and is
// pushed again with the same token when it is added again.
func (a *API) addOrder(r sandbox.Request) (any, *sandbox.Failure) {
	w, o, leave, f := a.enterPlacing(r, wechat.EventAddOrder, a.record.claim)
	if f != nil {
		return nil, f
	}
	defer leave()
	if current := a.record.get(o); current.last() != nil || current.doubt && current.deliveryID != w.deliveryID {
		return nil, sandbox.Fail(codeOrderExists, "")
	}
	return a.place(r, o, w)
}

// reOrder places an order again, under the same id. Whether it has ended, and is the
// same order, is for the company to decide.
func (a *API) reOrder(r sandbox.Request) (any, *sandbox.Failure) {
	w, o, leave, f := a.enterPlacing(r, wechat.EventReaddOrder, a.record.find)
	if f != nil {
		return nil, f
	}
	defer leave()
	current := a.record.get(o)
	switch last := current.last(); {
	case current.deliveryID != w.deliveryID:
		return nil, sandbox.Fail(codeOrderUnknown, "")
	case w.deliveryID == testDeliveryID && !sandbox.Ended(last.status):
		return nil, sandbox.Fail(codeOrderExists, "the order is under way")
	}
	return a.place(r, o, w)
}

// enterPlacing reads and checks an order that is to be priced, placed or placed again,
// and waits for its turn.
func (a *API) enterPlacing(r sandbox.Request, event string, of func(orderKey) *order) (w placing, o *order, leave func(), f *sandbox.Failure) {
	w = a.placing(r, event)
	if f = a.mayPlace(r, w); f != nil {
		return w, nil, nil, f
	}
	o = of(w.orderKey)
	leave, f = a.enter(o)
	return w, o, leave, f
}

// enter waits for the turn of an order that was claimed or found; nil is one that is not
// there. What has entered leaves.
func (a *API) enter(o *order) (leave func(), f *sandbox.Failure) {
	if o == nil {
		return nil, sandbox.Fail(codeOrderUnknown, "")
	}
	o.turn.Take()
	return func() {
		o.turn.GiveBack()
		a.record.leave(o)
	}, nil
}

// mayPlace checks what the platform can decide by itself.
func (a *API) mayPlace(r sandbox.Request, w placing) *sandbox.Failure {
	switch {
	case r.Failure() != nil:
		return r.Failure()
	case !a.shopBound(r.App, w.shopID, w.deliveryID):
		return sandbox.Fail(codeShopNotBound, "")
	case w.company.noReadd && w.m.Event == wechat.EventReaddOrder:
		return sandbox.Fail(codeCompanyRefused, w.deliveryID+" places no order again; add it under another shop_order_id")
	case w.deliveryID == testDeliveryID:
		return trialSigned(w.orderKey, w.m.DeliverySign)
	}
	return nil
}

// place pushes the order to the company, and remembers its answer. The caller
// has the order's turn.
func (a *API) place(r sandbox.Request, o *order, w placing) (any, *sandbox.Failure) {
	token, err := a.core.Platform.Digits(20)
	if err != nil {
		return nil, sandbox.Fail(codeSystem, "")
	}
	w.m.WXToken = a.record.begin(o, w.deliveryID, w.m.ShopNo, token)
	var reply wechat.InstantReply
	var f *sandbox.Failure
	if w.deliveryID == testDeliveryID {
		if reply, err = a.trialPlaced(w.m); err != nil {
			a.record.refused(o)
			return nil, sandbox.Fail(codeSystem, "")
		}
	} else {
		reply, err = a.pushPlacing(r.Ctx, o, w.m)
		f = companyFailure(reply, err)
	}
	switch {
	case f == nil:
		a.record.took(o, reply.WaybillID, reply.OrderStatus, a.core.Now().Unix())
		return placed(reply), nil
	case f.ResultCode != 0:
		a.record.refused(o)
	default:
		a.record.unknown(o)
	}
	return nil, f
}
