package delivery

import (
	"time"

	"carrierhook/internal/input"
)

// StatusDecision is the answer to a status report.
type StatusDecision struct {
	Verdict Verdict
	Attempt Attempt // as it is now; meaningless for NoOrder and UnknownAttempt
}

// Changes reports whether the attempt, and a step of it, must be written.
func (d StatusDecision) Changes() bool { return d.Verdict == Recorded }

// DecideStatus decides a status report. The order is nil if there is none; recorded says
// whether the attempt has a step with this status, time and message; latest is the time of
// the decision, after the row was locked, by the server's or the database's clock,
// whichever is later.
//
// Unlike the scans of a parcel, status reports come in order, and WeChat defines which
// status may follow which: each report is compared with the attempt's status. A report that
// was recorded may come again at any time, which is checked before everything else.
//
// Reports may still overtake each other. One that would set the attempt back, and is older
// than its status, is refused.
func DecideStatus(r StatusReport, order *PlacedOrder, recorded bool, latest time.Time) StatusDecision {
	if order.Last() == nil {
		return StatusDecision{Verdict: NoOrder}
	}
	a := order.attempt(r.WaybillID)
	if a == nil {
		return StatusDecision{Verdict: UnknownAttempt}
	}
	d := StatusDecision{Attempt: *a}
	switch {
	case recorded:
		d.Verdict = Repeated
	case a != order.Last():
		d.Verdict = AttemptSuperseded
	case a.Status.Final():
		d.Verdict = AttemptEnded
	case !a.Status.CanFollow(r.Status) || r.outdated(a):
		d.Verdict = NotAllowed
	case r.At.After(latest.Add(input.ClockSkew)):
		d.Verdict = InFuture
	default:
		d.Verdict = Recorded
		d.Attempt.Status, d.Attempt.StatusAt, d.Attempt.Message = r.Status, r.At, r.Message
	}
	return d
}

// outdated reports whether a status report would set the attempt back (102 and 201 to 101),
// or to another rider (102 and 201 to 102), and is older than the attempt's status. A
// report after 101 is never outdated: the time of the first 101 is the database's, and
// cannot be compared with another clock.
func (r StatusReport) outdated(a *Attempt) bool {
	return r.Status <= a.Status && r.At.Before(a.StatusAt)
}
