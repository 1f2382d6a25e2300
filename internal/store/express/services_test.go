package express_test

import (
	"errors"
	"slices"
	"testing"

	"carrierhook/internal/input"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// A service that the carrier does not have is in no registration and in no contract: what
// is agreed for the right one would not hold. One that was imported a moment ago counts,
// before any server has read the catalogue anew.
func TestUnknownService(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 5)
	register := func(id, service string, want waybill.Verdict) {
		t.Helper()
		if got := d.MustRegister(t, waybill.Registration{BizID: "P", WaybillID: id, OrderID: "O" + id, Service: service}); got.Verdict != want {
			t.Errorf("%s: %s, want %s", service, got.Verdict, want)
		}
	}
	put := func(refused bool, services ...string) {
		t.Helper()
		_, _, err := d.PutMerchant(t.Context(), waybill.Contract{BizID: "P", Services: waybill.To(services)})
		field, invalid := errors.AsType[*input.FieldError](err)
		if invalid != refused || err != nil && (!invalid || field.Field != "services" || !errors.Is(err, waybill.ErrNoService)) {
			t.Errorf("%q: %v", services, err)
		}
	}
	for _, wrong := range []string{"standart", "std", "STD，EXP", "STD;EXP", "later"} {
		register("W-"+wrong, wrong, waybill.NoService)
		put(true, "STD", wrong)
	}
	register("W1", "STD", waybill.Recorded)
	register("W2", "", waybill.Recorded)
	put(false, "STD")
	put(false)
	if n := d.Int(t, `SELECT count(*) FROM waybill`) + d.Int(t, `SELECT count(*) FROM merchant WHERE services IS NOT NULL`); n != 2 {
		t.Errorf("%d rows: something that was refused was stored", n)
	}
	d.Exec(t, `UPDATE service SET code = 'later' WHERE code = 'STD'`)
	register("W3", "later", waybill.Recorded)
	register("W1", "STD", waybill.Repeated) // it was recorded, whatever became of the service
	put(false, "later")
	put(true, "STD")
}

// A carrier that has imported no services has none to compare with.
func TestNoServicesToCompare(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	if got := d.MustRegister(t, waybill.Registration{BizID: "B", WaybillID: "W1", OrderID: "O1", Service: "any"}); got.Verdict != waybill.Recorded {
		t.Errorf("%+v", got)
	}
	d.MustPut(t, waybill.Contract{BizID: "B", Services: waybill.To([]string{"any"})}, false)
}

// The services without cancelling that the catalogue does not have are known once it was
// read, and as often as it changes.
func TestUnknownServices(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 5, func(o options) options {
		o.Policy.NoCancel = []string{"std", "standart"}
		return o
	})
	want := func(want ...string) {
		t.Helper()
		storetest.Must(t, d.RefreshCatalogue(t.Context()))
		if got := d.UnknownServices(); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	want("standart")
	d.Exec(t, `UPDATE service SET code = 'standart' WHERE code = 'STD'`)
	d.Exec(t, `UPDATE catalogue SET version = version + 1`)
	want("std")
}
