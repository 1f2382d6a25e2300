package instant_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
)

// Reports lead an order from the rider to the return: each moves the attempt and is
// recorded once, without a ledger entry.
func TestStatusLife(t *testing.T) {
	t.Parallel()
	begun := time.Now().Truncate(time.Microsecond)
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D")
	want := "1: 101 push"
	for i, status := range []delivery.Status{
		delivery.Assigned, delivery.Waiting, delivery.Assigned, delivery.Assigned, delivery.AtShop, delivery.PickedUp,
		delivery.Delivering, delivery.ReturningRefused, delivery.Returned,
	} {
		r := instanttest.Report("D", status, i)
		d.WantVerdict(t, r, delivery.Recorded, status)
		d.WantVerdict(t, r, delivery.Repeated, status)
		want += fmt.Sprintf(", 1: %d %d hub", status, i)
		if got := instanttest.Steps(t, d.Database, "D"); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		instanttest.CheckSteps(t, d.Database)
	}
	got := d.MustReport(t, instanttest.Report("D", delivery.Waiting, 1)).Attempt
	if got.Status != delivery.Returned || !got.StatusAt.Equal(instanttest.Start.Add(8*time.Minute)) || got.Message != "骑手张三 13800000000" || got.WaybillID != "Y-D" {
		t.Errorf("a repeat gets status %d at %v", got.Status, got.StatusAt)
	}
	d.WantInt(t, 9, `SELECT count(*) FROM delivery_step WHERE recorded_at BETWEEN $1 AND now() AND message LIKE '骑手张三%'`, begun)
	if n := d.Int(t, `SELECT count(*) FROM push`); n != 0 {
		t.Errorf("the ledger has %d entries", n)
	}
}

// For every pair of statuses a report is recorded exactly where the rule allows it, and
// a report that is refused writes nothing.
func TestStatusEveryPair(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	moved := 0
	for _, from := range delivery.Statuses() {
		for _, to := range delivery.Statuses() {
			id := fmt.Sprint(int(from), "-", int(to))
			instanttest.InsertOrders(t, d.Database, from, id)
			before := instanttest.Steps(t, d.Database, id)
			got := d.MustReport(t, instanttest.Report(id, to, 1))
			want, status, course := delivery.NotAllowed, from, before
			switch {
			case from.CanFollow(to):
				want, status, course = delivery.Recorded, to, fmt.Sprintf("%s, 1: %d 1 hub", before, to)
				moved++
			case from.Final():
				want = delivery.AttemptEnded
			}
			if got.Verdict != want || got.Attempt.Status != status {
				t.Errorf("%s: %s, %d, want %s", id, got.Verdict, got.Attempt.Status, want)
			}
			if after := instanttest.Steps(t, d.Database, id); after != course {
				t.Errorf("%s: recorded are %s, want %s", id, after, course)
			}
			if n := d.Int(t, `SELECT status FROM delivery_attempt WHERE order_id = $1`, id); n != int(status) {
				t.Errorf("%s: the row says %d", id, n)
			}
		}
	}
	if moved != 46 {
		t.Errorf("%d pairs of statuses follow each other", moved)
	}
}

// Each verdict is decided on the stored rows, and only a recorded report changes them.
func TestStatusVerdicts(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.CancelledEarly, "again", "twice")
	instanttest.InsertAttempt(t, d.Database, "again", 2, "Y2", delivery.Assigned)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "early", "other")
	d.Exec(t, `UPDATE delivery_attempt SET status = 101, expired = true WHERE waybill_id = 'Y-twice'`)
	d.Exec(t, `UPDATE delivery_step SET status = 101 WHERE order_id = 'twice'`)
	instanttest.InsertAttempt(t, d.Database, "twice", 2, "Y3", delivery.Waiting)
	said := instanttest.Report("again", delivery.AtShop, 1, instanttest.Of("Y2"))
	d.WantVerdict(t, said, delivery.Recorded, delivery.AtShop)
	const rows = `SELECT md5(string_agg(r::text, ',' ORDER BY r::text)) FROM (SELECT a::text FROM delivery_attempt a UNION ALL SELECT s::text FROM delivery_step s
		UNION ALL SELECT o::text FROM delivery_order o) AS all_of (r)`
	before := d.Texts(t, rows)[0]
	for i, tt := range []struct {
		report delivery.StatusReport
		want   delivery.Verdict
		status delivery.Status
	}{
		{instanttest.Report("none", delivery.Assigned, 2), delivery.NoOrder, 0},
		{instanttest.Report("early", delivery.Assigned, 2, func(r *delivery.StatusReport) { r.ShopID = "T" }), delivery.NoOrder, 0},
		{instanttest.Report("early", delivery.Assigned, 2, instanttest.Of("Y9")), delivery.UnknownAttempt, 0},
		{instanttest.Report("early", delivery.Assigned, 2, instanttest.Of("Y-other")), delivery.UnknownAttempt, 0},
		{instanttest.Report("again", delivery.Assigned, 2), delivery.AttemptSuperseded, delivery.CancelledEarly},
		{instanttest.Report("twice", delivery.Assigned, 2), delivery.AttemptSuperseded, delivery.Waiting},
		{said, delivery.Repeated, delivery.AtShop},
		{instanttest.Report("again", delivery.AtShop, 2, instanttest.Of("Y2")), delivery.NotAllowed, delivery.AtShop},
		{instanttest.Report("again", delivery.AtShop, 1, instanttest.Of("Y2"), func(r *delivery.StatusReport) { r.Message = "" }), delivery.NotAllowed, delivery.AtShop},
		{instanttest.Report("again", delivery.CancelledEarly, 0, instanttest.Of("Y2"), func(r *delivery.StatusReport) { r.Message = "" }), delivery.NotAllowed, delivery.AtShop}, // of the first
		{instanttest.Report("early", delivery.Delivered, 2), delivery.NotAllowed, delivery.Waiting},
		{instanttest.Report("early", delivery.Assigned, 21*24*60), delivery.InFuture, delivery.Waiting},
	} {
		got := d.MustReport(t, tt.report)
		if got.Verdict != tt.want || got.Attempt.Status != tt.status {
			t.Errorf("%d: %s, %d, want %s, %d", i, got.Verdict, got.Attempt.Status, tt.want, tt.status)
		}
	}
	if after := d.Texts(t, rows)[0]; after != before {
		t.Error("a report that was refused has changed something")
	}
}

