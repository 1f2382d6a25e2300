package store_test

import (
	"errors"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store"
	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/waybill"
)

// A number that an express waybill has is skipped, also where it was imported after it
// was leased, and after a range was set back.
func TestInstantNumberInUse(t *testing.T) {
	t.Parallel()
	d := withInstant(t)
	d.AddWaybills(t, "CH00000001", "CH00000003")
	if got := d.orders.MustAccept(t, instanttest.Order(1, delivery.Add, "O1")).WaybillID; got != "CH00000002" {
		t.Errorf("got number %s", got)
	}
	d.AddWaybills(t, "CH00000004", "CH00000005") // which are in memory by now
	if got := d.orders.MustAccept(t, instanttest.Order(2, delivery.Add, "O2")).WaybillID; got != "CH00000006" {
		t.Errorf("got number %s", got)
	}
	d.Exec(t, `UPDATE number_range SET next = 1 WHERE name = 'own'`)
	other := openStore(t, options(d.URL))
	if got := other.orders.MustAccept(t, instanttest.Order(3, delivery.Add, "O3")).WaybillID; got != "CH00000007" {
		t.Errorf("got number %s", got)
	}
	if got := other.Booked(t, expresstest.OrderPush(4, "B", "E4")); got != "CH00000008" {
		t.Errorf("an express order got number %s", got)
	}
	if n := d.Retries() + other.Retries(); n != 0 {
		t.Errorf("%v tries failed", n)
	}
}

// Without instant delivery no shops are imported, and a store does not open with keys
// that do not seal.
func TestInstantNotOffered(t *testing.T) {
	t.Parallel()
	d := newStore(t, func(o store.Options) store.Options {
		o.Delivery = nil
		return o
	})
	if _, err := d.Import(t.Context(), csvimport.Shops(false), strings.NewReader("shop_id,secret\nS,x\n")); !errors.Is(err, instant.ErrNoKey) {
		t.Errorf("an import: %v", err)
	}
	d.WantInt(t, 0, `SELECT count(*) FROM shop`)
	for _, keys := range [][][]byte{nil, {instanttest.Key[:31]}, {instanttest.Key, nil}} {
		o := options(d.URL)
		p := instanttest.Policy
		p.Keys, o.Delivery = keys, &p
		if s, err := store.Open(t.Context(), o); err == nil {
			s.Close()
			t.Errorf("it opens with keys of %d", len(keys))
		}
	}
}

// A number is unique for the carrier: one that an instant delivery has is no express
// waybill's, however that would come by it.
func TestNumbersOfDeliveriesAreTaken(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 10)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "1", "2") // Y-1 and Y-2
	d.Exec(t, `UPDATE delivery_attempt SET waybill_id = 'WX00000077' WHERE waybill_id = 'Y-1'`)
	d.WantRefused(t, expresstest.OrderPush(1, "P", "O1", func(o *waybill.Order) { o.WaybillID = "WX00000077" }), waybill.NumberTaken)
	if got := d.MustRegister(t, waybill.Registration{BizID: "P", WaybillID: "WX00000077", OrderID: "O1"}); got.Verdict != waybill.NumberInUse {
		t.Errorf("registered: %s", got.Verdict)
	}
	_, err := d.Import(t.Context(), csvimport.Waybills, strings.NewReader("biz_id,waybill_id,order_id\nP,Y-3,O3\nP,Y-2,O2\n"))
	if n := d.Int(t, `SELECT count(*) FROM waybill`); err == nil || err.Error() != "nothing was loaded\nline 3, column waybill_id: the number is an instant delivery's" || n != 0 {
		t.Errorf("%d waybills were loaded: %v", n, err)
	}
}
