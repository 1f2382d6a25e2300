package delivery

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// step is a reason, and a change that removes it.
type step struct {
	why Reason
	fix func(*scene)
}

// stranger are the first steps of every kind.
func stranger() []step {
	return []step{
		{BadIDs, func(s *scene) { s.f.OrderID, s.w.OrderID = orderFields().OrderID, orderFields().OrderID }},
		{UnknownShop, func(s *scene) { s.shop = shop(); s.shop.Active = false }},
		{UnknownShop, func(s *scene) { s.shop.Active = true }},
		{WrongSign, func(s *scene) { s.f.Sign, s.w.Sign = orderFields().Sign, orderFields().Sign }},
	}
}

// faults are the steps of an order's fields, all of which are wrong.
func faults() []step {
	future := func(s *scene) { s.f.Info.ExpectedDelivery = "1795342801" }
	return []step{
		{ReceiverWrong, func(s *scene) { s.f.Receiver = orderFields().Receiver }},
		{SenderWrong, func(s *scene) { s.f.Sender = orderFields().Sender }},
		{CargoWrong, func(s *scene) { s.f.Cargo = orderFields().Cargo }},
		{OrderInfoWrong, func(s *scene) { s.f.Info.Note = "" }},
		{ExpectedTimeWrong, func(s *scene) { s.f.Info.ExpectedDelivery = "1795341600" }}, // for now: late already
		{ExpectedTimeWrong, future},
		{InsuranceWrong, func(s *scene) { s.f.Info.IsInsured = "0"; s.f.Info.ExpectedDelivery = "1" }},
		{ExpectedTimeWrong, future},
		{TipsWrong, func(s *scene) { s.f.Info.Tips = "0"; s.f.Info.ExpectedDelivery = "1" }},
		{ExpectedTimeWrong, future},
	}
}

// tokens are the steps of a token and a price.
func tokens() []step {
	return []step{
		{TokenInvalid, func(s *scene) {
			r := request(Add, s.f, s.w)
			s.f.Token = s.p.seal(&r, Quote{}, now.Add(-s.p.QuoteFor-time.Second))
		}},
		{TokenExpired, func(s *scene) { s.f.Token = "" }},
		{TooFar, func(s *scene) { s.p.MaxMetres = 50_000 }},
	}
}

// about are the steps of a push about an order.
func about() []step {
	return []step{
		{UnknownOrder, func(s *scene) { s.prior = again(Delivered) }},
		{WaybillMismatch, func(s *scene) { s.w.WaybillID = "C1" }},
		{WaybillMismatch, func(s *scene) { s.w.ShopNo = "" }},
	}
}

// inStatus removes the reason by another status.
func inStatus(why Reason, next Status) step {
	return step{why, func(s *scene) { s.prior.Last().Status = next }}
}

// superseded are the steps of a push about an attempt before the last one, which has ended.
func superseded() []step {
	return []step{
		{OrderEnded, func(s *scene) { s.w.WaybillID = "C2" }},
		{OrderEnded, func(s *scene) { s.w.WaybillID = ""; s.prior.Last().Status = ReturningRefused }},
	}
}

// orders has the order of the reasons of every kind: at first everything is wrong, then one
// fault after another is removed.
func orders() map[Kind][]step {
	return map[Kind][]step{
		Precreate: slices.Concat(stranger(), faults(), tokens()[2:]),
		Add:       slices.Concat(stranger(), []step{{OrderExists, func(s *scene) { s.prior = nil }}}, faults(), tokens()),
		Readd: slices.Concat(stranger(), []step{
			{UnknownOrder, func(s *scene) {
				s.prior = &PlacedOrder{ShopNo: "another", Attempts: slices.Repeat([]Attempt{attempt(Waiting)}, MaxAttempts)}
			}},
			inStatus(OrderUnderWay, Delivered),
			inStatus(OrderDelivered, CancelledEarly),
			{TooManyAttempts, func(s *scene) { s.prior.Attempts = s.prior.Attempts[1:] }},
		}, faults(), []step{
			{OrderErased, func(s *scene) { s.prior.Order = order(); s.prior.Order.Sender.Phone = "1" }},
			{OrderChanged, func(s *scene) { s.prior.ShopNo = "12345678" }},
			{OrderChanged, func(s *scene) { s.prior.Order = order() }},
		}, tokens()),
		Cancel:    slices.Concat(stranger(), about(), superseded(), []step{inStatus(TooLateToCancel, AtShop)}),
		Precancel: slices.Concat(stranger(), about(), superseded(), []step{inStatus(TooLateToCancel, AtShop)}),
		Query:     slices.Concat(stranger(), about()),
		Tip: slices.Concat(stranger(), about(), superseded(), []step{
			inStatus(RiderAssigned, Waiting),
			{TipsWrong, func(s *scene) { s.w.Tips = "3" }},
			{TipsNotMore, func(s *scene) { s.w.Tips = "3.01" }},
		}),
		ConfirmReturn: slices.Concat(stranger(), about(), superseded()[:1], []step{
			inStatus(OrderEnded, Delivering), inStatus(NotReturning, ReturningRefused),
		}),
	}
}

