package delivery

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// scene is all that a decision goes by.
type scene struct {
	f     OrderFields
	w     RequestFields
	shop  *Shop
	known *PlacedOrder
	p     *Policy
	push  [32]byte
}

func (s *scene) decide(a Kind) Decision {
	r := request(a, s.f, s.w)
	r.Push.ID = s.push
	return DecidePush(r, s.shop, s.known, next, s.p, now)
}

// step is a reason, and what takes it away.
type step struct {
	why Reason
	fix func(*scene)
}

// stranger are the steps that every kind goes through first.
func stranger() []step {
	return []step{
		{BadIDs, func(s *scene) { s.f.OrderID, s.w.OrderID = orderFields().OrderID, orderFields().OrderID }},
		{UnknownShop, func(s *scene) { s.shop = shop(); s.shop.Active = false }},
		{UnknownShop, func(s *scene) { s.shop.Active = true }},
		{WrongSign, func(s *scene) { s.f.Sign, s.w.Sign = orderFields().Sign, orderFields().Sign }},
	}
}

// forms are the steps of an order's form, of which everything is wrong.
func forms() []step {
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

// tokens are the steps of a token and of a price.
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
		{UnknownOrder, func(s *scene) { s.known = again(Delivered) }},
		{WaybillMismatch, func(s *scene) { s.w.WaybillID = "C1" }},
		{WaybillMismatch, func(s *scene) { s.w.ShopNo = "" }},
	}
}

// inStatus takes the reason away by another status.
func inStatus(why Reason, next Status) step {
	return step{why, func(s *scene) { s.known.Last().Status = next }}
}

// superseded are the steps of a push about an attempt that a later one, which has
// ended, took the place of.
func superseded() []step {
	return []step{
		{OrderEnded, func(s *scene) { s.w.WaybillID = "C2" }},
		{OrderEnded, func(s *scene) { s.w.WaybillID = ""; s.known.Last().Status = ReturningRefused }},
	}
}

