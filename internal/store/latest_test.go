package store_test

import (
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/waybill"
)

// What is reported is from the future by the later clock of the two, whichever that
// is; what is on record has the database's time.
func TestReportsByTheLaterClock(t *testing.T) {
	t.Parallel()
	const sure = time.Minute // between the test's clock and the store's
	for ahead, future := range map[time.Duration]time.Duration{
		0: 5 * time.Minute, 2 * time.Hour: 2*time.Hour + 5*time.Minute, -2 * time.Hour: 5 * time.Minute,
	} {
		d := withInstant(t, func(o store.Options) store.Options { return store.WithClock(o, ahead) })
		d.AddWaybills(t, "W1", "W2", "W3", "W4")
		instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D1", "D2")
		for i, verdict := range []waybill.Verdict{waybill.Recorded, waybill.InFuture} {
			at := time.Now().Add(future - sure).Truncate(time.Second)
			if verdict == waybill.InFuture {
				at = at.Add(2 * sure)
			}
			id, other := []string{"W1", "W2"}[i], []string{"W3", "W4"}[i]
			if got := d.MustScan(t, expresstest.ScanOf(id, waybill.Collecting, 0, func(s *waybill.Scan) { s.At = at })); got.Verdict != verdict {
				t.Errorf("the server is %s ahead, a scan at %s: %s", ahead, at, got.Verdict)
			}
			if got := d.MustCharge(t, waybill.Charge{BizID: "B", WaybillID: other, At: at}); got.Verdict != verdict {
				t.Errorf("the server is %s ahead, a charge at %s: %s", ahead, at, got.Verdict)
			}
			r := waybill.Registration{BizID: "B", WaybillID: "R" + id, OrderID: "R" + id, BookedAt: at}
			if got := d.MustRegister(t, r); got.Verdict != verdict {
				t.Errorf("the server is %s ahead, a registration at %s: %s", ahead, at, got.Verdict)
			}
			report := instanttest.Report([]string{"D1", "D2"}[i], delivery.Assigned, 0, func(r *delivery.StatusReport) { r.At = at })
			if got := d.orders.MustReport(t, report); got.Verdict != delivery.Verdict(verdict) {
				t.Errorf("the server is %s ahead, a status at %s: %s", ahead, at, got.Verdict)
			}
		}
		if n := d.Int(t, `SELECT count(*) FROM scan WHERE recorded_at <= clock_timestamp() AND first_scan_at <= clock_timestamp()`); n != 1 {
			t.Errorf("the server is %s ahead: %d scans have the database's time", ahead, n)
		}
	}
}
