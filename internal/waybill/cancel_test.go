package waybill

import (
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/ledger"
)

var (
	now    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	policy = Policy{Window: 720 * time.Hour, SignedGrace: 72 * time.Hour, NoCancel: []string{"same_day"}}
	mine   = ledger.PushID{1}
	other  = ledger.PushID{2}
)

func request() CancelRequest {
	return NewCancelRequest(ledger.Push{ID: mine}, "B", "pw", "wxA", "O", "W")
}

func merchant() *Merchant { return &Merchant{BizID: "B", PasswordHash: "h", CancelAllowed: true} }

// in gives a waybill that has been in status s for an hour.
func in(s Status) *Waybill {
	w := &Waybill{BizID: "B", ID: "W", OrderID: "O", Status: s, BookedAt: now.Add(-2 * time.Hour)}
	switch s {
	case Signed:
		w.SignedAt = now.Add(-time.Hour)
	case Cancelled:
		w.CancelledAt, w.CancelledBy = now.Add(-time.Hour), other
	}
	return w
}

// Both sides of each edge; TestCancelTruthTable has the combinations.
func TestCancelEdges(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Waybill)
		want   Reason
	}{
		"order in another case":          {func(w *Waybill) { w.OrderID = "o" }, IDsMismatch},
		"the waybill's shop":             {func(w *Waybill) { w.ShopAppID = "wxA" }, Accepted},
		"signed at the end of the grace": {func(w *Waybill) { w.Status, w.SignedAt = Signed, now.Add(-policy.SignedGrace) }, SignedRecently},
		"signed just past the grace":     {func(w *Waybill) { w.Status, w.SignedAt = Signed, now.Add(-policy.SignedGrace-1) }, SignedLongAgo},
		"signed in the future":           {func(w *Waybill) { w.Status, w.SignedAt = Signed, now.Add(time.Hour) }, SignedRecently},
		"booked at the window's end":     {func(w *Waybill) { w.BookedAt = now.Add(-policy.Window) }, Accepted},
		"booked just past the window":    {func(w *Waybill) { w.BookedAt = now.Add(-policy.Window - 1) }, WindowPassed},
		"another service":                {func(w *Waybill) { w.Service = "next_day" }, Accepted},
	} {
		w := in(Booked)
		tt.change(w)
		if got := DecideCancel(request(), merchant(), true, w, policy, now); got != (CancelDecision{Reason: tt.want}) {
			t.Errorf("%s: got %+v, want %s", name, got, tt.want)
		}
	}
	w, r, open := in(Booked), request(), merchant()
	if w.ShopAppID, r.ShopAppID = "wxB", ""; DecideCancel(r, merchant(), true, w, policy, now).Reason != ShopMismatch {
		t.Error("a request without a shop cancels the waybill of one")
	}
	if open.PasswordHash = ""; DecideCancel(request(), open, false, in(Booked), policy, now).Reason != Accepted {
		t.Error("a merchant without a password needs one")
	}
}

// A window of 0 is no limit; with a grace of 0 a parcel was always signed long ago.
func TestCancelWithoutLimits(t *testing.T) {
	w := in(Booked)
	w.BookedAt = now.AddDate(-20, 0, 0)
	if got := DecideCancel(request(), merchant(), true, w, Policy{}, now).Reason; got != Accepted {
		t.Errorf("no window: %s", got)
	}
	if got := DecideCancel(request(), merchant(), true, in(Signed), Policy{}, now).Reason; got != SignedLongAgo {
		t.Errorf("no grace: %s", got)
	}
}

// A push without an identity is no repeat, even if no push cancelled the waybill.
func TestCancelWithoutIdentity(t *testing.T) {
	w, r := in(Cancelled), request()
	w.CancelledBy, r.Push.ID = ledger.PushID{}, ledger.PushID{}
	if got := DecideCancel(r, merchant(), true, w, policy, now); got != (CancelDecision{Reason: AlreadyCancelled}) {
		t.Errorf("no identity: %+v", got)
	}
}

// facts are everything that a cancel depends on.
type facts struct {
	malformed, merchant, password, waybill, order bool
	shop, same, charged, old, signedOld           bool
	contract, service                             bool
	status                                        Status
}

// check is a row of a documented order of checks over some facts.
type check[F, W any] struct {
	want    W
	applies func(F) bool
}

// first is what the first check that applies wants.
func first[F, W any](checks []check[F, W], f F) W {
	i := slices.IndexFunc(checks, func(c check[F, W]) bool { return c.applies(f) })
	return checks[i].want
}

