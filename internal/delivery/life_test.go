package delivery

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// accepted is a push that was accepted, and its decision.
type accepted struct {
	r Request
	d Decision
}

// life is an order under all operations, as a store has it.
type life struct {
	prior *PlacedOrder
	p     *Policy
	clock time.Time
	pushes,
	numbers int
	accepted []accepted
}

// TestLife: orders, cancels, tips, status reports and passing time, in any order. After each
// of them every accepted push gets the same answer again, and the invariants hold.
func TestLife(t *testing.T) {
	t.Parallel()
	reached := map[string]int{}
	for range 5 {
		lives(t, reached)
	}
	for _, s := range Statuses() {
		if reached[s.Text()] == 0 {
			t.Errorf("no life came to %d", s)
		}
	}
	for _, what := range []string{"attempts 3", "expired", string(Add), string(Readd), string(Cancel), string(Tip), string(ConfirmReturn)} {
		if reached[what] == 0 {
			t.Errorf("%s: in no life", what)
		}
	}
}

func lives(t *testing.T, reached map[string]int) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		l := &life{p: policy(), clock: now}
		l.p.CancelAfterPickup = rapid.Bool().Draw(t, "cancel after pickup")
		for range rapid.IntRange(60, 120).Draw(t, "steps") {
			before := l.attempts()
			l.step(t)
			l.check(t, before)
			for _, a := range l.attempts() {
				reached[a.Status.Text()]++
				if a.Expired {
					reached["expired"]++
				}
			}
			for _, x := range l.accepted {
				reached[string(x.r.Kind)]++
			}
			reached["attempts "+string(rune('0'+min(len(l.attempts()), 3)))]++
		}
	})
}

func (l *life) attempts() []Attempt {
	if l.prior == nil {
		return nil
	}
	return slices.Clone(l.prior.Attempts)
}

func (l *life) step(t *rapid.T) {
	switch kind := rapid.IntRange(0, 9).Draw(t, "who"); {
	case kind == 0:
		l.clock = l.clock.Add(rapid.SampledFrom([]time.Duration{time.Second, 20 * time.Minute, 3 * time.Hour}).Draw(t, "passes"))
	case kind == 1 && l.prior != nil:
		l.prior.Order = rapid.SampledFrom([]*Order{nil, order()}).Draw(t, "erased")
	case kind < 6:
		l.report(t)
	default:
		l.push(t)
	}
}

// report reports a status, mostly one that may follow.
func (l *life) report(t *rapid.T) {
	r := statusReport()
	if l.prior != nil {
		all := l.prior.Attempts
		r.WaybillID = rapid.SampledFrom([]string{all[0].WaybillID, l.prior.Last().WaybillID, l.prior.Last().WaybillID, "none"}).Draw(t, "of")
	}
	r.Status, r.At = rapid.SampledFrom(Statuses()).Draw(t, "status"), l.clock.Add(-rapid.SampledFrom([]time.Duration{0, 0, time.Second, time.Hour}).Draw(t, "late"))
	fit := statuses[l.last().Status].next
	onward := slices.DeleteFunc(slices.Clone(fit), func(s Status) bool { return s.Final() && s != Delivered || s <= l.last().Status })
	for i, list := range [][]Status{nil, fit, onward, onward, onward} {
		if rapid.IntRange(0, 4).Draw(t, "fit") == i && len(list) > 0 {
			r.Status = rapid.SampledFrom(list).Draw(t, "next")
		}
	}
	d := DecideStatus(r, l.prior, false, l.clock)
	if !slices.Contains(Verdicts(), d.Verdict) {
		t.Fatalf("verdict %q", d.Verdict)
	}
	if d.Changes() {
		if d.Attempt.WaybillID != l.last().WaybillID {
			t.Fatal("an earlier attempt has changed")
		}
		*l.prior.Last() = d.Attempt
	}
}

// last is the last attempt, or a zero one.
func (l *life) last() Attempt {
	if a := l.prior.Last(); a != nil {
		return *a
	}
	return Attempt{}
}

// request draws a request. Half of those that place an order have a token, and some have a
// changed order.
func (l *life) request(t *rapid.T) Request {
	f, w := orderFields(), requestFields()
	w.WaybillID, w.ShopNo = "", ""
	if l.prior != nil {
		w.WaybillID = rapid.SampledFrom([]string{"", "", l.last().WaybillID, l.prior.Attempts[0].WaybillID, "none"}).Draw(t, "waybill")
	}
	w.CancelReasonID = rapid.SampledFrom([]string{"", "1", "6", "7"}).Draw(t, "why")
	w.Tips = rapid.SampledFrom([]string{"0", "1", "2.5", "5", "7"}).Draw(t, "tips")
	f.Info.Tips = rapid.SampledFrom([]string{"0", "2"}).Draw(t, "tips at first")
	f.Sender.Name = rapid.SampledFrom([]string{"刘一", "刘一", "刘一", "x"}).Draw(t, "sender")
	kinds := append(Kinds(), Add, Readd, Readd, Readd)
	kind := rapid.SampledFrom(kinds).Draw(t, "kind of request")
	l.pushes++
	if rapid.Bool().Draw(t, "with a token") {
		quoted := DecidePush(request(Precreate, f, w), shop(), l.prior, NewAttempt{}, l.p, l.clock)
		f.Token = quoted.Token
	}
	r := request(kind, f, w)
	r.Push.ID = [32]byte{byte(l.pushes), byte(l.pushes >> 8), 1}
	return r
}

