package sandbox

import (
	"context"

	"carrierhook/internal/wechat"
)

// preAddOrder asks the company for the price. Nothing is placed.
func (a *API) preAddOrder(r request) (any, *failure) {
	w := a.placing(r, wechat.EventPrecreateOrder)
	if f := a.mayPlace(r, w); f != nil {
		return nil, f
	}
	o := a.local.claim(w.localKey)
	leave, f := a.enter(r.ctx, o)
	if f != nil {
		return nil, f
	}
	defer leave()
	if w.deliveryID == testDeliveryID {
		return priced(testPrice(w.m)), nil
	}
	reply, err := a.pushPlacing(r.ctx, o, w.m)
	if f := companySaid(reply, err); f != nil {
		return nil, f
	}
	return priced(reply), nil
}

// addLocalOrder places an order. One that the company did not take is not there for
// the other calls; where nobody knows whether it did, it may be asked about, and is
// pushed again with the same token when it is added again.
func (a *API) addLocalOrder(r request) (any, *failure) {
	w := a.placing(r, wechat.EventAddOrder)
	if f := a.mayPlace(r, w); f != nil {
		return nil, f
	}
	o := a.local.claim(w.localKey)
	leave, f := a.enter(r.ctx, o)
	if f != nil {
		return nil, f
	}
	defer leave()
	if known := a.local.look(o); known.last() != nil || known.doubt && known.deliveryID != w.deliveryID {
		return nil, fail(codeOrderExists, "")
	}
	return a.place(r, o, w)
}

// reOrder places an order again, under the same id. Whether it has ended, and is the
// same order, is for the company to say: it knows better.
func (a *API) reOrder(r request) (any, *failure) {
	w := a.placing(r, wechat.EventReaddOrder)
	if f := a.mayPlace(r, w); f != nil {
		return nil, f
	}
	if w.company.noReadd {
		return nil, fail(codeCompanyRefused, w.deliveryID+" places no order again; add it under another shop_order_id")
	}
	o := a.local.find(w.localKey)
	leave, f := a.enter(r.ctx, o)
	if f != nil {
		return nil, f
	}
	defer leave()
	known := a.local.look(o)
	switch last := known.last(); {
	case known.deliveryID != w.deliveryID:
		return nil, fail(codeOrderUnknown, "")
	case w.deliveryID == testDeliveryID && !ended(last.status):
		return nil, fail(codeOrderExists, "the order is under way")
	}
	return a.place(r, o, w)
}

// enter waits for the turn of an order that was claimed or found; nil is one that is not
// there. Whoever has entered leaves.
func (a *API) enter(ctx context.Context, o *localOrder) (leave func(), f *failure) {
	if o == nil {
		return nil, fail(codeOrderUnknown, "")
	}
	if o.turn.Take(ctx) != nil {
		a.local.leave(o)
		return nil, fail(codeLocalSystem, "")
	}
	return func() {
		o.turn.GiveBack()
		a.local.leave(o)
	}, nil
}

// mayPlace looks at what the platform can know by itself.
func (a *API) mayPlace(r request, w placing) *failure {
	switch {
	case r.wrong != nil:
		return r.wrong
	case !a.shopBound(r.shop, w.shopID, w.deliveryID):
		return fail(codeShopNotBound, "")
	case w.deliveryID == testDeliveryID:
		return testSigned(w.localKey, w.m.DeliverySign)
	}
	return nil
}

// place asks the company to take the order, and remembers what it said. The caller
// has the order's turn.
func (a *API) place(r request, o *localOrder, w placing) (any, *failure) {
	fresh, err := a.o.Platform.digits(20)
	if err != nil {
		return nil, fail(codeLocalSystem, "")
	}
	w.m.WXToken = a.local.begin(o, w.deliveryID, w.m.ShopNo, fresh)
	var reply wechat.TransportReply
	var f *failure
	if w.deliveryID == testDeliveryID {
		if reply, err = a.testPlaced(w.m); err != nil {
			a.local.refused(o)
			return nil, fail(codeLocalSystem, "")
		}
	} else {
		reply, err = a.pushPlacing(r.ctx, o, w.m)
		f = companySaid(reply, err)
	}
	switch {
	case f == nil:
		a.local.took(o, reply.WaybillID, reply.OrderStatus, a.now().Unix())
		return placed(reply), nil
	case f.resultCode != 0:
		a.local.refused(o)
	default:
		a.local.unknown(o)
	}
	return nil, f
}
