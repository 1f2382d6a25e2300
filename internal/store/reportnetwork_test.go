package store_test

import (
	"context"
	"fmt"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/waybill"
)

// reports are what the carrier's own systems tell: each once, with the rows that
// say that it is on record. first tells whether it says to have put it there.
var reports = map[string]struct {
	tell func(context.Context, testStore) (first bool, err error)
	rows string
}{
	"scan": {func(ctx context.Context, d testStore) (bool, error) {
		g, err := d.Scan(ctx, expresstest.ScanOf("W", waybill.Collecting, 0))
		return g.Verdict == waybill.Recorded, err
	}, `SELECT count(*) FROM scan JOIN waybill USING (biz_id, waybill_id, first_scan_at) WHERE status = 'collected'`},
	"cancelling scan": {func(ctx context.Context, d testStore) (bool, error) {
		g, err := d.Scan(ctx, expresstest.ScanOf("paid", waybill.Cancelling, 0))
		return g.Verdict == waybill.Recorded, err
	}, `SELECT count(*) FROM quota JOIN waybill USING (biz_id) WHERE status = 'cancelled' AND remaining = 11`},
	"charge": {func(ctx context.Context, d testStore) (bool, error) {
		g, err := d.Charge(ctx, waybill.Charge{BizID: "B", WaybillID: "W"})
		return g.Verdict == waybill.Recorded, err
	}, `SELECT count(*) FROM waybill WHERE charged_at IS NOT NULL`},
	"registration": {func(ctx context.Context, d testStore) (bool, error) {
		g, err := d.Register(ctx, waybill.Registration{BizID: "B", WaybillID: "R", OrderID: "O-R"})
		return g.Verdict == waybill.Recorded, err
	}, `SELECT count(*) FROM waybill WHERE waybill_id = 'R'`},
	"contract": {func(ctx context.Context, d testStore) (bool, error) {
		_, created, err := d.PutMerchant(ctx, waybill.Contract{BizID: "N", Password: waybill.To(waybill.Password("pw")), Quota: expresstest.QuotaOf(5)})
		return created, err
	}, `SELECT count(*) FROM merchant JOIN quota USING (biz_id) WHERE biz_id = 'N'`},
	"delivery": {func(ctx context.Context, d testStore) (bool, error) {
		g, err := d.Instant.ReportStatus(ctx, instanttest.Report("D", delivery.Assigned, 0))
		return g.Verdict == delivery.Recorded, err
	}, `SELECT count(*) FROM delivery_step s JOIN delivery_attempt a USING (shop_id, order_id, attempt, status) WHERE status = 102`},
}