// Ids that Postgres cannot store belong to no order, and do not make the batch fail.
func TestStatusNoIDs(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D")
	bad := func(shopID, orderID, waybillID string) delivery.StatusReport {
		return delivery.StatusReport{ShopID: shopID, OrderID: orderID, WaybillID: waybillID, Status: delivery.Assigned, At: instanttest.Start}
	}
	got, err := d.RunStatusReports(t.Context(), []delivery.StatusReport{
		bad("S\x00", "D", "Y-D"), bad("S", "\xff", "Y-D"), bad("S", "D", "Y\x00"), instanttest.Report("D", delivery.Assigned, 1),
	})
	storetest.Must(t, err)
	want := []delivery.Verdict{delivery.NoOrder, delivery.NoOrder, delivery.UnknownAttempt, delivery.Recorded}
	for i, g := range got {
		if g == nil || g.Verdict != want[i] {
			t.Errorf("%d: %v, want %s", i, g, want[i])
		}
	}
	if got := d.MustReport(t, bad("S", "D", "Y\x00")); got.Verdict != delivery.NoOrder && got.Verdict != delivery.UnknownAttempt {
		t.Errorf("alone: %s", got.Verdict)
	}
}

// Texts are stored as they were reported, in each query mode. What Postgres cannot store
// is replaced before the comparison, so that the same report is a repeat.
func TestStatusTexts(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		d := newStore(t, queryMode(mode))
		instanttest.InsertOrders(t, d.Database, delivery.Assigned, "D")
		for i, text := range []string{"", "一\n二\t三", `a'b\c"d $1 {x},NULL`, "cut \xe5\x8d", "a\x00b", strings.Repeat("长", 341)} {
			r := instanttest.Report("D", delivery.Assigned, i+1)
			r.Message, r.By = text, `{"hub",'\'}`
			d.WantVerdict(t, r, delivery.Recorded, delivery.Assigned)
			d.WantVerdict(t, r, delivery.Repeated, delivery.Assigned)
			stored := strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
			n := d.Int(t, `SELECT count(*) FROM delivery_step s JOIN delivery_attempt a USING (shop_id, order_id, attempt, message)
				WHERE message = $1 AND recorded_by = $2 AND at = status_at`, stored, r.By)
			if n != 1 {
				t.Errorf("%s: %q is recorded %d times", mode, text, n)
			}
		}
	}
}

// A report changes no column that pushes write: the cancel, its cost and the tips.
func TestStatusTouchesNothingElse(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.Assigned, "D")
	d.Exec(t, `UPDATE delivery_attempt SET tip_push = sha256('t'), cancel_push = sha256('c'), return_push = sha256('r'), cancel_reason = 5, deducted_fen = 7`)
	const others = `SELECT ((to_jsonb(a) - 'status') - 'status_at' - 'message')::text FROM delivery_attempt a UNION ALL
		SELECT to_jsonb(o)::text FROM delivery_order o UNION ALL SELECT to_jsonb(e)::text FROM delivery_details e`
	before := d.Texts(t, others)
	d.WantVerdict(t, instanttest.Report("D", delivery.PickedUp, 3), delivery.Recorded, delivery.PickedUp)
	if after := d.Texts(t, others); strings.Join(after, "\n") != strings.Join(before, "\n") {
		t.Errorf("%s\nbecame\n%s", before, after)
	}
}
