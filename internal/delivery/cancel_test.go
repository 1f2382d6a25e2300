package delivery

import (
	"testing"
	"time"
)

// cancelCase is what cancelling does in a status: of an attempt with a fee of
// 67.50 yuan, at a cancel fee of 2 yuan.
type cancelCase struct {
	why    Reason
	to     Status
	deduct Fen
	desc   DescKind
}

// cancels has every status, without and with delivery.cancel_after_pickup.
func cancels(after bool) map[Status]cancelCase {
	ended, late := cancelCase{why: OrderEnded}, cancelCase{why: TooLateToCancel}
	way := late
	if after {
		way = cancelCase{Accepted, 303, 6750, DescWholeFee}
	}
	return map[Status]cancelCase{
		101: {Accepted, 103, 0, DescFree}, 102: {Accepted, 103, 200, DescCancelFee}, 201: {Accepted, 203, 200, DescCancelFee},
		202: way, 301: way, 303: late, 304: late, 305: late,
		103: ended, 203: ended, 204: ended, 205: ended, 302: ended, 401: ended, 501: ended, 502: ended,
	}
}

// The cost of a cancel and the status after it, for every status. Precancel has the same
// cost, and changes nothing.
func TestCancelInEveryStatus(t *testing.T) {
	kinds := map[DescKind]bool{}
	for _, after := range []bool{false, true} {
		p := policy()
		p.CancelAfterPickup = after
		for _, s := range Statuses() {
			tt, ok := cancels(after)[s]
			if !ok {
				t.Errorf("no case for %d", s)
				continue
			}
			kinds[tt.desc] = true
			want := Decision{Reason: tt.why, Attempt: attempt(s), Before: s, Deduct: tt.deduct, Desc: tt.desc}
			if got := decide(Precancel, placed(s), func(s *scene) { s.p = p }); got != want || got.Changes() {
				t.Errorf("precancel in %d: %s, %d, %q", s, got.Reason, got.Deduct, got.Desc)
			}
			if tt.why == Accepted {
				want.changes = true
				want.Attempt.Status, want.Attempt.StatusAt, want.Attempt.Message = tt.to, now, ""
				want.Attempt.Deducted, want.Attempt.CancelPush, want.Attempt.CancelReason = tt.deduct, mine, 1
			}
			got := decide(Cancel, placed(s), func(s *scene) { s.p = p })
			if got != want || got.Changes() != (tt.why == Accepted) {
				t.Errorf("cancelled in %d: %s, %d, %q; %v differ", s, got.Reason, got.Deduct, got.Desc, differs(got.Attempt, want.Attempt))
			}
		}
	}
	for _, kind := range DescKinds() {
		if !kinds[kind] {
			t.Errorf("nothing is %s", kind)
		}
	}
	if len(kinds) != len(DescKinds())+1 { // and none, of a refusal
		t.Errorf("%d kinds, %d are listed", len(kinds)-1, len(DescKinds()))
	}
}

// The attempt keeps a valid cancel reason; neither a repeat with another reason nor Precancel
// changes it.
func TestCancelReasonIsKept(t *testing.T) {
	for id, want := range map[string]int{"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "0": 0, "": 0, "7": 0, "x": 0, "-1": 0} {
		w := requestFields()
		w.CancelReasonID = id
		prior := placed(Assigned)
		if d := decide(Precancel, prior, func(s *scene) { s.w = w }); d.Reason != Accepted || d.Attempt.CancelReason != 0 {
			t.Errorf("%q: cost, %s, reason %d", id, d.Reason, d.Attempt.CancelReason)
		}
		d := decide(Cancel, prior, func(s *scene) { s.w = w })
		if d.Reason != Accepted || d.Attempt.CancelReason != want {
			t.Errorf("%q: %s, reason %d, want %d", id, d.Reason, d.Attempt.CancelReason, want)
		}
		prior.Attempts[0] = d.Attempt
		w.CancelReasonID = "5"
		if again := decide(Cancel, prior, func(s *scene) { s.w = w }); !again.Repeat || again.Attempt.CancelReason != want || again.Changes() {
			t.Errorf("%q: again, reason %d, want %d", id, again.Attempt.CancelReason, want)
		}
	}
}

// A cancel fee is at most the fee.
func TestCancelFee(t *testing.T) {
	for _, tt := range []struct {
		fee, deliver, coupon, want Fen
		desc                       DescKind
	}{
		{200, 500, 0, 200, DescCancelFee}, {200, 350, 150, 200, DescCancelFee}, {200, 349, 150, 199, DescCancelFee},
		{200, 150, 150, 0, DescFree}, {0, 500, 0, 0, DescFree},
	} {
		prior, p := placed(Assigned), policy()
		prior.Attempts[0].Quote = Quote{Deliver: tt.deliver, Coupon: tt.coupon, Insurance: 999}
		p.Tariff.CancelFee = tt.fee
		d := decide(Cancel, prior, func(s *scene) { s.p = p })
		if d.Deduct != tt.want || d.Attempt.Deducted != tt.want || d.Desc != tt.desc {
			t.Errorf("%+v: %d, %q", tt, d.Deduct, d.Desc)
		}
	}
}

// The push that cancelled gets the same cost and description, whatever has changed of the
// attempt, the tariff and the order; another push is too late.
func TestCancelRepeat(t *testing.T) {
	for from, later := range map[Status][]Status{101: {103}, 102: {103}, 201: {203}, 202: {303, 401, 501, 502}, 301: {303, 401, 501, 502}} {
		p := policy()
		p.CancelAfterPickup = true
		first := decide(Cancel, placed(from), func(s *scene) { s.p = p })
		for _, s := range later {
			prior := again(Waiting)
			prior.Attempts[0] = first.Attempt
			prior.Attempts[0].Status, prior.Attempts[0].StatusAt = s, now.Add(time.Hour)
			d := decide(Cancel, prior, func(s *scene) { s.p.Tariff.CancelFee, s.now = 1, now.Add(time.Hour) })
			if d != (Decision{Reason: Accepted, Repeat: true, Attempt: prior.Attempts[0], Before: s, Deduct: first.Deduct, Desc: first.Desc}) {
				t.Errorf("from %d, now %d: %s, %d, %q", from, s, d.Reason, d.Deduct, d.Desc)
			}
		}
		prior := &PlacedOrder{ShopNo: "12345678", Attempts: []Attempt{first.Attempt}}
		if d := decide(Cancel, prior, func(s *scene) { s.push = [32]byte{2} }); d.Repeat || d.Reason == Accepted {
			t.Errorf("another push, from %d: %s", from, d.Reason)
		}
	}
}
