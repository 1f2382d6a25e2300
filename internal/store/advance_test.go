package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
)

// An order's whole way by reports: each moves the attempt, is on record once, and
// leaves no row in WeChat's ledger.
func TestAdvanceLife(t *testing.T) {
	t.Parallel()
	begun := time.Now().Truncate(time.Microsecond)
	d := newDesk(t)
	d.under(t, delivery.Waiting, "D")
	want := "1: 101 push"
	for i, status := range []delivery.Status{
		delivery.Assigned, delivery.Waiting, delivery.Assigned, delivery.Assigned, delivery.AtShop, delivery.PickedUp,
		delivery.Delivering, delivery.ReturningRefused, delivery.Returned,
	} {
		r := came("D", status, i)
		d.reaches(t, r, delivery.Recorded, status)
		d.reaches(t, r, delivery.Repeated, status)
		want += fmt.Sprintf(", 1: %d %d hub", status, i)
		if got := d.course(t, "D"); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		d.wantCourses(t)
	}
	got := d.advance(t, came("D", delivery.Waiting, 1)).Attempt
	if got.Status != delivery.Returned || !got.StatusAt.Equal(dayOne.Add(8*time.Minute)) || got.Message != "骑手张三 13800000000" || got.WaybillID != "Y-D" {
		t.Errorf("a repeat is told of status %d at %v", got.Status, got.StatusAt)
	}
	if n := d.number(t, `SELECT count(*) FROM delivery_step WHERE recorded_at BETWEEN $1 AND now() AND message LIKE '骑手张三%'`, begun); n != 9 {
		t.Errorf("%d steps are as they were reported", n)
	}
	if rows := d.ledger(t); len(rows) != 0 {
		t.Errorf("the ledger has %q", rows)
	}
}

// Whatever an attempt's status, a report is accepted exactly where the rule lets it
// follow, and what is refused leaves nothing.
func TestAdvanceEveryPair(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	moved := 0
	for _, from := range delivery.Statuses() {
		for _, to := range delivery.Statuses() {
			id := fmt.Sprint(int(from), "-", int(to))
			d.under(t, from, id)
			before := d.course(t, id)
			got := d.advance(t, came(id, to, 1))
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
			if after := d.course(t, id); after != course {
				t.Errorf("%s: on record are %s, want %s", id, after, course)
			}
			if n := d.number(t, `SELECT status FROM delivery_attempt WHERE order_id = $1`, id); n != int(status) {
				t.Errorf("%s: the row says %d", id, n)
			}
		}
	}
	if moved != 46 {
		t.Errorf("%d pairs of statuses follow each other", moved)
	}
}

// Each verdict comes from the rows, and only what is recorded changes them.
func TestAdvanceVerdicts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.under(t, delivery.CancelledEarly, "again", "twice")
	d.attempt(t, "again", 2, "Y2", delivery.Assigned)
	d.under(t, delivery.Waiting, "early", "other")
	d.exec(t, `UPDATE delivery_attempt SET status = 101, expired = true WHERE waybill_id = 'Y-twice'`)
	d.exec(t, `UPDATE delivery_step SET status = 101 WHERE order_id = 'twice'`)
	d.attempt(t, "twice", 2, "Y3", delivery.Waiting)
	said := came("again", delivery.AtShop, 1, about("Y2"))
	d.reaches(t, said, delivery.Recorded, delivery.AtShop)
	const rows = `SELECT md5(string_agg(r::text, ',' ORDER BY r::text)) FROM (SELECT a::text FROM delivery_attempt a UNION ALL SELECT s::text FROM delivery_step s
		UNION ALL SELECT o::text FROM delivery_order o) AS all_of (r)`
	before := texts(t, d.db, rows)[0]
	for i, tt := range []struct {
		report delivery.StatusReport
		want   delivery.Verdict
		status delivery.Status
	}{
		{came("none", delivery.Assigned, 2), delivery.NoOrder, 0},
		{came("early", delivery.Assigned, 2, func(r *delivery.StatusReport) { r.ShopID = "T" }), delivery.NoOrder, 0},
		{came("early", delivery.Assigned, 2, about("Y9")), delivery.UnknownAttempt, 0},
		{came("early", delivery.Assigned, 2, about("Y-other")), delivery.UnknownAttempt, 0},
		{came("again", delivery.Assigned, 2), delivery.AttemptSuperseded, delivery.CancelledEarly},
		{came("twice", delivery.Assigned, 2), delivery.AttemptSuperseded, delivery.Waiting},
		{said, delivery.Repeated, delivery.AtShop},
		{came("again", delivery.AtShop, 2, about("Y2")), delivery.NotAllowed, delivery.AtShop},
		{came("again", delivery.AtShop, 1, about("Y2"), func(r *delivery.StatusReport) { r.Message = "" }), delivery.NotAllowed, delivery.AtShop},
		{came("again", delivery.CancelledEarly, 0, about("Y2"), func(r *delivery.StatusReport) { r.Message = "" }), delivery.NotAllowed, delivery.AtShop}, // of the first
		{came("early", delivery.Delivered, 2), delivery.NotAllowed, delivery.Waiting},
		{came("early", delivery.Assigned, 21*24*60), delivery.InFuture, delivery.Waiting},
	} {
		got := d.advance(t, tt.report)
		if got.Verdict != tt.want || got.Attempt.Status != tt.status {
			t.Errorf("%d: %s, %d, want %s, %d", i, got.Verdict, got.Attempt.Status, tt.want, tt.status)
		}
	}
	if after := texts(t, d.db, rows)[0]; after != before {
		t.Error("a report that was refused has changed something")
	}
}

