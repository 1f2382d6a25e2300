package delivery

import "testing"

// A tip can be raised only while the order waits for a rider. The amount is the whole tip.
func TestTipInEveryStatus(t *testing.T) {
	for _, s := range Statuses() {
		want := Decision{Reason: RiderAssigned, Attempt: attempt(s), Before: s}
		switch {
		case s == Waiting:
			want.Reason, want.changes = Accepted, true
			want.Attempt.TipsNow, want.Attempt.TipPush = 500, mine
		case s.Final():
			want.Reason = OrderEnded
		}
		if got := decide(Tip, placed(s)); got != want || got.Changes() != (s == Waiting) {
			t.Errorf("%d: %s; %v differ", s, got.Reason, differs(got.Attempt, want.Attempt))
		}
	}
}

// Both sides of every edge of a tip. It must be more than the order's current one, 3 yuan.
func TestTipEdges(t *testing.T) {
	reasons := map[string]Reason{
		"0": TipsNotMore, "2.99": TipsNotMore, "3": TipsNotMore, "3.004": TipsNotMore, "3.005": Accepted, "3.01": Accepted, "1000": Accepted, "1000.00499": Accepted,
		"": TipsWrong, " ": TipsWrong, "1000.005": TipsWrong, "1000.01": TipsWrong, unreadable: TipsWrong,
	}
	for _, s := range noFigures {
		reasons[s] = TipsWrong
	}
	for tips, want := range reasons {
		if got := decide(Tip, placed(Waiting), func(s *scene) { s.w.Tips = tips }); got.Reason != want {
			t.Errorf("%q: %s, want %s", tips, got.Reason, want)
		}
	}
}

// Only goods that are on their way back come back.
func TestConfirmInEveryStatus(t *testing.T) {
	for _, s := range Statuses() {
		want := Decision{Reason: NotReturning, Attempt: attempt(s), Before: s}
		returning := s == 303 || s == 304 || s == 305
		switch {
		case returning:
			want.Reason, want.changes = Accepted, true
			want.Attempt.Status, want.Attempt.StatusAt, want.Attempt.Message, want.Attempt.ReturnPush = 401, now, "", mine
		case s.Final():
			want.Reason = OrderEnded
		}
		got := decide(ConfirmReturn, placed(s))
		if got != want || got.Changes() != returning {
			t.Errorf("%d: %s; %v differ", s, got.Reason, differs(got.Attempt, want.Attempt))
		}
	}
}
