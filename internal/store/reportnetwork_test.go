package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
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
	d := newBookingStore(t, 10, func(o store.Options) store.Options {
		o.QueryMode = "exec"
		return n.under(o)
	})
	d.AddWaybills(t, "W")
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D")
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id, from_quota) VALUES ('P', 'paid', 'O', true)`)
	return d
}

// The connection goes away at the COMMIT, before or after Postgres had it: the
// store finds out, and says that this report put it on record. It is there once.
func TestReportCommitLost(t *testing.T) {
	t.Parallel()
	for name, r := range reports {
		for _, arrives := range []bool{true, false} {
			var n network
			d := newReportStore(t, &n)
			n.cutAtCommit(func(c *cable, write func() error) error {
				defer c.Conn.Close()
				if !arrives {
					return errCut
				}
				c.deaf.Store(true)
				err := write()
				d.WaitFor(t, r.rows)
				return err
			})
			first, err := r.tell(t.Context(), d)
			if n.onCommit.Load() != nil {
				t.Errorf("%s: the connection was not cut", name)
			}
			if got := d.Int(t, r.rows); err != nil || !first || got != 1 {
				t.Errorf("%s, arrives %t: first %t, %v, on record %d times", name, arrives, first, err, got)
			}
			if first, err := r.tell(t.Context(), d); err != nil || first {
				t.Errorf("%s, arrives %t: again: first %t, %v", name, arrives, first, err)
			}
		}
	}
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

// Nobody can be asked in time whether the commit happened: the store says that it
// does not know, and who reports it again learns the truth.
func TestReportCommitUnknown(t *testing.T) {
	t.Parallel()
	for name, r := range reports {
		for _, arrives := range []bool{true, false} {
			var n network
			d := newReportStore(t, &n)
			n.cutAtCommit(func(c *cable, write func() error) error {
				n.down.Store(true)
				c.deaf.Store(true)
				if arrives {
					if err := write(); err != nil {
						return err
					}
					d.WaitFor(t, r.rows)
				}
				c.Conn.Close()
				return nil
			})
			_, err := r.tell(n.hangsUp(t), d)
			n.onCommit.Store(nil)
			if !errors.Is(err, ledger.ErrOutcomeUnknown) {
				t.Errorf("%s, arrives %t: got %v", name, arrives, err)
			}
			n.down.Store(false)
			first, err := r.tell(t.Context(), d)
			if got := d.Int(t, r.rows); err != nil || first == arrives || got != 1 {
				t.Errorf("%s, arrives %t: the repeat: first %t, %v, on record %d times", name, arrives, first, err, got)
			}
		}
	}
}

// A database that cannot be reached leaves no doubt, and is asked again meanwhile.
func TestReportNoDatabase(t *testing.T) {
	t.Parallel()
	for name, r := range reports {
		var n network
		d := newReportStore(t, &n)
		n.down.Store(true)
		ctx := n.hangsUp(t)
		_, err := r.tell(ctx, d)
		if err == nil || errors.Is(err, ledger.ErrOutcomeUnknown) {
			t.Errorf("%s: got %v", name, err)
		}
		n.wantTriedAgain(t, ctx, name)
		n.down.Store(false)
		if first, err := r.tell(t.Context(), d); err != nil || !first {
			t.Errorf("%s: once it was back: first %t, %v", name, first, err)
		}
	}
}

// Connections that have gone silent cost a try and not the report.
func TestReportSilentConnections(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"scan", "contract"} { // the others go the way of the first
		storetest.WithinLimit(t, func(limit time.Duration) error {
			var n network
			r, d := reports[name], newReportStore(t, &n)
			d.connect(t, 8)
			n.silence(t)
			ctx, stop := context.WithTimeout(t.Context(), limit)
			defer stop()
			first, err := r.tell(ctx, d)
			n.wantSwallowed(t, 1)
			if err == nil && !first {
				t.Errorf("%s: somebody else was the first", name)
			}
			return err
		})
	}
}

// A report costs two round trips in every query mode, whatever it changes.
func TestReportTwoRoundTrips(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		var n network
		d := newBookingStore(t, 10, queryMode(mode), func(o store.Options) store.Options { return n.under(o) })
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