// Ids that Postgres cannot have are nobody's, and do not spoil the batch.
func TestAdvanceNoIDs(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.under(t, delivery.Waiting, "D")
	bad := func(shopID, orderID, waybillID string) delivery.StatusReport {
		return delivery.StatusReport{ShopID: shopID, OrderID: orderID, WaybillID: waybillID, Status: delivery.Assigned, At: dayOne}
	}
	got, err := d.Instant.RunStatusReports(t.Context(), []delivery.StatusReport{
		bad("S\x00", "D", "Y-D"), bad("S", "\xff", "Y-D"), bad("S", "D", "Y\x00"), came("D", delivery.Assigned, 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []delivery.Verdict{delivery.NoOrder, delivery.NoOrder, delivery.UnknownAttempt, delivery.Recorded}
	for i, g := range got {
		if g == nil || g.Verdict != want[i] {
			t.Errorf("%d: %v, want %s", i, g, want[i])
		}
	}
	if got := d.advance(t, bad("S", "D", "Y\x00")); got.Verdict != delivery.NoOrder && got.Verdict != delivery.UnknownAttempt {
		t.Errorf("alone: %s", got.Verdict)
	}
}

// Texts are kept as they were said, in each query mode, and what Postgres cannot
// store is mended so that the same report is still the same.
func TestAdvanceTexts(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		d := newDesk(t, queryMode(mode))
		d.under(t, delivery.Assigned, "D")
		for i, text := range []string{"", "一\n二\t三", `a'b\c"d $1 {x},NULL`, "cut \xe5\x8d", "a\x00b", strings.Repeat("长", 341)} {
			r := came("D", delivery.Assigned, i+1)
			r.Message, r.By = text, `{"hub",'\'}`
			d.reaches(t, r, delivery.Recorded, delivery.Assigned)
			d.reaches(t, r, delivery.Repeated, delivery.Assigned)
			stored := strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
			n := d.number(t, `SELECT count(*) FROM delivery_step s JOIN delivery_attempt a USING (shop_id, order_id, attempt, message)
				WHERE message = $1 AND recorded_by = $2 AND at = status_at`, stored, r.By)
			if n != 1 {
				t.Errorf("%s: %q is on record %d times", mode, text, n)
			}
		}
	}
}

// Nothing else of an attempt is touched: who cancelled, what it cost and the tips
// are the pushes' to write.
func TestAdvanceTouchesNothingElse(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.under(t, delivery.Assigned, "D")
	d.exec(t, `UPDATE delivery_attempt SET tip_push = sha256('t'), cancel_push = sha256('c'), return_push = sha256('r'), cancel_reason = 5, deducted_fen = 7`)
	const others = `SELECT ((to_jsonb(a) - 'status') - 'status_at' - 'message')::text FROM delivery_attempt a UNION ALL
		SELECT to_jsonb(o)::text FROM delivery_order o UNION ALL SELECT to_jsonb(e)::text FROM delivery_details e`
	before := texts(t, d.db, others)
	d.reaches(t, came("D", delivery.PickedUp, 3), delivery.Recorded, delivery.PickedUp)
	if after := texts(t, d.db, others); strings.Join(after, "\n") != strings.Join(before, "\n") {
		t.Errorf("%s\nbecame\n%s", before, after)
	}
}
