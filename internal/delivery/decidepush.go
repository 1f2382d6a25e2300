package delivery

import (
	"time"

	"carrierhook/internal/ledger"
)

// DecidePush decides a request. The shop and the order are nil if there are none; next is
// what a new attempt gets; now is the time of the decision, after the rows were locked.
//
// A push that was accepted gets the same answer again: the merchant may never have seen the
// first one. This is checked before the order's status, so that later events cannot turn
// success into failure.
func DecidePush(r Request, shop *Shop, order *PlacedOrder, next NewAttempt, p *Policy, now time.Time) Decision {
	if why := r.stranger(shop); why != "" {
		return Decision{}.malformed(r, why)
	}
	if order.Last() == nil {
		order = nil
	}
	if d, repeat := r.repeated(order, p); repeat {
		return d
	}
	switch r.Kind {
	case Precreate:
		return r.precreate(p, now)
	case Add:
		return r.add(order, next, p, now)
	case Readd:
		return r.readd(order, next, p, now)
	}
	a, why := r.about(order)
	if why != "" {
		return Decision{Reason: why}
	}
	d := Decision{Reason: Accepted, Attempt: *a, Before: a.Status}
	if r.Kind == Query {
		return d
	}
	if a != order.Last() {
		return d.refused(OrderEnded)
	}
	switch r.Kind {
	case Cancel:
		return r.cancel(d, p, now)
	case Precancel:
		return d.cancelCost(p)
	case Tip:
		return r.tip(d)
	case ConfirmReturn:
		return r.confirm(d, now)
	}
	return Decision{Reason: BadIDs} // an unknown kind
}

// stranger is why the request is not from an active shop; "": it is.
func (r Request) stranger(shop *Shop) Reason {
	switch {
	case r.Fault == BadIDs:
		return BadIDs
	case shop == nil || !shop.Active:
		return UnknownShop
	case !r.signedBy(shop.Secret):
		return WrongSign
	}
	return ""
}

// repeated is the answer to a push that placed, tipped, cancelled or took back an attempt:
// any of the order's, not only the last one. Of an attempt's tips only the last push is
// stored: an earlier one has a smaller tip than the order has now, and gets TipsNotMore.
func (r Request) repeated(order *PlacedOrder, p *Policy) (Decision, bool) {
	if order == nil || r.Push.ID == (ledger.PushID{}) {
		return Decision{}, false
	}
	for _, a := range order.Attempts {
		d := Decision{Reason: Accepted, Repeat: true, Attempt: a, Before: a.Status}
		switch {
		case a.Push == r.Push.ID && (r.Kind == Add || r.Kind == Readd):
			d.Attempt, d.Before, d.Dispatch = a.asPlaced(), 0, p.Dispatch
		case a.CancelPush == r.Push.ID && r.Kind == Cancel:
			d.Deduct, d.Desc = a.Deducted, a.desc()
		case a.TipPush == r.Push.ID && r.Kind == Tip, a.ReturnPush == r.Push.ID && r.Kind == ConfirmReturn:
		default:
			continue
		}
		return d, true
	}
	return Decision{}, false
}

// about is the attempt that the request is about: the one with its waybill, or else the
// last one.
func (r Request) about(order *PlacedOrder) (*Attempt, Reason) {
	if order == nil {
		return nil, UnknownOrder
	}
	a := order.attempt(r.WaybillID)
	if a == nil || r.ShopNo != "" && r.ShopNo != order.ShopNo {
		return nil, WaybillMismatch
	}
	return a, ""
}

// malformed is refused with the member that is invalid, if the reason is the request's fault.
func (d Decision) malformed(r Request, why Reason) Decision {
	if why == r.Fault {
		d.Field = r.Field
	}
	return d.refused(why)
}

// refused is the decision with the reason for a refusal. The attempt stays as it is.
func (d Decision) refused(why Reason) Decision {
	d.Reason = why
	return d
}