// cancelChecks is the documented order.
var cancelChecks = []check[facts, CancelDecision]{
	{CancelDecision{Reason: BadIDs}, func(f facts) bool { return f.malformed }},
	{CancelDecision{Reason: UnknownMerchant}, func(f facts) bool { return !f.merchant }},
	{CancelDecision{Reason: WrongPassword}, func(f facts) bool { return !f.password }},
	{CancelDecision{Reason: UnknownWaybill}, func(f facts) bool { return !f.waybill }},
	{CancelDecision{Reason: IDsMismatch}, func(f facts) bool { return !f.order }},
	{CancelDecision{Reason: ShopMismatch}, func(f facts) bool { return !f.shop }},
	{CancelDecision{Reason: Accepted, Repeat: true}, func(f facts) bool { return f.status == Cancelled && f.same }},
	{CancelDecision{Reason: AlreadyCancelled}, func(f facts) bool { return f.status == Cancelled }},
	{CancelDecision{Reason: SignedLongAgo}, func(f facts) bool { return f.status == Signed && f.signedOld }},
	{CancelDecision{Reason: SignedRecently}, func(f facts) bool { return f.status == Signed }},
	{CancelDecision{Reason: NotBooked}, func(f facts) bool { return slices.Contains([]Status{Collected, InTransit, OutForDelivery}, f.status) }},
	{CancelDecision{Reason: Charged}, func(f facts) bool { return f.charged }},
	{CancelDecision{Reason: WindowPassed}, func(f facts) bool { return f.old }},
	{CancelDecision{Reason: MerchantContract}, func(f facts) bool { return !f.contract }},
	{CancelDecision{Reason: ServiceContract}, func(f facts) bool { return !f.service }},
	{CancelDecision{Reason: Accepted}, func(facts) bool { return true }},
}

// However a service without cancelling is written, with capitals or without, its waybills
// are not cancelled.
func TestCancelServiceCase(t *testing.T) {
	t.Parallel()
	for _, service := range []string{"same_day", "Same_Day", "SAME_DAY"} {
		w := in(Booked)
		w.Service = service
		if got := DecideCancel(request(), merchant(), true, w, policy, now); got.Reason != ServiceContract {
			t.Errorf("%s: %s", service, got.Reason)
		}
	}
}

// The whole truth table: every combination of every fact, in the documented
// order of checks.
func TestCancelTruthTable(t *testing.T) {
	seen := map[Reason]bool{}
	for bits := range 1 << 12 {
		on := func(n int) bool { return bits>>n&1 == 1 }
		for _, s := range Statuses() {
			f := facts{on(0), on(1), on(2), on(3), on(4), on(5), on(6), on(7), on(8), on(9), on(10), on(11), s}
			r, m, w := f.build()
			want := first(cancelChecks, f)
			seen[want.Reason] = true
			if got := DecideCancel(r, m, f.password, w, policy, now); got != want || got.Changes() != (want == CancelDecision{Reason: Accepted}) {
				t.Fatalf("%+v: got %+v, want %+v", f, got, want)
			}
		}
	}
	for _, r := range CancelReasons() {
		if !seen[r] {
			t.Errorf("reason %s was never decided", r)
		}
	}
}

func (f facts) build() (CancelRequest, *Merchant, *Waybill) {
	r, m, w := request(), merchant(), in(f.status)
	r.Malformed, m.CancelAllowed = f.malformed, f.contract
	if !f.order {
		w.OrderID = "P"
	}
	if !f.shop {
		w.ShopAppID = "wxB"
	}
	if f.same {
		w.CancelledBy = mine
	}
	if f.charged {
		w.ChargedAt = now
	}
	if f.old {
		w.BookedAt = now.Add(-policy.Window - 1)
	}
	if f.signedOld {
		w.SignedAt = now.Add(-policy.SignedGrace - 1)
	}
	if !f.service {
		w.Service = "same_day"
	}
	if !f.merchant {
		m = nil
	}
	if !f.waybill {
		w = nil
	}
	return r, m, w
}

// A status follows itself and earlier ones; nothing follows Signed and Cancelled.
func TestStatusNeverMovesBack(t *testing.T) {
	order := map[Status]int{Booked: 0, Collected: 1, InTransit: 2, OutForDelivery: 3, Signed: 4, Cancelled: 5}
	for _, from := range Statuses() {
		for _, to := range Statuses() {
			want := from == to || order[to] > order[from] && from != Signed
			if got := from.CanFollow(to); got != want {
				t.Errorf("%s -> %s: %t, want %t", from, to, got, want)
			}
		}
		if s, err := ParseStatus(string(from)); err != nil || s != from {
			t.Errorf("ParseStatus(%s) = %s, %v", from, s, err)
		}
	}
	if _, err := ParseStatus("lost"); err == nil {
		t.Error("an unknown status was parsed")
	}
}

// Each id of a request is checked against its own limit.
func TestNewCancelRequest(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct {
		name                     string
		biz, shop, order, number string
		malformed                bool
	}{
		{"plain", "B", "wx", "O", "W", false},
		{"no shop", "B", "", "O", "W", false},
		{"longest", long(128), long(128), long(512), long(128), false},
		{"no merchant", "", "wx", "O", "W", true},
		{"no order", "B", "wx", " ", "W", true},
		{"no waybill", "B", "wx", "O", "", true},
		{"long merchant", long(129), "wx", "O", "W", true},
		{"long shop", "B", long(129), "O", "W", true},
		{"a character lost in the shop", "B", "wx\ufffd", "O", "W", true},
		{"long order", "B", "wx", long(513), "W", true},
		{"long waybill", "B", "wx", "O", long(129), true},
		{"control in shop", "B", "w\x01x", "O", "W", true},
	}
	for _, tt := range tests {
		r := NewCancelRequest(ledger.Push{}, tt.biz, "", tt.shop, tt.order, tt.number)
		if r.Malformed != tt.malformed {
			t.Errorf("%s: Malformed = %t", tt.name, r.Malformed)
		}
	}
	if r := NewCancelRequest(ledger.Push{}, " B ", "p", " wx ", " O ", "\nW"); r.BizID+r.ShopAppID+r.OrderID+r.WaybillID != "BwxOW" {
		t.Errorf("not trimmed: %+v", r)
	}
}
