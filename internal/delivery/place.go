package delivery

import "time"

// maxAhead is how far ahead an order may be booked: its personal data is kept until then.
const maxAhead = 31 * 24 * time.Hour

// precreate quotes the price of an order, with a token for it. Whether the order exists
// does not matter: it may be placed again next.
func (r Request) precreate(p *Policy, now time.Time) Decision {
	if why := r.fault(now); why != "" {
		return Decision{}.malformed(r, why)
	}
	q, why := p.Quote(&r.Order)
	if why != "" {
		return Decision{Reason: why}
	}
	return Decision{Reason: Accepted, Quote: q, Token: p.seal(&r, q, now), Dispatch: p.Dispatch}
}

// add places a new order.
func (r Request) add(order *PlacedOrder, next NewAttempt, p *Policy, now time.Time) Decision {
	if last := order.Last(); last != nil {
		return Decision{Reason: OrderExists, Attempt: *last, Before: last.Status}
	}
	if why := r.fault(now); why != "" {
		return Decision{}.malformed(r, why)
	}
	q, why := r.price(p, now)
	if why != "" {
		return Decision{Reason: why}
	}
	return r.placed(1, q, next, p, now)
}

// readd places an order again that ended without delivery, or has expired.
func (r Request) readd(order *PlacedOrder, next NewAttempt, p *Policy, now time.Time) Decision {
	last := order.Last()
	if last == nil {
		return Decision{Reason: UnknownOrder}
	}
	refused := Decision{Attempt: *last, Before: last.Status}
	if why := last.inTheWay(now); why != "" {
		return refused.refused(why)
	}
	if len(order.Attempts) >= MaxAttempts {
		return refused.refused(TooManyAttempts)
	}
	if why := r.fault(now); why != "" {
		return refused.malformed(r, why)
	}
	if order.Order == nil {
		return refused.refused(OrderErased)
	}
	if r.ShopNo != order.ShopNo || !r.Order.sameAs(order.Order) {
		return refused.refused(OrderChanged)
	}
	q, why := r.price(p, now)
	if why != "" {
		return refused.refused(why)
	}
	d := r.placed(last.Number+1, q, next, p, now)
	d.Expires = last.Status == Waiting && !last.Expired
	return d
}

// inTheWay is why the order may not be placed again after this attempt; "": it may.
func (a *Attempt) inTheWay(now time.Time) Reason {
	switch {
	case a.Status == Delivered:
		return OrderDelivered
	case !a.Status.Failed() && !a.expired(now):
		return OrderUnderWay
	}
	return ""
}

// fault is the order's first fault at this time. A booked time that is past comes before
// the faults that are checked after times.
func (r Request) fault(now time.Time) Reason {
	late := r.Order.Booked && (!r.Order.Expected.After(now) || r.Order.Expected.After(now.Add(maxAhead)))
	if late && (r.Fault == "" || r.Fault == InsuranceWrong || r.Fault == TipsWrong) {
		return ExpectedTimeWrong
	}
	return r.Fault
}

// price is that of the order's token, or else the current one.
func (r Request) price(p *Policy, now time.Time) (Quote, Reason) {
	if r.Token == "" {
		return p.Quote(&r.Order)
	}
	return p.open(&r, now)
}

// placed is the decision that places the order.
func (r Request) placed(number int, q Quote, next NewAttempt, p *Policy, now time.Time) Decision {
	o := r.Order
	a := Attempt{
		Number: number, WaybillID: next.WaybillID, Push: r.Push.ID, Account: r.Push.Account, WXToken: r.WXToken,
		PlacedAt: now, ExpiresAt: now.Add(p.Expiry), Quote: q, Tips: o.Tips,
	}
	if o.Booked { // and not past: that is a fault
		a.ExpiresAt = o.Expected.Add(p.Expiry)
	}
	if o.FinishCode {
		a.FinishCode = next.FinishCode
	}
	if o.PickupCode {
		a.PickupCode = next.PickupCode
	}
	return Decision{Reason: Accepted, Attempt: a.asPlaced(), Dispatch: p.Dispatch, places: true}
}
