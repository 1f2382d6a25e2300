package delivery

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Every pair of statuses: a report is recorded where it may follow, and refused
// elsewhere with the attempt as it stands.
func TestAdvance(t *testing.T) {
	for _, from := range Statuses() {
		for _, to := range Statuses() {
			r := statusReport()
			r.Status = to
			got := DecideStatus(r, placed(from), false, now)
			want := StatusDecision{Verdict: NotAllowed, Attempt: attempt(from)}
			switch {
			case from.Final():
				want.Verdict = AttemptEnded
			case from.CanFollow(to):
				want.Verdict = Recorded
				want.Attempt.Status, want.Attempt.StatusAt, want.Attempt.Message = to, r.At, r.Message
			}
			if got != want || got.Changes() != (want.Verdict == Recorded) {
				t.Errorf("%d to %d: %s; %v differ", from, to, got.Verdict, differs(got.Attempt, want.Attempt))
			}
		}
	}
}

// setbacks are what a report may undo, or say again, of an attempt under way.
var setbacks = [][2]Status{{Assigned, Waiting}, {Assigned, Assigned}, {AtShop, Waiting}, {AtShop, Assigned}}

// A report that would throw an attempt back is none if it is from before the status
// that it would undo; whatever else may follow is recorded from any time.
func TestLateReports(t *testing.T) {
	for _, from := range Statuses() {
		for _, to := range statuses[from].next {
			back := slices.Contains(setbacks, [2]Status{from, to})
			for _, after := range []time.Duration{-time.Hour, -time.Second, -time.Nanosecond, 0, time.Second} {
				known, r := placed(from), statusReport()
				known.Attempts[0].StatusAt = now.Add(-time.Hour).Truncate(time.Second)
				r.Status, r.At = to, known.Attempts[0].StatusAt.Add(after)
				want := Recorded
				if back && after < 0 {
					want = NotAllowed
				}
				d := DecideStatus(r, known, false, now)
				if d.Verdict != want || d.Changes() != (want == Recorded) || want == NotAllowed && d.Attempt != known.Attempts[0] {
					t.Errorf("%d to %d, %s after: %s, want %s", from, to, after, d.Verdict, want)
				}
				if d := DecideStatus(r, known, true, now); d.Verdict != Repeated {
					t.Errorf("%d to %d, %s after, told again: %s", from, to, after, d.Verdict)
				}
			}
		}
	}
}

// A rider takes an order, comes to the shop, and only then the report of the one
// before him arrives, who gave it back: he keeps it.
func TestLateReportOfAnotherRider(t *testing.T) {
	known := placed(Waiting)
	known.Attempts[0].StatusAt = now // by the database's clock, ahead of the carrier's
	told := func(s Status, minutes int) Verdict {
		r := statusReport()
		r.Status, r.At = s, now.Add(time.Duration(minutes-60)*time.Minute)
		d := DecideStatus(r, known, false, now)
		if d.Changes() {
			known.Attempts[0] = d.Attempt
		}
		return d.Verdict
	}
	for i, tt := range []struct {
		status  Status
		minutes int
		want    Verdict
	}{
		{Assigned, 10, Recorded}, {AtShop, 20, Recorded}, {Waiting, 5, NotAllowed}, {Assigned, 19, NotAllowed},
		{Waiting, 21, Recorded}, {Assigned, 22, Recorded}, {Assigned, 21, NotAllowed}, {Assigned, 23, Recorded}, {PickedUp, 1, Recorded},
	} {
		if got := told(tt.status, tt.minutes); got != tt.want {
			t.Errorf("report %d, %d at %d: %s, want %s", i+1, tt.status, tt.minutes, got, tt.want)
		}
	}
}

// The verdicts in the order of the checks, each with all that comes after it.
func TestOrderOfVerdicts(t *testing.T) {
	r := statusReport()
	r.WaybillID, r.Status, r.At = "another", Waiting, now.Add(time.Hour)
	var known *PlacedOrder
	said := true
	var seen []Verdict
	for _, tt := range []struct {
		want Verdict
		fix  func()
	}{
		{NoOrder, func() { known = &PlacedOrder{ShopNo: "1"} }},
		{NoOrder, func() { known = again(Delivered) }},
		{UnknownAttempt, func() { r.WaybillID = "C1" }},
		{Repeated, func() { said = false }},
		{AttemptSuperseded, func() { r.WaybillID = "C2" }},
		{AttemptEnded, func() { known.Last().Status = PickedUp }},
		{NotAllowed, func() { known.Last().Status = Assigned }},
		{InFuture, func() { r.At = now }},
		{Recorded, func() {}},
	} {
		d := DecideStatus(r, known, said, now)
		if d.Verdict != tt.want || d.Changes() != (tt.want == Recorded) {
			t.Fatalf("%s, want %s", d.Verdict, tt.want)
		}
		if a := known.attempt(r.WaybillID); a != nil && !d.Changes() && d.Attempt != *a {
			t.Errorf("%s: the attempt is not as it stands", d.Verdict)
		}
		seen = append(seen, d.Verdict)
		tt.fix()
	}
	if seen = slices.Compact(seen); !slices.Equal(seen, Verdicts()) {
		t.Errorf("the order is %v, listed as %v", seen, Verdicts())
	}
}

// A carrier's clock may be five minutes ahead.
func TestInFuture(t *testing.T) {
	for at, want := range map[time.Time]Verdict{
		now.Add(5 * time.Minute): Recorded, now.Add(5*time.Minute + time.Nanosecond): InFuture, now.Add(-1000 * time.Hour): Recorded,
	} {
		r := statusReport()
		r.At = at
		if got := DecideStatus(r, placed(Waiting), false, now); got.Verdict != want {
			t.Errorf("%s: %s, want %s", at, got.Verdict, want)
		}
	}
}

// An attempt that has waited in vain can still find its rider, as long as no
// other has taken its place.
func TestAdvanceExpired(t *testing.T) {
	known := placed(Waiting)
	known.Attempts[0].ExpiresAt = now.Add(-time.Hour)
	d := DecideStatus(statusReport(), known, false, now)
	if d.Verdict != Recorded {
		t.Fatalf("expired: %s", d.Verdict)
	}
	known.Attempts[0] = d.Attempt
	if r := DecidePush(request(Readd, orderFields(), requestFields()), shop(), known, next, policy(), now); r.Reason != OrderUnderWay {
		t.Errorf("placed again after that: %s", r.Reason)
	}
}

func TestVerdictsHaveWords(t *testing.T) {
	texts := map[string]bool{}
	for _, v := range Verdicts() {
		if v.Text() == "" || texts[v.Text()] || strings.HasSuffix(v.Text(), ".") {
			t.Errorf("%s says %q", v, v.Text())
		}
		texts[v.Text()] = true
		if v.Good() != (v == "recorded" || v == "repeated") {
			t.Errorf("%s is good: %t", v, v.Good())
		}
	}
	if len(Verdicts()) != len(verdictTexts) {
		t.Errorf("%d verdicts, %d texts", len(Verdicts()), len(verdictTexts))
	}
}
