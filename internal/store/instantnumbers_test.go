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
)

// A number that an express waybill has is passed over, also when somebody imports it
// after it was leased; a range that goes back in time gives none twice.
func TestInstantNumberInUse(t *testing.T) {
	t.Parallel()
	d := withInstant(t)
	d.AddWaybills(t, "CH00000001", "CH00000003")
	if got := d.accepts(t, instanttest.Order(1, delivery.Add, "O1")).WaybillID; got != "CH00000002" {
		t.Errorf("got number %s", got)
	}
	d.AddWaybills(t, "CH00000004", "CH00000005") // which are in memory by now
	if got := d.accepts(t, instanttest.Order(2, delivery.Add, "O2")).WaybillID; got != "CH00000006" {
		t.Errorf("got number %s", got)
	}
	d.Exec(t, `UPDATE number_range SET next = 1 WHERE name = 'own'`)
	other := openStore(t, options(d.URL))
	if got := other.accepts(t, instanttest.Order(3, delivery.Add, "O3")).WaybillID; got != "CH00000007" {
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
	if n := d.Int(t, `SELECT count(*) FROM shop`); n != 0 {
		t.Errorf("%d shops", n)
	}
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
