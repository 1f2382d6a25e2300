package delivery

import (
	"slices"
	"testing"
	"time"
)

// A new attempt has what the store and the order gave it, its price, and waits.
func TestPlaced(t *testing.T) {
	f := orderFields()
	f.Info.Tips = "2.50"
	want := Attempt{
		Number: 1, WaybillID: "C1000000013", Push: mine, WXToken: "WXTOKEN",
		PlacedAt: now, ExpiresAt: now.Add(2 * time.Hour),
		Quote: Quote{Deliver: 6900, Coupon: 150, Metres: 34489}, Tips: 250, FinishCode: 1024, PickupCode: 2048,
		Status: Waiting, StatusAt: now, TipsNow: 250,
	}
	d := decide(Add, nil, func(s *scene) { s.f = f })
	if !d.Places() || d.Changes() || d != (Decision{Reason: Accepted, Attempt: want, Dispatch: 5 * time.Minute, places: true}) {
		t.Errorf("add: %s; %v differ", d.Reason, differs(d.Attempt, want))
	}
	want.Number = 3
	d = decide(Readd, again(Returned), func(s *scene) { s.f = f })
	if !d.Places() || d != (Decision{Reason: Accepted, Attempt: want, Dispatch: 5 * time.Minute, places: true}) {
		t.Errorf("readd: %s; %v differ", d.Reason, differs(d.Attempt, want))
	}
	want.WaybillID = ""
	d = decide(Readd, again(Returned), func(s *scene) { s.f, s.next.WaybillID = f, "" })
	if !d.Places() || d.Attempt != want {
		t.Errorf("no number: %s; %v differ", d.Reason, differs(d.Attempt, want))
	}
}

// An attempt has codes only if they are requested.
func TestCodes(t *testing.T) {
	for _, tt := range []struct {
		finish, pickup   string
		wantFin, wantPic int
	}{{"", "", 0, 0}, {"0", "0", 0, 0}, {"1", "0", 1024, 0}, {"0", "1", 0, 2048}, {"1", "1", 1024, 2048}} {
		f := orderFields()
		f.Info.FinishCodeNeeded, f.Info.PickupCodeNeeded = tt.finish, tt.pickup
		d := decide(Add, nil, func(s *scene) { s.f = f })
		if d.Attempt.FinishCode != tt.wantFin || d.Attempt.PickupCode != tt.wantPic {
			t.Errorf("%+v: %d, %d", tt, d.Attempt.FinishCode, d.Attempt.PickupCode)
		}
	}
}

// A booked order waits for a rider from the booked time on.
func TestExpiresAt(t *testing.T) {
	for _, tt := range []struct {
		kind, expected string
		want           time.Time
	}{
		{"0", "", now.Add(2 * time.Hour)},
		{"0", "1795345200", now.Add(2 * time.Hour)},
		{"1", "1795345200", time.Unix(1795345200, 0).UTC().Add(2 * time.Hour)},
	} {
		f := orderFields()
		f.Info.OrderType, f.Info.ExpectedFinish = tt.kind, tt.expected
		d := decide(Add, nil, func(s *scene) { s.f = f })
		if !d.Attempt.ExpiresAt.Equal(tt.want) {
			t.Errorf("%s for %q: %s, want %s", tt.kind, tt.expected, d.Attempt.ExpiresAt, tt.want)
		}
	}
}

