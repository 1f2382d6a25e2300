package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/waybill"
)

// A parcel's whole life by scans: each moves the waybill, is on record once, and
// leaves no row in WeChat's ledger. Whether a merchant may cancel follows.
func TestScanLife(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.book(t, "W")
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
		s := seen("W", step.action, i)
		d.says(t, s, waybill.Recorded, step.want)
		d.says(t, s, waybill.Repeated, step.want)
		if got := d.life(t, "W"); got != step.life {
			t.Errorf("after %d: %s, want %s", step.action, got, step.life)
		}
		if step.action == 100002 {
			d.want(t, ask(1, "none"), waybill.UnknownWaybill, false)
		}
	}
	d.want(t, ask(2, "W"), waybill.SignedLongAgo, false)
	d.says(t, seen("W", waybill.Cancelling, 9), waybill.WaybillSigned, waybill.Signed)
	if got, want := d.trace(t, "W"), []string{"B 100003 0 hub", "B 100002 1 hub", "B 100001 2 hub", "B 200001 3 hub",
		"B 200001 4 hub", "B 300002 5 hub", "B 300003 6 hub"}; !slices.Equal(got, want) {
		t.Errorf("on record are %q, want %q", got, want)
	}
	if n := d.number(t, `SELECT count(DISTINCT first_scan_at) FROM scan`); n != 1 {
		t.Errorf("the waybill's scans have %d times of the first", n)
	}
	if n := d.number(t, `SELECT count(*) FROM scan JOIN waybill USING (biz_id, waybill_id, first_scan_at)
		WHERE recorded_at >= first_scan_at AND message = '快件已到达广州，联系电话13800000000'`); n != 7 {
		t.Errorf("%d scans belong to the waybill as it should be", n)
	}
	if rows := d.ledger(t); len(rows) != 2 {
		t.Errorf("the ledger has %q", rows)
	}
}

// Each verdict comes from the rows, and what is refused leaves nothing.
func TestScanVerdicts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.book(t, "free", "twice", "early")
	d.exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id, status, signed_at, cancelled_at, cancel_push) VALUES
		('B', 'signed', 'O1', 'signed', now(), NULL, NULL), ('B', 'pushed', 'O2', 'cancelled', NULL, $1, sha256('x'))`, dayOne)
	d.says(t, seen("twice", 200001, 0, keyed("k")), waybill.Recorded, waybill.InTransit)
	unreadable := seen("free", 200001, 0)
	unreadable.WaybillID = "fr\xffee"
	tests := []struct {
		scan   waybill.Scan
		want   waybill.Verdict
		status waybill.Status
	}{
		{seen("none", 200001, 0), waybill.NoWaybill, ""},
		{seen("free", 200001, 0, of("C")), waybill.NoWaybill, ""},
		{unreadable, waybill.NoWaybill, ""},
		{seen("twice", 200001, 0, keyed("k")), waybill.Repeated, waybill.InTransit},
		{seen("twice", 200001, 1, keyed("k")), waybill.KeyReused, waybill.InTransit},
		{seen("pushed", 200001, 0), waybill.WaybillCancelled, waybill.Cancelled},
		{seen("signed", waybill.Cancelling, 0), waybill.WaybillSigned, waybill.Signed},
		{seen("early", 200001, 21*24*60), waybill.InFuture, waybill.Booked},
		{seen("free", 100003, 0, of("B")), waybill.Recorded, waybill.Booked},
	}
	for _, tt := range tests {
		d.says(t, tt.scan, tt.want, tt.status)
	}
	if got := d.scan(t, seen("pushed", waybill.Cancelling, 1)); !got.Waybill.CancelledAt.Equal(dayOne) {
		t.Errorf("cancelled at %v", got.Waybill.CancelledAt)
	}
	if got := d.life(t, "pushed"); got != "cancelled cancelled 0 pushed" {
		t.Errorf("the push's cancel is now %s", got)
	}
	if n := d.number(t, `SELECT count(*) FROM scan`); n != 2 {
		t.Errorf("%d scans are on record", n)
	}
}

// The carrier's own systems cancel: the merchant hears that it was done before,
// and no later scan gets in.
func TestScanCancels(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.book(t, "W")
	cancelling := seen("W", waybill.Cancelling, 5)
	d.says(t, cancelling, waybill.Recorded, waybill.Cancelled)
	d.says(t, seen("W", waybill.Collecting, 1), waybill.WaybillCancelled, waybill.Cancelled)
	d.says(t, cancelling, waybill.Repeated, waybill.Cancelled)
	d.want(t, ask(1, "W"), waybill.AlreadyCancelled, false)
	if got := d.life(t, "W"); got != "cancelled cancelled 5 traced" {
		t.Errorf("the waybill is %s", got)
	}
}

// Texts are kept as they were said, and what Postgres cannot store is mended so
// that the same scan is still the same.
func TestScanTexts(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		d := newDesk(t, queryMode(mode))
		d.book(t, "W")
		for i, text := range []string{"", "一\n二\t三", `a'b\c"d $1 {x},NULL`, "cut \xe5\x8d", strings.Repeat("长", 341)} {
			s := seen("W", 200001, i)
			s.Message, s.Key = text, fmt.Sprintf(`{"k",%d,'\xff'}`, i)+"\xff"
			d.says(t, s, waybill.Recorded, waybill.InTransit)
			d.says(t, s, waybill.Repeated, waybill.InTransit)
			if n := d.number(t, `SELECT count(*) FROM scan WHERE message = $1`, strings.ToValidUTF8(text, "\ufffd")); n != 1 {
				t.Errorf("%s: %q is on record %d times", mode, text, n)
			}
		}
	}
}
