package instant_test

import (
	"errors"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/instant/instanttest"
)

// A report of any bytes is no database error: about an order that exists it is recorded,
// and repeated the second time; about any other there is no order.
func FuzzStatus(f *testing.F) {
	for _, s := range []string{"", "x", "x\x00", "\xff", "' OR true --", "{a,\"b\"}", "\\", "\u202e", "NULL", "$1", "\xed\xa0\x80", "骑手\r\n"} {
		f.Add(s, s)
	}
	d := newStore(f)
	instanttest.InsertOrders(f, d.Database, delivery.Assigned, "D")
	f.Fuzz(func(t *testing.T, id, text string) {
		if id != "S" && id != "D" {
			r := delivery.StatusReport{ShopID: id, OrderID: id, WaybillID: id, Status: delivery.Assigned, At: instanttest.Start, Message: text, By: text}
			if got, err := d.ReportStatus(t.Context(), r); err != nil || got.Verdict != delivery.NoOrder {
				t.Errorf("%q: %s, %v", id, got.Verdict, err)
			}
			if _, _, _, err := d.History(t.Context(), id, id, 1); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("order %q: %v", id, err)
			}
		}
		r := instanttest.Report("D", delivery.Assigned, 0)
		r.Message, r.By, r.At = text, text, time.Unix(time.Now().Unix(), 0)
		if got := d.MustReport(t, r); !got.Verdict.Good() {
			t.Errorf("%q: %s", text, got.Verdict)
		}
		if got := d.MustReport(t, r); got.Verdict != delivery.Repeated {
			t.Errorf("%q again: %s", text, got.Verdict)
		}
	})
}