// Each reason of every kind comes in the order of the checks, and nothing is placed or
// changed before the last one is removed.
func TestOrderOfChecks(t *testing.T) {
	for _, kind := range Kinds() {
		s := valid(nil)
		s.shop = nil
		s.f.OrderID, s.w.OrderID, s.f.Sign, s.w.Sign = "", "", "00", "00"
		s.f.Receiver, s.f.Sender, s.f.Cargo = ContactFields{}, ContactFields{}, CargoFields{}
		s.f.Info = InfoFields{OrderType: "1", Note: x(201), IsInsured: "1", Tips: "-1"}
		s.f.Token, s.p.MaxMetres = "xxxxxxxx", 1
		s.w.WaybillID, s.w.ShopNo, s.w.Tips = "another", "another", ""
		if kind == Add {
			s.prior = placed(Delivered)
		}
		seen := map[Reason]bool{Accepted: true}
		last := -1
		for i, step := range orders()[kind] {
			d := s.decide(kind)
			if d.Reason != step.why || d.Places() || d.Changes() || d.Repeat {
				t.Fatalf("%s, step %d: %s, want %s", kind, i, d.Reason, step.why)
			}
			s.refusal(t, kind, d)
			at := slices.Index(Reasons(), d.Reason)
			if jumps := d.Reason == ExpectedTimeWrong; at < last && !jumps {
				t.Errorf("%s: %s is listed before one that was checked earlier", kind, d.Reason)
			}
			last, seen[d.Reason] = at, true
			step.fix(s)
		}
		if d := s.decide(kind); d.Reason != Accepted {
			t.Errorf("%s: in the end: %s", kind, d.Reason)
		}
		for _, r := range kind.Reasons() {
			if !seen[r] {
				t.Errorf("%s is never answered with %s", kind, r)
			}
		}
		if len(seen) != len(kind.Reasons()) {
			t.Errorf("%s is answered with what is not among its reasons: %v", kind, seen)
		}
	}
}

// refusal checks that a refusal has the attempt that it is about, and nothing else.
func (s *scene) refusal(t *testing.T, kind Kind, d Decision) {
	t.Helper()
	var want Attempt
	switch i := slices.Index(Reasons(), d.Reason); {
	case i <= slices.Index(Reasons(), WrongSign) || s.prior == nil || d.Reason == WaybillMismatch || kind == Precreate:
	case kind.carries():
		want = *s.prior.Last()
	default:
		want = *s.prior.attempt(s.w.WaybillID)
	}
	if d != (Decision{Reason: d.Reason, Field: d.Field, Attempt: want, Before: want.Status}) {
		t.Errorf("%s: %s: another attempt, or more than that", kind, d.Reason)
	}
	_, names := partNames[d.Reason]
	if names = names || d.Reason == BadIDs; !names && d.Field != "" || names && d.Field == "" && d.Reason != ExpectedTimeWrong {
		t.Errorf("%s: %s names %q", kind, d.Reason, d.Field)
	}
}

// An unknown kind is refused, and an order without attempts does not exist.
func TestUnknownKindAndNoAttempts(t *testing.T) {
	s := valid(placed(Waiting))
	if d := s.decide("later"); d != (Decision{Reason: BadIDs}) {
		t.Errorf("another kind: %s", d.Reason)
	}
	s.prior = &PlacedOrder{ShopNo: "12345678", Order: order()}
	if d := s.decide(Query); d.Reason != UnknownOrder {
		t.Errorf("no attempts: %s", d.Reason)
	}
	if d := s.decide(Add); d.Reason != Accepted || !d.Places() {
		t.Errorf("no attempts: %s", d.Reason)
	}
	if d := s.decide(Readd); d.Reason != UnknownOrder {
		t.Errorf("no attempts: %s", d.Reason)
	}
}

// A push without an identity is no repeat, though attempts without a cancel, tip or return
// have an empty identity there too.
func TestNoIdentityNoRepeat(t *testing.T) {
	for _, kind := range Kinds() {
		s := valid(placed(Delivered))
		s.push, s.prior.Attempts[0].Push = [32]byte{}, [32]byte{}
		if d := s.decide(kind); d.Repeat {
			t.Errorf("%s is a repeat", kind)
		}
	}
}

