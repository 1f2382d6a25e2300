package delivery

import "time"

// tip raises the tip of an attempt that waits for a rider. The amount is the whole tip: on
// WeChat's page of addTips the last one counts.
func (r Request) tip(d Decision) Decision {
	switch {
	case d.Before.Final():
		return d.refused(OrderEnded)
	case d.Before != Waiting:
		return d.refused(RiderAssigned)
	case r.Fault != "":
		return d.malformed(r, r.Fault)
	case r.Tips <= d.Attempt.TipsNow:
		return d.refused(TipsNotMore)
	}
	d.Attempt.TipsNow, d.Attempt.TipPush = r.Tips, r.Push.ID
	d.changes = true
	return d
}

// confirm ends an attempt whose goods are back at the shop.
func (r Request) confirm(d Decision, now time.Time) Decision {
	switch {
	case d.Before.Final():
		return d.refused(OrderEnded)
	case !d.Before.returning():
		return d.refused(NotReturning)
	}
	a := &d.Attempt
	a.Status, a.StatusAt, a.Message, a.ReturnPush = Returned, now, "", r.Push.ID
	d.changes = true
	return d
}