// push decides a request and stores the result.
func (l *life) push(t *rapid.T) {
	r := l.request(t)
	priced := Decision{}
	if r.Kind == Cancel {
		before := r
		before.Kind = Precancel
		priced = DecidePush(before, shop(), l.prior, NewAttempt{}, l.p, l.clock)
	}
	d := l.decide(r)
	if !slices.Contains(r.Kind.Reasons(), d.Reason) || d.Repeat || d.Reason != Accepted && (d.Places() || d.Changes()) {
		t.Fatalf("%s: %s", r.Kind, d.Reason)
	}
	if r.Kind == Cancel && (priced.Reason != d.Reason || priced.Deduct != d.Deduct || priced.Desc != d.Desc) {
		t.Fatalf("cancelling was quoted as %s, %d, and is %s, %d", priced.Reason, priced.Deduct, d.Reason, d.Deduct)
	}
	l.keep(t, r, d)
}

func (l *life) decide(r Request) Decision {
	l.numbers++
	return DecidePush(r, shop(), l.prior, NewAttempt{WaybillID: "C" + string(rune('A'+l.numbers)), FinishCode: 1000 + l.numbers, PickupCode: 2000 + l.numbers}, l.p, l.clock)
}

// keep stores a decision.
func (l *life) keep(t *rapid.T, r Request, d Decision) {
	switch {
	case d.Places():
		if l.prior == nil {
			l.prior = &PlacedOrder{ShopNo: r.ShopNo}
		}
		if d.Expires {
			if l.last().Status != Waiting || l.clock.Before(l.last().ExpiresAt) {
				t.Fatal("an attempt expires too early")
			}
			l.prior.Last().Expired = true
		}
		l.prior.Attempts, l.prior.Order = append(l.prior.Attempts, d.Attempt), &r.Order
	case d.Changes():
		if d.Attempt.Number != l.last().Number || d.Before != l.last().Status {
			t.Fatal("another attempt than the last one is written")
		}
		*l.prior.Last() = d.Attempt
	default:
		return
	}
	if r.Kind == Tip { // only the last tip of an attempt is stored
		l.accepted = slices.DeleteFunc(l.accepted, func(x accepted) bool { return x.r.Kind == Tip && x.d.Attempt.Number == d.Attempt.Number })
	}
	l.accepted = append(l.accepted, accepted{r, d})
}

// check is what holds after every step.
func (l *life) check(t *rapid.T, before []Attempt) {
	after := l.attempts()
	waybills := map[string]bool{}
	for i, a := range after {
		if a.Number != i+1 || waybills[a.WaybillID] || a.WaybillID == "" {
			t.Fatalf("attempt %d has number %d or a waybill of another", i+1, a.Number)
		}
		waybills[a.WaybillID] = true
		if i < len(after)-1 && !a.Status.Failed() && !(a.Status == Waiting && a.Expired) {
			t.Fatalf("attempt %d was followed and is in %d", a.Number, a.Status)
		}
		if a.Deducted < 0 || a.Deducted > a.Quote.Fee() || a.TipsNow < a.Tips || (a.CancelPush == [32]byte{}) && a.Deducted > 0 {
			t.Fatalf("attempt %d costs %d to cancel, tips %d", a.Number, a.Deducted, a.TipsNow)
		}
	}
	for i, was := range before {
		is := after[i]
		if is.Status != was.Status && !was.Status.CanFollow(is.Status) {
			t.Fatalf("from %d to %d", was.Status, is.Status)
		}
		if is.Status <= was.Status && is.StatusAt.Before(was.StatusAt) {
			t.Fatalf("set back from %d to %d by an older report", was.Status, is.Status)
		}
		if is.CancelReason != was.CancelReason && (was.CancelPush != [32]byte{} || is.CancelPush == [32]byte{}) {
			t.Fatalf("attempt %d: the cancel reason has become %d, and was %d", is.Number, is.CancelReason, was.CancelReason)
		}
		if (was.Status.Final() || i < len(before)-1) && is != was {
			t.Fatalf("an attempt that had ended, or was followed, has changed")
		}
		if is.asPlaced() != was.asPlaced() {
			t.Fatal("what an attempt was placed with has changed")
		}
	}
	for _, x := range l.accepted {
		x.same(t, l.decide(x.r))
	}
}

// same checks that a push gets the same answer again.
func (x accepted) same(t *rapid.T, d Decision) {
	if d.Reason != Accepted || !d.Repeat || d.Places() || d.Changes() || d.Deduct != x.d.Deduct || d.Desc != x.d.Desc || d.Dispatch != x.d.Dispatch || d.Expires {
		t.Fatalf("%s again: %s, repeat %t", x.r.Kind, d.Reason, d.Repeat)
	}
	if x.r.Kind == Cancel && d.Attempt.CancelReason != int(x.r.CancelReasonID) {
		t.Fatalf("cancelled for %d, stored is %d", x.r.CancelReasonID, d.Attempt.CancelReason)
	}
	if x.r.Kind.carries() && d.Attempt != x.d.Attempt || d.Attempt.WaybillID != x.d.Attempt.WaybillID {
		t.Fatalf("%s again: of another attempt, or not as it was placed", x.r.Kind)
	}
}