func newReportStore(t *testing.T, n *network) testStore {
	d := newBookingStore(t, 10, queryMode("exec"), n.under)
	d.AddWaybills(t, "W")
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D")
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id, from_quota) VALUES ('P', 'paid', 'O', true)`)
	return d
}

// Somebody cancels the waybill between a COMMIT whose answer is lost and the look at
// what became of it: the report is told how the waybill stood when it was recorded,
// and not half of it as of then and half as of now.
func TestReportOfOneMoment(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]struct {
		tell func(context.Context, testStore) (waybill.Verdict, waybill.Waybill, error)
		rows string
	}{
		"scan": {func(ctx context.Context, d testStore) (waybill.Verdict, waybill.Waybill, error) {
			g, err := d.Scan(ctx, expresstest.ScanOf("W", 100003, 0))
			return g.Verdict, g.Waybill, err
		}, `SELECT count(*) FROM scan`},
		"charge": {func(ctx context.Context, d testStore) (waybill.Verdict, waybill.Waybill, error) {
			g, err := d.Charge(ctx, waybill.Charge{BizID: "B", WaybillID: "W"})
			return g.Verdict, g.Waybill, err
		}, `SELECT count(*) FROM waybill WHERE charged_at IS NOT NULL`},
		"registration": {func(ctx context.Context, d testStore) (waybill.Verdict, waybill.Waybill, error) {
			g, err := d.Register(ctx, waybill.Registration{BizID: "B", WaybillID: "R", OrderID: "O-R"})
			return g.Verdict, g.Waybill, err
		}, `SELECT count(*) FROM waybill WHERE waybill_id = 'R'`},
	} {
		var n network
		d := newReportStore(t, &n)
		n.cutAtCommit(func(c *cable, write func() error) error {
			defer c.Conn.Close()
			c.deaf.Store(true)
			err := write()
			d.WaitFor(t, r.rows)
			d.Exec(t, `UPDATE waybill SET status = 'cancelled', cancelled_at = now()`)
			return err
		})
		verdict, w, err := r.tell(t.Context(), d)
		if err != nil || verdict != waybill.Recorded || w.Status != waybill.Booked {
			t.Errorf("%s: %s, %s, %v", name, verdict, w.Status, err)
		}
		if _, again, err := r.tell(t.Context(), d); err != nil || again.Status != waybill.Cancelled {
			t.Errorf("%s, again: %s, %v", name, again.Status, err)
		}
	}
}

// The same of an order of instant delivery, which goes on meanwhile.
func TestStatusOfOneMoment(t *testing.T) {
	t.Parallel()
	var n network
	d := newReportStore(t, &n)
	n.cutAtCommit(func(c *cable, write func() error) error {
		defer c.Conn.Close()
		c.deaf.Store(true)
		err := write()
		d.WaitFor(t, reports["delivery"].rows)
		d.Exec(t, `INSERT INTO delivery_step VALUES ('S', 'D', 1, 3, 501, now(), '', now(), 'hub')`)
		d.Exec(t, `UPDATE delivery_attempt SET status = 501, status_at = now(), message = ''`)
		return err
	})
	d.orders.WantVerdict(t, instanttest.Report("D", delivery.Assigned, 0), delivery.Recorded, delivery.Assigned)
	d.orders.WantVerdict(t, instanttest.Report("D", delivery.Assigned, 0), delivery.Repeated, delivery.CarrierFault)
}

// A report costs two round trips in every query mode, whatever it changes.
func TestReportTwoRoundTrips(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		var n network
		d := newBookingStore(t, 10, queryMode(mode), n.under, allEvents)
		d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id, from_quota) SELECT 'P', 'Q' || i, 'O' || i, true FROM generate_series(0, 3) AS i`)
		instanttest.InsertOrders(t, d.Database, delivery.Waiting, "Q0", "Q1", "Q2", "Q3")
		for i := range 4 {
			id := fmt.Sprint("Q", i)
			for what, tell := range map[string]func() error{
				"scan":   func() error { _, err := d.Scan(t.Context(), expresstest.ScanOf(id, 100003, 0)); return err },
				"again":  func() error { _, err := d.Scan(t.Context(), expresstest.ScanOf(id, 100003, 0)); return err },
				"charge": func() error { _, err := d.Charge(t.Context(), waybill.Charge{BizID: "P", WaybillID: id}); return err },
				"delivery": func() error {
					_, err := d.Instant.ReportStatus(t.Context(), instanttest.Report(id, delivery.Assigned, 0))
					return err
				},
				"contract": func() error { _, _, err := d.PutMerchant(t.Context(), waybill.Contract{BizID: "P"}); return err },
				"register": func() error {
					_, err := d.Register(t.Context(), waybill.Registration{BizID: "P", WaybillID: "R" + id, OrderID: "R" + id})
					return err
				},
			} {
				before := n.trips.Load()
				if err := tell(); err != nil {
					t.Errorf("%s: %s: %v", mode, what, err)
				}
				if got := n.trips.Load() - before; i > 0 && got != 2 {
					t.Errorf("%s: %s took %d round trips", mode, what, got)
				}
			}
			before := n.trips.Load()
			d.WantScan(t, expresstest.ScanOf(id, waybill.Cancelling, 1), waybill.Recorded, waybill.Cancelled)
			if got := n.trips.Load() - before; i > 0 && got != 2 {
				t.Errorf("%s: a scan that gives back took %d round trips", mode, got)
			}
		}
	}
}
