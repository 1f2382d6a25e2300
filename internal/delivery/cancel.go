package delivery

import "time"

// cancelled is what a status becomes by cancelling, if it can be cancelled.
var cancelled = map[Status]Status{
	Waiting: CancelledEarly, Assigned: CancelledEarly, AtShop: PickupCancelled,
	PickedUp: ReturningCancelled, Delivering: ReturningCancelled,
}

// cancelling says what cancelling costs, or why it cannot be: the same for a question
// and for the cancel itself.
func (d Decision) cancelling(p *Policy) Decision {
	a := d.Attempt
	to, can := cancelled[a.Status]
	switch {
	case a.Status.Final():
		return d.refused(OrderEnded)
	case !can || to == ReturningCancelled && !p.CancelAfterPickup:
		return d.refused(TooLateToCancel)
	}
	a.Status = to
	switch d.Before {
	case Waiting:
	case Assigned, AtShop:
		a.Deducted = min(p.Tariff.CancelFee, a.Quote.Fee())
	default:
		a.Deducted = a.Quote.Fee()
	}
	d.Deduct, d.Desc = a.Deducted, a.desc()
	return d
}

// cancel cancels the attempt.
func (r Request) cancel(d Decision, p *Policy, now time.Time) Decision {
	d = d.cancelling(p)
	if d.Reason != Accepted {
		return d
	}
	a := &d.Attempt
	a.Status, a.StatusAt, a.Message = cancelled[a.Status], now, ""
	a.Deducted, a.CancelPush, a.CancelReason = d.Deduct, r.Push.ID, int(r.CancelReasonID)
	d.writes = thisAttempt
	return d
}

// desc is what is said of the cost of the attempt's cancelling. It goes by what
// stays on record, whatever is reported later: a repeat gets the same answer.
func (a *Attempt) desc() DescKind {
	switch {
	case a.Status != CancelledEarly && a.Status != PickupCancelled:
		return DescWholeFee
	case a.Deducted > 0:
		return DescCancelFee
	}
	return DescFree
}
