package expresstest

import (
	"context"
	"sync"
	"testing"

	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// MustScan expects an answer.
func (d Store) MustScan(tb testing.TB, s waybill.Scan) waybill.ScanDecision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
	defer stop()
	got, err := d.Scan(ctx, s)
	if err != nil {
		tb.Errorf("scan %s: %v", s.WaybillID, err)
	}
	return got
}

// WantScan expects a verdict on a scan, and the state in which it leaves the waybill.
func (d Store) WantScan(tb testing.TB, s waybill.Scan, want waybill.Verdict, status waybill.Status) {
	tb.Helper()
	if got := d.MustScan(tb, s); got.Verdict != want || got.Waybill.Status != status {
		tb.Errorf("scan %d of %s: %s, %q, want %s, %q", s.Action, s.WaybillID, got.Verdict, got.Waybill.Status, want, status)
	}
}

// Scans are those of a waybill, by time.
func (d Store) Scans(tb testing.TB, id string) []string {
	tb.Helper()
	rows, err := d.DB.Query(context.Background(), `SELECT biz_id || ' ' || action || ' ' || extract(epoch FROM at - $2)::int / 60 || ' ' || recorded_by
		FROM scan WHERE waybill_id = $1 ORDER BY at, action, key`, id, DayOne)
	storetest.Must(tb, err)
	defer rows.Close()
	all := []string{}
	for rows.Next() {
		var s string
		storetest.Must(tb, rows.Scan(&s))
		all = append(all, s)
	}
	storetest.Must(tb, rows.Err())
	return all
}

// Life is what is known of a waybill: how far it has come, and when.
func (d Store) Life(tb testing.TB, id string) string {
	tb.Helper()
	var s string
	err := d.DB.QueryRow(context.Background(), `SELECT concat_ws(' ', status,
			'collected ' || extract(epoch FROM collected_at - $2)::int / 60, 'signed ' || extract(epoch FROM signed_at - $2)::int / 60,
			'cancelled ' || extract(epoch FROM cancelled_at - $2)::int / 60, CASE WHEN first_scan_at IS NOT NULL THEN 'traced' END,
			CASE WHEN cancel_push IS NOT NULL THEN 'pushed' END, CASE WHEN from_quota THEN 'paid' END)
		FROM waybill WHERE waybill_id = $1`, id, DayOne).Scan(&s)
	storetest.Must(tb, err)
	return s
}

// ScanAtOnce reports scans at the same moment, over several stores.
func ScanAtOnce[S interface {
	MustScan(testing.TB, waybill.Scan) waybill.ScanDecision
}](t *testing.T, n int, stores []S, s func(i int) waybill.Scan) []waybill.ScanDecision {
	t.Helper()
	got := make([]waybill.ScanDecision, n)
	var wg sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-gate
			got[i] = stores[i%len(stores)].MustScan(t, s(i))
		})
	}
	close(gate)
	wg.Wait()
	return got
}
