package express_test

import (
	"errors"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// Whatever somebody asks for, in bytes of any kind, the answer is that there is
// nothing, and never a fault of the database.
func FuzzFind(f *testing.F) {
	for _, s := range []string{"", "x", "x\x00", "\xff", "' OR true --", "%", "\\", "\u202e", "?", "$1", "\xed\xa0\x80"} {
		f.Add(s)
	}
	d := newStore(f)
	f.Fuzz(func(t *testing.T, s string) {
		if s == "B" {
			return // is there
		}
		if _, err := d.Merchant(t.Context(), s); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("merchant %q: %v", s, err)
		}
		if _, err := d.History(t.Context(), "B", s, 1); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("history of %q: %v", s, err)
		}
		for _, q := range []waybill.WaybillQuery{{WaybillID: s}, {OrderID: s}, {BizID: s, OrderID: "x"}, {BizID: s, WaybillID: "x"}} {
			if found, err := d.Waybills(t.Context(), q); err != nil || len(found) != 0 {
				t.Errorf("waybills %+v: %v, %v", q, found, err)
			}
		}
		q := ledger.Filter{BizID: s, WaybillID: s, OrderID: s, Event: s, Reason: s, Limit: 1}
		if page, more, err := d.ledger.List(t.Context(), q); err != nil || len(page) != 0 || more {
			t.Errorf("pushes %+v: %v, %v", q, page, err)
		}
	})
}