// orders says, for every kind, in which order the reasons come: at first all is
// wrong, then one after another is taken away.
func orders() map[Kind][]step {
	return map[Kind][]step{
		Precreate: slices.Concat(stranger(), forms(), tokens()[2:]),
		Add:       slices.Concat(stranger(), []step{{OrderExists, func(s *scene) { s.known = nil }}}, forms(), tokens()),
		Readd: slices.Concat(stranger(), []step{
			{UnknownOrder, func(s *scene) {
				s.known = &PlacedOrder{ShopNo: "another", Attempts: slices.Repeat([]Attempt{attempt(Waiting)}, MaxAttempts)}
			}},
			inStatus(OrderUnderWay, Delivered),
			inStatus(OrderDelivered, CancelledEarly),
			{TooManyAttempts, func(s *scene) { s.known.Attempts = s.known.Attempts[1:] }},
		}, forms(), []step{
			{OrderErased, func(s *scene) { s.known.Order = order(); s.known.Order.Sender.Phone = "1" }},
			{OrderChanged, func(s *scene) { s.known.ShopNo = "12345678" }},
			{OrderChanged, func(s *scene) { s.known.Order = order() }},
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

// The reasons of every kind come in the order of the checks, each of them does,
// and nothing is placed or changed before the last is taken away.
func TestOrderOfChecks(t *testing.T) {
	for _, kind := range Kinds() {
		s := &scene{f: orderFields(), w: requestFields(), p: policy(), push: mine}
		s.f.OrderID, s.w.OrderID, s.f.Sign, s.w.Sign = "", "", "00", "00"
		s.f.Receiver, s.f.Sender, s.f.Cargo = ContactFields{}, ContactFields{}, CargoFields{}
		s.f.Info = InfoFields{OrderType: "1", Note: x(201), IsInsured: "1", Tips: "-1"}
		s.f.Token, s.p.MaxMetres = "xxxxxxxx", 1
		s.w.WaybillID, s.w.ShopNo, s.w.Tips = "another", "another", ""
		if kind == Add {
			s.known = placed(Delivered)
		}
		seen := map[Reason]bool{Accepted: true}
		last := -1
		for i, step := range orders()[kind] {
			d := s.decide(kind)
			if d.Reason != step.why || d.Places() || d.Changes() || d.Repeat {
				t.Fatalf("%s, step %d: %s, want %s", kind, i, d.Reason, step.why)
			}
			s.refusal(t, kind, d)
			place := slices.Index(Reasons(), d.Reason)
			if jumps := d.Reason == ExpectedTimeWrong; place < last && !jumps {
				t.Errorf("%s: %s is listed before one that was checked earlier", kind, d.Reason)
			}
			last, seen[d.Reason] = place, true
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

// refusal checks that a refusal has the attempt in the way, and nothing else.
func (s *scene) refusal(t *testing.T, kind Kind, d Decision) {
	t.Helper()
	var want Attempt
	switch i := slices.Index(Reasons(), d.Reason); {
	case i <= slices.Index(Reasons(), WrongSign) || s.known == nil || d.Reason == WaybillMismatch || kind == Precreate:
	case kind.carries():
		want = *s.known.Last()
	default:
		want = *s.known.attempt(s.w.WaybillID)
	}
	if d != (Decision{Reason: d.Reason, Attempt: want, Before: want.Status}) {
		t.Errorf("%s: %s: another attempt, or more than that", kind, d.Reason)
	}
}

// An ask that there is not is refused, and an order without attempts is none.
func TestOddities(t *testing.T) {
	s := &scene{f: orderFields(), w: requestFields(), shop: shop(), known: placed(Waiting), p: policy(), push: mine}
	if d := s.decide("later"); d != (Decision{Reason: BadIDs}) {
		t.Errorf("another kind: %s", d.Reason)
	}
	s.known = &PlacedOrder{ShopNo: "12345678", Order: order()}
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

// A push with no identity is nobody's repeat: attempts that nobody cancelled,
// tipped or took back have none either.
func TestNoIdentityNoRepeat(t *testing.T) {
	for _, kind := range Kinds() {
		s := &scene{f: orderFields(), w: requestFields(), shop: shop(), known: placed(Delivered), p: policy()}
		s.known.Attempts[0].Push = [32]byte{}
		if d := s.decide(kind); d.Repeat {
			t.Errorf("%s is a repeat", kind)
		}
	}
}

// A push is the repeat of one of its own kind only.
func TestRepeatOfItsKind(t *testing.T) {
	for name, tt := range map[string]struct {
		by   func(*Attempt)
		asks []Kind
	}{
		"placed":    {func(a *Attempt) { a.Push = mine }, []Kind{Add, Readd}},
		"cancelled": {func(a *Attempt) { a.CancelPush = mine }, []Kind{Cancel}},
		"tipped":    {func(a *Attempt) { a.TipPush = mine }, []Kind{Tip}},
		"returned":  {func(a *Attempt) { a.ReturnPush = mine }, []Kind{ConfirmReturn}},
	} {
		for _, kind := range Kinds() {
			for _, which := range []int{0, 1} { // any attempt's, not only the last one's
				s := &scene{f: orderFields(), w: requestFields(), shop: shop(), known: again(CancelledEarly), p: policy(), push: mine}
				tt.by(&s.known.Attempts[which])
				s.f.Receiver, s.w.ShopNo, s.w.Tips = ContactFields{}, "another", "" // comes after
				d := s.decide(kind)
				if d.Repeat != slices.Contains(tt.asks, kind) {
					t.Errorf("%s by this %s: %s, repeat %t", name, kind, d.Reason, d.Repeat)
				}
				if d.Repeat && (d.Reason != Accepted || d.Changes() || d.Places() || d.Attempt.Number != which+1) {
					t.Errorf("%s by this %s: %s, attempt %d", name, kind, d.Reason, d.Attempt.Number)
				}
			}
		}
	}
}

// What a push about an order asks about: the attempt with its waybill, or the
// last one. The others are told, and left alone.
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
			known := again(s)
			known.Attempts[0].Status = s // an earlier one is never under way; it would not matter
			d := DecidePush(request(kind, orderFields(), w), shop(), known, next, policy(), now)
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

// Query tells an attempt as it is, in every status.
func TestQuery(t *testing.T) {
	for _, s := range Statuses() {
		d := DecidePush(request(Query, orderFields(), requestFields()), shop(), placed(s), next, policy(), now)
		if d != (Decision{Reason: Accepted, Attempt: attempt(s), Before: s}) {
			t.Errorf("%d: %s, %d", s, d.Reason, d.Attempt.Status)
		}
	}
}

// Which order a shop's is decides by the shop alone: ids in capital letters are
// others, and the sign is over the ids as they were cleaned.
func TestSignIsOfTheCleanIDs(t *testing.T) {
	f := orderFields()
	f.ShopID, f.OrderID = " "+f.ShopID, f.OrderID+"\n"
	if d := DecidePush(request(Add, f, requestFields()), shop(), nil, next, policy(), now); d.Reason != Accepted {
		t.Errorf("with space around: %s", d.Reason)
	}
	f.OrderID = strings.ToUpper(f.OrderID)
	if d := DecidePush(request(Add, f, requestFields()), shop(), nil, next, policy(), now); d.Reason != WrongSign {
		t.Errorf("in capital letters: %s", d.Reason)
	}
}
