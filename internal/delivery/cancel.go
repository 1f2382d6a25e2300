package delivery

import "time"

// cancelled is the status after a cancel, for each status that can be cancelled.
var cancelled = map[Status]Status{
	Waiting: CancelledEarly, Assigned: CancelledEarly, AtShop: PickupCancelled,
	PickedUp: ReturningCancelled, Delivering: ReturningCancelled,
}

// cancelCost decides what a cancel costs, or why there can be none: for Precancel and
// Cancel alike. It works on a copy of the attempt, since a price changes nothing.
func (d Decision) cancelCost(p *Policy) Decision {
	a := d.Attempt
	next, possible := cancelled[a.Status]
	switch {
	case a.Status.Final():
		return d.refused(OrderEnded)
	case !possible || next == ReturningCancelled && !p.CancelAfterPickup:
		return d.refused(TooLateToCancel)
	}
	a.Status = next
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
	d = d.cancelCost(p)
	if d.Reason != Accepted {
		return d
	}
	a := &d.Attempt
	a.Status, a.StatusAt, a.Message = cancelled[a.Status], now, ""
	a.Deducted, a.CancelPush, a.CancelReason = d.Deduct, r.Push.ID, int(r.CancelReasonID)
	d.changes = true
	return d
}

// desc describes the cost of the attempt's cancel. It depends on stored values that later
// status reports do not change, so that a repeat gets the same answer.
func (a *Attempt) desc() DescKind {
	switch {
	case a.Status != CancelledEarly && a.Status != PickupCancelled:
		return DescWholeFee
	case a.Deducted > 0:
		return DescCancelFee
	}
	return DescFree
}
