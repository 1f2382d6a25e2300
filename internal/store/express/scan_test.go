package express_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/waybill"
)

// A parcel's whole life by scans: each moves the waybill, is on record once, and
// leaves no row in WeChat's ledger. Whether a merchant may cancel follows.
func TestScanLife(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W")
	for i, step := range []struct {
		action waybill.Action
		want   waybill.Status
		life   string
	}{
		{100003, waybill.Booked, "booked traced"},
		{100002, waybill.Booked, "booked traced"},
		{waybill.Collecting, waybill.Collected, "collected collected 2 traced"},
		{200001, waybill.InTransit, "in_transit collected 2 traced"},
		{200001, waybill.InTransit, "in_transit collected 2 traced"},
		{300002, waybill.OutForDelivery, "out_for_delivery collected 2 traced"},
		{waybill.Signing, waybill.Signed, "signed collected 2 signed 6 traced"},
	} {
		s := expresstest.ScanOf("W", step.action, i)
		d.WantScan(t, s, waybill.Recorded, step.want)
		d.WantScan(t, s, waybill.Repeated, step.want)
		if got := d.Life(t, "W"); got != step.life {
			t.Errorf("after %d: %s, want %s", step.action, got, step.life)
		}
		if step.action == 100002 {
			d.WantCancel(t, expresstest.CancelPush(1, "none"), waybill.UnknownWaybill, false)
		}
	}
	d.WantCancel(t, expresstest.CancelPush(2, "W"), waybill.SignedLongAgo, false)
	d.WantScan(t, expresstest.ScanOf("W", waybill.Cancelling, 9), waybill.WaybillSigned, waybill.Signed)
	if got, want := d.Scans(t, "W"), []string{"B 100003 0 hub", "B 100002 1 hub", "B 100001 2 hub", "B 200001 3 hub",
		"B 200001 4 hub", "B 300002 5 hub", "B 300003 6 hub"}; !slices.Equal(got, want) {
		t.Errorf("on record are %q, want %q", got, want)
	}
	d.WantInt(t, 1, `SELECT count(DISTINCT first_scan_at) FROM scan`)
	if n := d.Int(t, `SELECT count(*) FROM scan JOIN waybill USING (biz_id, waybill_id, first_scan_at)
		WHERE recorded_at >= first_scan_at AND message = '快件已到达广州，联系电话13800000000'`); n != 7 {
		t.Errorf("%d scans belong to the waybill as it should be", n)
	}
	if rows := d.LedgerRows(t); len(rows) != 2 {
		t.Errorf("the ledger has %q", rows)
	}
}

// Each verdict comes from the rows, and what is refused leaves nothing.
func TestScanVerdicts(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "free", "twice", "early")
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id, status, signed_at, cancelled_at, cancel_push) VALUES
		('B', 'signed', 'O1', 'signed', now(), NULL, NULL), ('B', 'pushed', 'O2', 'cancelled', NULL, $1, sha256('x'))`, expresstest.DayOne)
	d.WantScan(t, expresstest.ScanOf("twice", 200001, 0, expresstest.Keyed("k")), waybill.Recorded, waybill.InTransit)
	unreadable := expresstest.ScanOf("free", 200001, 0)
	unreadable.WaybillID = "fr\xffee"
	tests := []struct {
		scan   waybill.Scan
		want   waybill.Verdict
		status waybill.Status
	}{
		{expresstest.ScanOf("none", 200001, 0), waybill.NoWaybill, ""},
		{expresstest.ScanOf("free", 200001, 0, expresstest.Of("C")), waybill.NoWaybill, ""},
		{unreadable, waybill.NoWaybill, ""},
		{expresstest.ScanOf("twice", 200001, 0, expresstest.Keyed("k")), waybill.Repeated, waybill.InTransit},
		{expresstest.ScanOf("twice", 200001, 1, expresstest.Keyed("k")), waybill.KeyReused, waybill.InTransit},
		{expresstest.ScanOf("pushed", 200001, 0), waybill.WaybillCancelled, waybill.Cancelled},
		{expresstest.ScanOf("signed", waybill.Cancelling, 0), waybill.WaybillSigned, waybill.Signed},
		{expresstest.ScanOf("early", 200001, 21*24*60), waybill.InFuture, waybill.Booked},
		{expresstest.ScanOf("free", 100003, 0, expresstest.Of("B")), waybill.Recorded, waybill.Booked},
	}
	for _, tt := range tests {
		d.WantScan(t, tt.scan, tt.want, tt.status)
	}
	if got := d.MustScan(t, expresstest.ScanOf("pushed", waybill.Cancelling, 1)); !got.Waybill.CancelledAt.Equal(expresstest.DayOne) {
		t.Errorf("cancelled at %v", got.Waybill.CancelledAt)
	}
	if got := d.Life(t, "pushed"); got != "cancelled cancelled 0 pushed" {
		t.Errorf("the push's cancel is now %s", got)
	}
	d.WantInt(t, 2, `SELECT count(*) FROM scan`)
}

// The carrier's own systems cancel: the merchant hears that it was done before,
// and no later scan gets in.
func TestScanCancels(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W")
	cancelling := expresstest.ScanOf("W", waybill.Cancelling, 5)
	d.WantScan(t, cancelling, waybill.Recorded, waybill.Cancelled)
	d.WantScan(t, expresstest.ScanOf("W", waybill.Collecting, 1), waybill.WaybillCancelled, waybill.Cancelled)
	d.WantScan(t, cancelling, waybill.Repeated, waybill.Cancelled)
	d.WantCancel(t, expresstest.CancelPush(1, "W"), waybill.AlreadyCancelled, false)
	if got := d.Life(t, "W"); got != "cancelled cancelled 5 traced" {
		t.Errorf("the waybill is %s", got)
	}
}

// Texts are kept as they were said, and what Postgres cannot store is mended so
// that the same scan is still the same.
func TestScanTexts(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		d := newStore(t, queryMode(mode))
		d.AddWaybills(t, "W")
		for i, text := range []string{"", "一\n二\t三", `a'b\c"d $1 {x},NULL`, "cut \xe5\x8d", strings.Repeat("长", 341)} {
			s := expresstest.ScanOf("W", 200001, i)
			s.Message, s.Key = text, fmt.Sprintf(`{"k",%d,'\xff'}`, i)+"\xff"
			d.WantScan(t, s, waybill.Recorded, waybill.InTransit)
			d.WantScan(t, s, waybill.Repeated, waybill.InTransit)
			if n := d.Int(t, `SELECT count(*) FROM scan WHERE message = $1`, strings.ToValidUTF8(text, "\ufffd")); n != 1 {
				t.Errorf("%s: %q is on record %d times", mode, text, n)
			}
		}
	}
}
