package delivery

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Every pair of statuses: a report is recorded if its status may follow, and otherwise
// refused with the attempt as it is.
func TestDecideStatus(t *testing.T) {
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

// setbacks are the statuses that a report may undo or repeat, and what it sets them to.
var setbacks = [][2]Status{{Assigned, Waiting}, {Assigned, Assigned}, {AtShop, Waiting}, {AtShop, Assigned}}

// A report that would set an attempt back is refused if it is older than the status; any
// other that may follow is recorded with any time.
func TestLateReports(t *testing.T) {
	for _, from := range Statuses() {
		for _, to := range statuses[from].next {
			back := slices.Contains(setbacks, [2]Status{from, to})
			for _, after := range []time.Duration{-time.Hour, -time.Second, -time.Nanosecond, 0, time.Second} {
				prior, r := placed(from), statusReport()
				prior.Attempts[0].StatusAt = now.Add(-time.Hour).Truncate(time.Second)
				r.Status, r.At = to, prior.Attempts[0].StatusAt.Add(after)
				want := Recorded
				if back && after < 0 {
					want = NotAllowed
				}
				d := DecideStatus(r, prior, false, now)
				if d.Verdict != want || d.Changes() != (want == Recorded) || want == NotAllowed && d.Attempt != prior.Attempts[0] {
					t.Errorf("%d to %d, %s after: %s, want %s", from, to, after, d.Verdict, want)
				}
				if d := DecideStatus(r, prior, true, now); d.Verdict != Repeated {
					t.Errorf("%d to %d, %s after, again: %s", from, to, after, d.Verdict)
				}
			}
		}
	}
}

// A rider takes an order and comes to the shop. Then a report arrives that an earlier rider
// gave it back: the rider keeps it.
func TestLateReportOfAnotherRider(t *testing.T) {
	prior := placed(Waiting)
	prior.Attempts[0].StatusAt = now // by the database's clock, ahead of the carrier's
	report := func(s Status, minutes int) Verdict {
		r := statusReport()
		r.Status, r.At = s, now.Add(time.Duration(minutes-60)*time.Minute)
		d := DecideStatus(r, prior, false, now)
		if d.Changes() {
			prior.Attempts[0] = d.Attempt
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
		if got := report(tt.status, tt.minutes); got != tt.want {
			t.Errorf("report %d, %d at %d: %s, want %s", i+1, tt.status, tt.minutes, got, tt.want)
		}
	}
}

// The verdicts in the order of the checks, each with the faults of all after it.
func TestOrderOfVerdicts(t *testing.T) {
	r := statusReport()
	r.WaybillID, r.Status, r.At = "another", Waiting, now.Add(time.Hour)
	var prior *PlacedOrder
	recorded := true
	var seen []Verdict
	for _, tt := range []struct {
		want Verdict
		fix  func()
	}{
		{NoOrder, func() { prior = &PlacedOrder{ShopNo: "1"} }},
		{NoOrder, func() { prior = again(Delivered) }},
		{UnknownAttempt, func() { r.WaybillID = "C1" }},
		{Repeated, func() { recorded = false }},
		{AttemptSuperseded, func() { r.WaybillID = "C2" }},
		{AttemptEnded, func() { prior.Last().Status = PickedUp }},
		{NotAllowed, func() { prior.Last().Status = Assigned }},
		{InFuture, func() { r.At = now }},
		{Recorded, func() {}},
	} {
		d := DecideStatus(r, prior, recorded, now)
		if d.Verdict != tt.want || d.Changes() != (tt.want == Recorded) {
			t.Fatalf("%s, want %s", d.Verdict, tt.want)
		}
		if a := prior.attempt(r.WaybillID); a != nil && !d.Changes() && d.Attempt != *a {
			t.Errorf("%s: the attempt has changed", d.Verdict)
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

// An expired attempt can still find a rider, as long as it is the last one.
func TestStatusOfExpired(t *testing.T) {
	prior := placed(Waiting)
	prior.Attempts[0].ExpiresAt = now.Add(-time.Hour)
	d := DecideStatus(statusReport(), prior, false, now)
	if d.Verdict != Recorded {
		t.Fatalf("expired: %s", d.Verdict)
	}
	prior.Attempts[0] = d.Attempt
	if r := decide(Readd, prior); r.Reason != OrderUnderWay {
		t.Errorf("placed again after that: %s", r.Reason)
	}
}

func TestVerdicts(t *testing.T) {
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
