package delivery

import (
	"time"

	"carrierhook/internal/input"
)

// StatusDecision is the answer to a status report.
type StatusDecision struct {
	Verdict Verdict
	Attempt Attempt // as it stands now; of no meaning for NoOrder and UnknownAttempt
}

// Changes reports whether the attempt, and a step of it, must be written.
func (d StatusDecision) Changes() bool { return d.Verdict == Recorded }

// DecideStatus decides about a status report. The order is nil when there is none; said
// tells whether the attempt has a step with this status, time and message; latest
// is the time of the decision, after the row was locked, by the server's or the
// database's clock, whichever is later.
//
// Unlike the scans of a parcel, an order's reports come in order, and what may
// follow what is WeChat's to say: so each is compared with the status that the
// attempt is in. One that was recorded may come again at any time, and
// that comes before every other check.
//
// They may overtake each other on their way here all the same: one that would
// throw the attempt back, and is from before the status that it is in, is no news.
func DecideStatus(r StatusReport, order *PlacedOrder, said bool, latest time.Time) StatusDecision {
	if order.Last() == nil {
		return StatusDecision{Verdict: NoOrder}
	}
	a := order.attempt(r.WaybillID)
	if a == nil {
		return StatusDecision{Verdict: UnknownAttempt}
	}
	d := StatusDecision{Attempt: *a}
	switch {
	case said:
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

// outdated tells whether a report would undo the attempt's status, or say it again
// of another rider, and happened before it: 102 and 201 to 101, 102 and 201 to 102.
// What may follow 101 is never such. When the first 101 was is the database's to
// say, and is not to be compared with another clock.
func (r StatusReport) outdated(a *Attempt) bool {
	return r.Status <= a.Status && r.At.Before(a.StatusAt)
}
