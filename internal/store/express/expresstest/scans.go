package expresstest

import (
	"testing"

	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// MustScan expects an answer.
func (d Store) MustScan(tb testing.TB, s waybill.Scan) waybill.ScanDecision {
	tb.Helper()
	return storetest.Answer(tb, "scan "+s.WaybillID, d.Scan, s)
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
	return d.Texts(tb, `SELECT biz_id || ' ' || action || ' ' || extract(epoch FROM at - $2)::int / 60 || ' ' || recorded_by
		FROM scan WHERE waybill_id = $1 ORDER BY at, action, key`, id, DayOne)
}

// Life is what is known of a waybill: how far it has come, and when.
func (d Store) Life(tb testing.TB, id string) string {
	tb.Helper()
	return d.Text(tb, `SELECT concat_ws(' ', status,
			'collected ' || extract(epoch FROM collected_at - $2)::int / 60, 'signed ' || extract(epoch FROM signed_at - $2)::int / 60,
			'cancelled ' || extract(epoch FROM cancelled_at - $2)::int / 60, CASE WHEN first_scan_at IS NOT NULL THEN 'traced' END,
			CASE WHEN cancel_push IS NOT NULL THEN 'pushed' END, CASE WHEN from_quota THEN 'paid' END)
		FROM waybill WHERE waybill_id = $1`, id, DayOne)
}

// ScanAtOnce reports scans at the same moment, over several stores.
func ScanAtOnce[S interface {
	MustScan(testing.TB, waybill.Scan) waybill.ScanDecision
}](t *testing.T, n int, stores []S, s func(i int) waybill.Scan) []waybill.ScanDecision {
	t.Helper()
	return storetest.AtOnce(n, func(i int) waybill.ScanDecision { return stores[i%len(stores)].MustScan(t, s(i)) })
}
