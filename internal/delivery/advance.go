package delivery

import (
	"time"

	"carrierhook/internal/input"
)

// ReportDecision is the answer to a report.
type ReportDecision struct {
	Verdict Verdict
	Attempt Attempt // as it stands now; of no meaning for NoOrder and UnknownAttempt
}

// Changes reports whether the attempt, and a step of it, must be written.
func (d ReportDecision) Changes() bool { return d.Verdict == Recorded }

// Advance decides about a report. The order is nil when there is none; said
// tells whether the attempt has a step with this status, time and message; latest
// is the time of the decision, after the row was locked, by the server's or the
// database's clock, whichever is later.
//
// Unlike the scans of a parcel, an order's reports come in order, and what may
// follow what is WeChat's to say: so each is held against the status that the
// attempt is in. One that was recorded may come again at any time, and is told
// so before anything else.
//
// They may overtake each other on their way here all the same: one that would
// throw the attempt back, and is from before the status that it is in, is no news.
func Advance(r Report, known *Known, said bool, latest time.Time) ReportDecision {
	if known.Last() == nil {
		return ReportDecision{Verdict: NoOrder}
	}
	a := known.named(r.WaybillID)
	if a == nil {
		return ReportDecision{Verdict: UnknownAttempt}
	}
	d := ReportDecision{Attempt: *a}
	switch {
	case said:
		d.Verdict = Repeated
	case a != known.Last():
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
// say, and is not to be held against another clock.
func (r Report) outdated(a *Attempt) bool {
	return r.Status <= a.Status && r.At.Before(a.StatusAt)
}