// A push is the repeat of one of its own kind only.
func TestRepeatOfItsKind(t *testing.T) {
	for name, tt := range map[string]struct {
		by    func(*Attempt)
		kinds []Kind
	}{
		"placed":    {func(a *Attempt) { a.Push = mine }, []Kind{Add, Readd}},
		"cancelled": {func(a *Attempt) { a.CancelPush = mine }, []Kind{Cancel}},
		"tipped":    {func(a *Attempt) { a.TipPush = mine }, []Kind{Tip}},
		"returned":  {func(a *Attempt) { a.ReturnPush = mine }, []Kind{ConfirmReturn}},
	} {
		for _, kind := range Kinds() {
			for _, which := range []int{0, 1} { // any attempt's, not only the last one's
				s := valid(again(CancelledEarly))
				tt.by(&s.prior.Attempts[which])
				s.f.Receiver, s.w.ShopNo, s.w.Tips = ContactFields{}, "another", "" // comes after
				d := s.decide(kind)
				if d.Repeat != slices.Contains(tt.kinds, kind) {
					t.Errorf("%s by this %s: %s, repeat %t", name, kind, d.Reason, d.Repeat)
				}
				if !d.Repeat {
					continue
				}
				want := Decision{Reason: Accepted, Repeat: true, Attempt: s.prior.Attempts[which], Before: CancelledEarly}
				switch kind {
				case Add, Readd:
					want.Attempt, want.Before, want.Dispatch = want.Attempt.asPlaced(), 0, s.p.Dispatch
				case Cancel:
					want.Desc = DescFree
				}
				if d != want || d.Changes() || d.Places() {
					t.Errorf("%s by this %s: %s; %v differ", name, kind, d.Reason, differs(d.Attempt, want.Attempt))
				}
			}
		}
	}
}

// A push about an order is about the attempt with its waybill, or else the last one. Only a
// query may be about an earlier one.
func TestWhichAttempt(t *testing.T) {
	for _, tt := range []struct {
		waybill, shopNo string
		query, others   Reason
		want            string
	}{
		{"", "", Accepted, Accepted, "C2"},
		{"C2", "12345678", Accepted, Accepted, "C2"},
		{"C1", "", Accepted, OrderEnded, "C1"},
		{"C3", "", WaybillMismatch, WaybillMismatch, ""},
		{"c2", "", WaybillMismatch, WaybillMismatch, ""},
		{"C2", "1234567", WaybillMismatch, WaybillMismatch, ""},
	} {
		for kind, s := range map[Kind]Status{Cancel: Waiting, Precancel: Waiting, Tip: Waiting, ConfirmReturn: ReturningRefused, Query: Waiting} {
			w := requestFields()
			w.WaybillID, w.ShopNo = tt.waybill, tt.shopNo
			prior := again(s)
			prior.Attempts[0].Status = s // an earlier one is never under way; it would not matter
			d := decide(kind, prior, func(s *scene) { s.w = w })
			want := tt.others
			if kind == Query {
				want = tt.query
			}
			if d.Reason != want || d.Attempt.WaybillID != tt.want || d.Changes() != (want == Accepted && kind != Query && kind != Precancel) {
				t.Errorf("%s about %q of %q: %s, %q", kind, tt.waybill, tt.shopNo, d.Reason, d.Attempt.WaybillID)
			}
		}
	}
}

// A query gets the attempt as it is, in every status.
func TestQuery(t *testing.T) {
	for _, s := range Statuses() {
		d := decide(Query, placed(s))
		if d != (Decision{Reason: Accepted, Attempt: attempt(s), Before: s}) {
			t.Errorf("%d: %s, %d", s, d.Reason, d.Attempt.Status)
		}
	}
}

// The sign covers the ids after cleaning; ids in capital letters are different ids.
func TestSignIsOfTheCleanIDs(t *testing.T) {
	f := orderFields()
	f.ShopID, f.OrderID = " "+f.ShopID, f.OrderID+"\n"
	if d := decide(Add, nil, func(s *scene) { s.f = f }); d.Reason != Accepted {
		t.Errorf("with space around: %s", d.Reason)
	}
	f.OrderID = strings.ToUpper(f.OrderID)
	if d := decide(Add, nil, func(s *scene) { s.f = f }); d.Reason != WrongSign {
		t.Errorf("in capital letters: %s", d.Reason)
	}
}
