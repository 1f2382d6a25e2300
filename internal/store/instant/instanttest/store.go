package instanttest

import (
	"fmt"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/storetest"
)

// Store is what is tested. Its methods fail the test where an answer is an error, or not
// the one that is expected.
type Store struct{ *instant.Store }

// MustDecide expects a decision on a push.
func (s Store) MustDecide(tb testing.TB, r delivery.Request) delivery.Decision {
	tb.Helper()
	return storetest.Answer(tb, fmt.Sprint(r.Kind, " of ", r.OrderID), s.DecidePush, r)
}

// WantReason expects a decision with a reason, as a repeat or not.
func (s Store) WantReason(tb testing.TB, r delivery.Request, want delivery.Reason, repeat bool) delivery.Decision {
	tb.Helper()
	got := s.MustDecide(tb, r)
	if got.Reason != want || got.Repeat != repeat {
		tb.Errorf("%s of %s: got %s, repeat %t, want %s, %t", r.Kind, r.OrderID, got.Reason, got.Repeat, want, repeat)
	}
	return got
}

// MustAccept expects a push to be accepted for the first time, and gives its attempt.
func (s Store) MustAccept(tb testing.TB, r delivery.Request) delivery.Attempt {
	tb.Helper()
	a := s.WantReason(tb, r, delivery.Accepted, false).Attempt
	if a.WaybillID == "" {
		tb.Errorf("%s of %s is about no attempt", r.Kind, r.OrderID)
	}
	return a
}

// MustReport expects a decision on a status report.
func (s Store) MustReport(tb testing.TB, r delivery.StatusReport) delivery.StatusDecision {
	tb.Helper()
	return storetest.Answer(tb, "report of "+r.OrderID, s.ReportStatus, r)
}

// WantVerdict expects a verdict on a report, and the status in which it leaves the
// attempt.
func (s Store) WantVerdict(tb testing.TB, r delivery.StatusReport, want delivery.Verdict, status delivery.Status) {
	tb.Helper()
	if got := s.MustReport(tb, r); got.Verdict != want || got.Attempt.Status != status {
		tb.Errorf("report %d of %s: %s, %d, want %s, %d", r.Status, r.OrderID, got.Verdict, got.Attempt.Status, want, status)
	}
}