// An order may be placed again after it ended without delivery, or from when it expires.
func TestReaddAfter(t *testing.T) {
	want := map[Status]Reason{
		Waiting: OrderUnderWay, Assigned: OrderUnderWay, AtShop: OrderUnderWay, PickedUp: OrderUnderWay, Delivering: OrderUnderWay,
		ReturningCancelled: OrderUnderWay, ReturningUnreachable: OrderUnderWay, ReturningRefused: OrderUnderWay, Delivered: OrderDelivered,
		CancelledEarly: Accepted, PickupCancelled: Accepted, PickupFailedRider: Accepted, PickupFailedShop: Accepted, Returned: Accepted,
		CarrierFault: Accepted, ForceMajeure: Accepted,
	}
	decide := func(s Status, change func(*Attempt)) Decision {
		prior := placed(s)
		change(&prior.Attempts[0])
		return decide(Readd, prior)
	}
	for _, s := range Statuses() {
		in, late := func(a *Attempt) { a.ExpiresAt = now.Add(time.Nanosecond) }, func(a *Attempt) { a.ExpiresAt = now }
		if d := decide(s, in); d.Reason != want[s] || d.Expires || d.Places() != (want[s] == Accepted) {
			t.Errorf("after %d: %s, expires %t", s, d.Reason, d.Expires)
		}
		wanted := want[s]
		if s == Waiting {
			wanted = Accepted
		}
		if d := decide(s, late); d.Reason != wanted || d.Expires != (s == Waiting) {
			t.Errorf("after %d and its time: %s, expires %t", s, d.Reason, d.Expires)
		}
	}
	if d := decide(Waiting, func(a *Attempt) { a.Expired = true }); d.Reason != Accepted || d.Expires {
		t.Errorf("marked before: %s, expires %t", d.Reason, d.Expires)
	}
	if d := decide(Assigned, func(a *Attempt) { a.Expired, a.ExpiresAt = true, now.Add(-time.Hour) }); d.Reason != OrderUnderWay {
		t.Errorf("a rider came all the same: %s", d.Reason)
	}
}

// The same order has the same shop number, sender, person and goods. All else may change.
func TestSameOrder(t *testing.T) {
	changed := map[string]func(*OrderFields){
		"shop no": func(f *OrderFields) { f.ShopNo = "" }, "sender's name": func(f *OrderFields) { f.Sender.Name = "x" }, "sender's phone": func(f *OrderFields) { f.Sender.Phone = "1" },
		"sender's city": func(f *OrderFields) { f.Sender.City = "x" }, "sender's address": func(f *OrderFields) { f.Sender.Address = "x" },
		"sender's detail": func(f *OrderFields) { f.Sender.AddressDetail = "x" }, "sender's lng": func(f *OrderFields) { f.Sender.Lng = "116.383076" }, "sender's lat": func(f *OrderFields) { f.Sender.Lat = "40.448613" },
		"sender's coordinates": func(f *OrderFields) { f.Sender.CoordinateType = "1" },
		"receiver's name":      func(f *OrderFields) { f.Receiver.Name = "老李" }, "receiver's phone": func(f *OrderFields) { f.Receiver.Phone = "1" },
		"first class": func(f *OrderFields) { f.Cargo.FirstClass = "x" }, "second class": func(f *OrderFields) { f.Cargo.SecondClass = "x" },
		"count": func(f *OrderFields) { f.Cargo.Goods[1].Count = "3" }, "goods": func(f *OrderFields) { f.Cargo.Goods[0].Name = "x" }, "price": func(f *OrderFields) { f.Cargo.Goods[0].Price = "10.01" },
		"unit": func(f *OrderFields) { f.Cargo.Goods[0].Unit = "" }, "a line less": func(f *OrderFields) { f.Cargo.Goods = f.Cargo.Goods[:1] },
		"a line more": func(f *OrderFields) { f.Cargo.Goods = append(f.Cargo.Goods, f.Cargo.Goods[0]) }, "no goods": func(f *OrderFields) { f.Cargo.Goods = nil },
		"other order of lines": func(f *OrderFields) { slices.Reverse(f.Cargo.Goods) },
	}
	same := map[string]func(*OrderFields){
		"nothing": func(*OrderFields) {}, "written otherwise": func(f *OrderFields) {
			f.Sender.Name, f.Cargo.Goods[0].Price, f.Sender.Lng = " 刘一", "10.00", "116.3830750"
		},
		"receiver's city": func(f *OrderFields) { f.Receiver.City = "x" }, "receiver's address": func(f *OrderFields) { f.Receiver.Address = "x" }, "receiver's detail": func(f *OrderFields) { f.Receiver.AddressDetail = "x" },
		"receiver's lng": func(f *OrderFields) { f.Receiver.Lng = "116.5" }, "receiver's lat": func(f *OrderFields) { f.Receiver.Lat = "40.2" },
		"weight": func(f *OrderFields) { f.Cargo.Weight = "3" }, "size": func(f *OrderFields) { f.Cargo.Height, f.Cargo.Length, f.Cargo.Width = "", "9", "8" }, "value": func(f *OrderFields) { f.Cargo.Value = "6" },
		"pickup info": func(f *OrderFields) { f.Cargo.PickupInfo, f.Cargo.DeliveryInfo = "x", "y" }, "note": func(f *OrderFields) { f.Info.Note, f.Info.PoiSeq = "", "" }, "tips": func(f *OrderFields) { f.Info.Tips = "9" },
		"time": func(f *OrderFields) { f.Info.OrderType, f.Info.ExpectedDelivery = "1", "1795345200" }, "insurance": func(f *OrderFields) { f.Info.IsInsured, f.Info.DeclaredValue = "1", "50" },
		"codes": func(f *OrderFields) { f.Info.FinishCodeNeeded, f.Info.PickupCodeNeeded = "", "" }, "service": func(f *OrderFields) { f.Info.ServiceCode = "x" },
		"all the rest": func(f *OrderFields) {
			f.Info.IsDirect, f.Info.PickMethod, f.Info.CashOnDelivery, f.Info.CashOnPickup = "1", "1", "1", "1"
		},
	}
	for want, changes := range map[Reason]map[string]func(*OrderFields){OrderChanged: changed, Accepted: same} {
		for name, change := range changes {
			f := orderFields()
			change(&f)
			if d := decide(Readd, placed(Returned), func(s *scene) { s.f = f }); d.Reason != want {
				t.Errorf("%s: %s, want %s", name, d.Reason, want)
			}
		}
	}
}

