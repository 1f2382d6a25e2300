package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/waybill"
)

// dayOne is when the parcels of these tests set out.
var dayOne = time.Now().AddDate(0, 0, -20).Truncate(time.Hour).UTC()

// seen makes a scan of a waybill, so many minutes after dayOne.
func seen(id string, action waybill.Action, minutes int, change ...func(*waybill.Scan)) waybill.Scan {
	s := waybill.Scan{
		WaybillID: id, Action: action, At: dayOne.Add(time.Duration(minutes) * time.Minute),
		Message: "快件已到达广州，联系电话13800000000", By: "hub",
	}
	for _, c := range change {
		c(&s)
	}
	s, err := waybill.NewScan(s)
	if err != nil {
		panic(fmt.Sprint("no scan of ", id, ": ", err))
	}
	return s
}

// keyed gives a scan a key.
func keyed(key string) func(*waybill.Scan) { return func(s *waybill.Scan) { s.Key = key } }

// of says whose waybill is meant.
func of(bizID string) func(*waybill.Scan) { return func(s *waybill.Scan) { s.BizID = bizID } }

// scan expects an answer.
func (d desk) scan(tb testing.TB, s waybill.Scan) waybill.ScanDecision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	got, err := d.Scan(ctx, s)
	if err != nil {
		tb.Errorf("scan %s: %v", s.WaybillID, err)
	}
	return got
}

// says expects a verdict on a scan, and the state in which it leaves the waybill.
func (d desk) says(tb testing.TB, s waybill.Scan, want waybill.Verdict, status waybill.Status) {
	tb.Helper()
	if got := d.scan(tb, s); got.Verdict != want || got.Waybill.Status != status {
		tb.Errorf("scan %d of %s: %s, %q, want %s, %q", s.Action, s.WaybillID, got.Verdict, got.Waybill.Status, want, status)
	}
}

// trace is what is on record of a waybill, by time.
func (d desk) trace(tb testing.TB, id string) []string {
	tb.Helper()
	rows, err := d.db.Query(context.Background(), `SELECT biz_id || ' ' || action || ' ' || extract(epoch FROM at - $2)::int / 60 || ' ' || recorded_by
		FROM scan WHERE waybill_id = $1 ORDER BY at, action, key`, id, dayOne)
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	all := []string{}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			tb.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return all
}

// life is what is known of a waybill: how far it has come, and when.
func (d desk) life(tb testing.TB, id string) string {
	tb.Helper()
	var s string
	err := d.db.QueryRow(context.Background(), `SELECT concat_ws(' ', status,
			'collected ' || extract(epoch FROM collected_at - $2)::int / 60, 'signed ' || extract(epoch FROM signed_at - $2)::int / 60,
			'cancelled ' || extract(epoch FROM cancelled_at - $2)::int / 60, CASE WHEN first_scan_at IS NOT NULL THEN 'traced' END,
			CASE WHEN cancel_push IS NOT NULL THEN 'pushed' END, CASE WHEN from_quota THEN 'paid' END)
		FROM waybill WHERE waybill_id = $1`, id, dayOne).Scan(&s)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// scanAtOnce reports scans at the same moment, over several stores.
func scanAtOnce(t *testing.T, n int, desks []desk, s func(i int) waybill.Scan) []waybill.ScanDecision {
	t.Helper()
	got := make([]waybill.ScanDecision, n)
	var wg sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-gate
			got[i] = desks[i%len(desks)].scan(t, s(i))
		})
	}
	close(gate)
	wg.Wait()
	return got
}

func queryMode(mode string) func(store.Options) store.Options {
	return func(o store.Options) store.Options {
		o.QueryMode = mode
		return o
	}
}
