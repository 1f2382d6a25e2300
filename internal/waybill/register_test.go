package waybill

import (
	"testing"
	"time"

	"carrierhook/internal/input/inputtest"
)

func registration() Registration {
	return Registration{BizID: "B", WaybillID: "W", OrderID: "O", ShopAppID: "wxA", Service: "standard", BookedAt: now.Add(-time.Hour)}
}

func TestNewRegistration(t *testing.T) {
	t.Parallel()
	good := func() Registration { return Registration{BizID: "B", WaybillID: "W", OrderID: "O"} }
	inputtest.Check(t, NewRegistration, good, map[string][]inputtest.Case[Registration]{
		"biz_id":      inputtest.IDs(MaxID, func(r *Registration) *string { return &r.BizID }),
		"waybill_id":  inputtest.IDs(MaxID, func(r *Registration) *string { return &r.WaybillID }),
		"order_id":    inputtest.IDs(MaxOrderID, func(r *Registration) *string { return &r.OrderID }),
		"shop_app_id": inputtest.OptionalIDs(MaxID, func(r *Registration) *string { return &r.ShopAppID }),
		"service":     inputtest.OptionalIDs(MaxID, func(r *Registration) *string { return &r.Service }),
		"booked_at":   inputtest.Times(func(r *Registration) *time.Time { return &r.BookedAt }),
	})
}

// registerChecks is the documented order; each row also has the faults of the rows after it.
var registerChecks = []struct {
	want              Verdict
	merchant          *Merchant
	numbered, ordered *Waybill
	service           bool
	at                time.Time
}{
	{NoMerchant, nil, registered(Booked), elsewhere(), false, now.AddDate(1, 0, 0)},
	{Repeated, merchant(), registered(Booked), elsewhere(), false, now.AddDate(1, 0, 0)}, // whatever became of the service since
	{NumberInUse, merchant(), elsewhere(), elsewhere(), false, now.AddDate(1, 0, 0)},
	{OrderInUse, merchant(), nil, elsewhere(), false, now.AddDate(1, 0, 0)},
	{NoService, merchant(), nil, nil, false, now.AddDate(1, 0, 0)},
	{InFuture, merchant(), nil, nil, true, now.Add(5*time.Minute + 1)},
	{Recorded, merchant(), nil, nil, true, now.Add(5 * time.Minute)},
	{Recorded, merchant(), nil, nil, true, now.AddDate(-20, 0, 0)},
}

// registered is the waybill of registration() in a status.
func registered(s Status) *Waybill {
	w := in(s)
	w.ShopAppID, w.Service = "wxA", "standard"
	return w
}

func elsewhere() *Waybill {
	w := registered(Collected)
	w.OrderID = "P"
	return w
}

func TestRegisterOrder(t *testing.T) {
	t.Parallel()
	for _, tt := range registerChecks {
		r := registration()
		r.BookedAt = tt.at
		got := DecideRegistration(r, tt.merchant, tt.numbered, tt.ordered, tt.service, now, now)
		want := RegistrationDecision{Verdict: tt.want}
		switch tt.want {
		case Repeated:
			want.Waybill = *tt.numbered
		case Recorded:
			want.Waybill = Waybill{BizID: "B", ID: "W", OrderID: "O", ShopAppID: "wxA", Service: "standard", Status: Booked, BookedAt: tt.at}
			lawful(t, &got.Waybill)
		}
		if got != want || got.Changes() != (tt.want == Recorded) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

// A registration without a time is booked now, and is the same again without a time or with
// another.
func TestRegisterWithoutTime(t *testing.T) {
	t.Parallel()
	r := registration()
	r.BookedAt = time.Time{}
	w := DecideRegistration(r, merchant(), nil, nil, true, now, now).Waybill
	if !w.BookedAt.Equal(now) {
		t.Errorf("booked at %s", w.BookedAt)
	}
	for _, at := range []time.Time{{}, now.Add(-time.Hour), now.AddDate(1, 0, 0)} {
		r.BookedAt = at
		if got := DecideRegistration(r, merchant(), &w, &w, true, now.Add(time.Hour), now.Add(time.Hour)); got != (RegistrationDecision{Repeated, w}) {
			t.Errorf("again, booked at %s: %+v", at, got)
		}
	}
}

// The same registration gets the waybill as it is now; a different one has a number that is
// in use.
func TestRegisterAgain(t *testing.T) {
	t.Parallel()
	for _, s := range Statuses() {
		w := registered(s)
		before := *w
		if got := DecideRegistration(registration(), merchant(), w, w, true, now, now); got != (RegistrationDecision{Repeated, before}) || *w != before {
			t.Errorf("%s: %+v", s, got)
		}
	}
	for name, change := range map[string]func(*Registration){
		"another merchant": func(r *Registration) { r.BizID = "C" },
		"another order":    func(r *Registration) { r.OrderID = "P" },
		"another shop":     func(r *Registration) { r.ShopAppID = "wxB" },
		"no shop":          func(r *Registration) { r.ShopAppID = "" },
		"another service":  func(r *Registration) { r.Service = "economy" },
		"no service":       func(r *Registration) { r.Service = "" },
	} {
		r := registration()
		change(&r)
		if got := DecideRegistration(r, merchant(), registered(Booked), nil, true, now, now); got != (RegistrationDecision{Verdict: NumberInUse}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
