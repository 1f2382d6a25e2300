package delivery

import "testing"

// A tip can be raised while the order waits for a rider, and at no other time.
// The amount is the whole tip.
func TestTipInEveryStatus(t *testing.T) {
	for _, s := range Statuses() {
		want := Decision{Reason: RiderAssigned, Attempt: attempt(s), Before: s}
		switch {
		case s == Waiting:
			want.Reason, want.writes = Accepted, thisAttempt
			want.Attempt.TipsNow, want.Attempt.TipPush = 500, mine
		case s.Final():
			want.Reason = OrderEnded
		}
		if got := DecidePush(request(Tip, orderFields(), requestFields()), shop(), placed(s), next, policy(), now); got != want || got.Changes() != (s == Waiting) {
			t.Errorf("%d: %s; %v differ", s, got.Reason, differs(got.Attempt, want.Attempt))
		}
	}
}

// It must be more than the tip that the order has now, which is 3 yuan.
func TestTipIsMore(t *testing.T) {
	for tips, want := range map[string]Reason{"0": TipsNotMore, "2.99": TipsNotMore, "3": TipsNotMore, "3.004": TipsNotMore, "3.005": Accepted, "3.01": Accepted} {
		w := requestFields()
		w.Tips = tips
		if got := DecidePush(request(Tip, orderFields(), w), shop(), placed(Waiting), next, policy(), now); got.Reason != want {
			t.Errorf("%s: %s, want %s", tips, got.Reason, want)
		}
	}
}

// The same tip again is told so, though a rider has come since.
func TestTipRepeat(t *testing.T) {
	first := DecidePush(request(Tip, orderFields(), requestFields()), shop(), placed(Waiting), next, policy(), now)
	known := placed(Waiting)
	known.Attempts[0] = first.Attempt
	known.Attempts[0].Status = Delivering
	d := DecidePush(request(Tip, orderFields(), requestFields()), shop(), known, next, policy(), now)
	if d != (Decision{Reason: Accepted, Repeat: true, Attempt: known.Attempts[0], Before: Delivering}) {
		t.Errorf("%s, repeat %t", d.Reason, d.Repeat)
	}
}

// Goods that are on their way back come back, once.
func TestConfirmInEveryStatus(t *testing.T) {
	for _, s := range Statuses() {
		want := Decision{Reason: NotReturning, Attempt: attempt(s), Before: s}
		returning := s == 303 || s == 304 || s == 305
		switch {
		case returning:
			want.Reason, want.writes = Accepted, thisAttempt
			want.Attempt.Status, want.Attempt.StatusAt, want.Attempt.Message, want.Attempt.ReturnPush = 401, now, "", mine
		case s.Final():
			want.Reason = OrderEnded
		}
		got := DecidePush(request(ConfirmReturn, orderFields(), requestFields()), shop(), placed(s), next, policy(), now)
		if got != want || got.Changes() != returning {
			t.Errorf("%d: %s; %v differ", s, got.Reason, differs(got.Attempt, want.Attempt))
		}
		if !returning {
			continue
		}
		known := placed(s)
		known.Attempts[0] = got.Attempt
		if d := DecidePush(request(ConfirmReturn, orderFields(), requestFields()), shop(), known, next, policy(), now); !d.Repeat || d.Reason != Accepted || d.Changes() {
			t.Errorf("again after %d: %s", s, d.Reason)
		}
	}
}