// With a quote's token an order is placed, and placed again, at the quoted price, though the
// tariff has risen and the distance become too far.
func TestPlacedAtTheQuote(t *testing.T) {
	quoted := decide(Precreate, placed(Returned))
	if quoted.Reason != Accepted || quoted.Quote != (Quote{Deliver: 6900, Coupon: 150, Metres: 34489}) || quoted.Dispatch != 5*time.Minute || quoted.Places() || quoted.Changes() {
		t.Fatalf("%s, %+v", quoted.Reason, quoted.Quote)
	}
	dearer := policy()
	dearer.Tariff.Base, dearer.MaxMetres = 10_000, 1
	f := orderFields()
	f.Token = quoted.Token
	for kind, prior := range map[Kind]*PlacedOrder{Add: nil, Readd: placed(Returned)} {
		d := decide(kind, prior, func(s *scene) { s.f, s.p, s.now = f, dearer, now.Add(time.Minute) })
		if !d.Places() || d.Attempt.Quote != quoted.Quote {
			t.Errorf("%s: %s, %+v", kind, d.Reason, d.Attempt.Quote)
		}
	}
	dearer.MaxMetres = 0
	if d := decide(Add, nil, func(s *scene) { s.p = dearer }); d.Attempt.Quote.Deliver != 16_400 {
		t.Errorf("without the token: %+v", d.Attempt.Quote)
	}
}

// The push that placed an attempt gets the same answer, whatever has become of it.
func TestRepeatAsPlaced(t *testing.T) {
	for _, kind := range []Kind{Add, Readd} {
		prior := placed(CancelledEarly)
		if kind == Add {
			prior = nil
		}
		first := decide(kind, prior)
		a := first.Attempt
		a.Status, a.StatusAt, a.Message, a.Expired = Delivered, now.Add(time.Hour), "x", true
		a.TipsNow, a.TipPush, a.Deducted, a.CancelPush, a.ReturnPush = 999, [32]byte{2}, 5, [32]byte{3}, [32]byte{4}
		later := attempt(Waiting)
		later.Number = a.Number + 1
		other := NewAttempt{WaybillID: "another", FinishCode: 9999, PickupCode: 9998}
		d := decide(kind, &PlacedOrder{ShopNo: "x", Attempts: []Attempt{attempt(Returned), a, later}}, func(s *scene) { s.next, s.now = other, now.Add(time.Hour) })
		want := first
		want.Repeat, want.places = true, false
		if d != want || d.Places() || d.Changes() {
			t.Errorf("%s: %s; %v differ", kind, d.Reason, slices.Concat(differs(d.Attempt, want.Attempt)))
		}
	}
}
