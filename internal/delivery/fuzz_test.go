package delivery

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// storable is why a text cannot be stored; "": it can.
func storable(s string) string {
	switch {
	case !utf8.ValidString(s):
		return "not UTF-8"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "control characters"
	case strings.TrimSpace(s) != s:
		return "white space around"
	}
	return ""
}

// texts calls at with every text of a value.
func texts(v reflect.Value, at func(reflect.Value)) {
	switch v.Kind() {
	case reflect.String:
		at(v)
	case reflect.Struct:
		for i := range v.NumField() {
			texts(v.Field(i), at)
		}
	case reflect.Slice:
		for i := range v.Len() {
			texts(v.Index(i), at)
		}
	}
}

// scatter writes the parts of a text into fields: the first byte of a part chooses one.
func scatter(v reflect.Value, script string) {
	var fields []reflect.Value
	texts(v, func(f reflect.Value) { fields = append(fields, f) })
	for _, part := range strings.Split(script, "|") {
		if part != "" {
			fields[int(part[0])%len(fields)].SetString(part[1:])
		}
	}
}

// FuzzOrder: any order is answered with one of the reasons of its kind, and what is accepted
// is within the limits.
func FuzzOrder(f *testing.F) {
	f.Add("", uint8(0))
	f.Add("\x065.005|\x0a单\x00|\x10-181|\x11 a\nb ", uint8(1))
	f.Add("\x141|\x15999999999999|\x1650.005|\x1765.004", uint8(2))
	f.Add("\x1f1|\x201795342801|\x211e9|\x281000.005", uint8(5))
	f.Fuzz(func(t *testing.T, script string, which uint8) {
		kind := []Kind{Precreate, Add, Readd}[which%3]
		fm := orderFields()
		scatter(reflect.ValueOf(&fm).Elem(), script)
		r := request(kind, fm, requestFields())
		r.Sign = Sign(r.ShopID, r.OrderID, appSecret)
		prior := map[Kind]*PlacedOrder{Readd: placed(CancelledEarly)}[kind]
		d := DecidePush(r, shop(), prior, next, policy(), now)
		if !slices.Contains(kind.Reasons(), d.Reason) || d.Places() != (kind != Precreate && d.Reason == Accepted) || d.Changes() {
			t.Fatalf("%s: %s", kind, d.Reason)
		}
		if r.Fault == "" {
			within(t, &r)
		}
		if d.Reason == Accepted {
			q := d.Quote
			if kind != Precreate {
				q = d.Attempt.Quote
			}
			if q.Fee() < 0 || q.Metres < 0 || q.Metres > 50_000 || q.Insurance < 0 || q.Insurance > 50_000 {
				t.Fatalf("%+v", q)
			}
		}
	})
}

// within checks an order without a fault against the limits, which are repeated here.
func within(t *testing.T, r *Request) {
	t.Helper()
	o := &r.Order
	characters := func(s string, min, max int) {
		t.Helper()
		n := utf8.RuneCountInString(s)
		if n < min || n > max || storable(s) != "" {
			t.Fatalf("accepted %d characters of %d, %s: %q", n, max, storable(s), s)
		}
	}
	figure := func(n, min, max int64) {
		t.Helper()
		if n < min || n > max {
			t.Fatalf("accepted %d of %d to %d", n, min, max)
		}
	}
	for id, min := range map[string]int{r.ShopID: 1, r.OrderID: 1, r.ShopNo: 0} {
		if len(id) < min || len(id) > 128 || storable(id) != "" {
			t.Fatalf("accepted the id %q", id)
		}
	}
	if len(r.WXToken) > 1024 || storable(r.WXToken) != "" {
		t.Fatalf("accepted the token %q", r.WXToken)
	}
	for _, c := range []Contact{o.Sender, o.Receiver} {
		characters(c.Name, 1, 256)
		characters(c.Phone, 1, 64)
		for _, s := range []string{c.City, c.Address, c.AddressDetail} {
			characters(s, 1, 1024)
		}
		figure(c.At.Lng, -180_000_000, 180_000_000)
		figure(c.At.Lat, -90_000_000, 90_000_000)
		if c.At == (Point{}) {
			t.Fatal("accepted a point in the sea")
		}
	}
	figure(int64(o.Cargo.Value), 1, 500_000)
	figure(o.Cargo.Grams, 10, 50_000)
	figure(o.Cargo.Grams%10, 0, 0)
	figure(o.Cargo.HeightTenths, 0, 4500)
	figure(o.Cargo.LengthTenths, 0, 6500)
	figure(o.Cargo.WidthTenths, 0, 5000)
	for _, g := range o.Cargo.Goods {
		figure(g.Count, 1, 1_000_000_000)
		figure(int64(g.Price), 0, 10_000_000)
		characters(g.Name, 1, 10240)
		characters(g.Unit, 0, 20)
	}
	for _, s := range []string{o.Cargo.PickupInfo, o.Cargo.DeliveryInfo} {
		characters(s, 0, 100)
	}
	for _, s := range []string{o.Cargo.FirstClass, o.Cargo.SecondClass} {
		characters(s, 1, 128)
	}
	characters(o.ServiceCode, 0, 128)
	characters(o.PoiSeq, 0, 32)
	characters(o.Note, 0, 200)
	for _, n := range []Fen{o.DeclaredValue, o.CashOnDelivery, o.CashOnPickup} {
		figure(int64(n), 0, 10_000_000)
	}
	figure(int64(o.Tips), 0, 100_000)
	figure(int64(o.PickMethod), 0, 2)
	if o.Insured && o.DeclaredValue == 0 || o.Booked && o.Expected.IsZero() || o.Expected.Year() > 9999 {
		t.Fatal("accepted an insurance of nothing, or a booking for no time")
	}
}

// FuzzRequest: any push about an order is answered with one of the reasons of its kind,
// changes only what it may, and has only texts that can be stored.
func FuzzRequest(f *testing.F) {
	f.Add("", uint8(0), uint8(0))
	f.Add("\x04C2|\x073.01|\x06a\x00b", uint8(3), uint8(1))
	f.Add("\x007|\x02\xff|\x0512", uint8(1), uint8(9))
	f.Fuzz(func(t *testing.T, script string, which, in uint8) {
		kind := []Kind{Cancel, Precancel, Query, Tip, ConfirmReturn}[which%5]
		status := Statuses()[int(in)%len(Statuses())]
		w := requestFields()
		scatter(reflect.ValueOf(&w).Elem(), script)
		r := request(kind, orderFields(), w)
		r.Sign = Sign(r.ShopID, r.OrderID, appSecret)
		prior := again(status)
		d := DecidePush(r, shop(), prior, next, policy(), now)
		if !slices.Contains(kind.Reasons(), d.Reason) || d.Places() || d.Repeat {
			t.Fatalf("%s in %d: %s", kind, status, d.Reason)
		}
		if d.Changes() && (d.Reason != Accepted || d.Attempt.WaybillID != "C2" || d.Attempt == prior.Attempts[1]) {
			t.Fatalf("%s in %d: %s", kind, status, d.Reason)
		}
		if r.Fault == "" && (storable(r.WaybillID) != "" || r.Tips < 0 || r.Tips > 100_000 || r.CancelReasonID < 0 || r.CancelReasonID > 6) {
			t.Fatalf("read %q, %d", r.WaybillID, r.Tips)
		}
	})
}
