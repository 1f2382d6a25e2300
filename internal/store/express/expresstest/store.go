package expresstest

import (
	"context"
	"fmt"
	"testing"

	"carrierhook/internal/store/express"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// Store is what is tested, with a test's own way into its database. Its methods fail the
// test where an answer is an error, or not the one that is expected.
type Store struct {
	*express.Store
	storetest.Database
}

// AddWaybills puts booked waybills of merchant B there: order O-W1 for waybill W1.
func (d Store) AddWaybills(tb testing.TB, ids ...string) {
	tb.Helper()
	for _, id := range ids {
		d.Exec(tb, `INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES ('B', $1, $2)`, id, "O-"+id)
	}
}

// MustCancel expects an answer.
func (d Store) MustCancel(tb testing.TB, r waybill.CancelRequest) waybill.CancelDecision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
	defer stop()
	got, err := d.Cancel(ctx, r)
	if err != nil {
		tb.Errorf("cancel %s: %v", r.WaybillID, err)
	}
	return got
}

// WantCancel expects a decision on a cancel.
func (d Store) WantCancel(tb testing.TB, r waybill.CancelRequest, reason waybill.Reason, repeat bool) {
	tb.Helper()
	if got, want := d.MustCancel(tb, r), (waybill.CancelDecision{Reason: reason, Repeat: repeat}); got != want {
		tb.Errorf("waybill %s: got %+v, want %+v", r.WaybillID, got, want)
	}
}

// WaybillStatus is that of a waybill.
func (d Store) WaybillStatus(tb testing.TB, id string) string {
	tb.Helper()
	var s string
	storetest.Must(tb, d.DB.QueryRow(context.Background(), `SELECT status::text FROM waybill WHERE waybill_id = $1`, id).Scan(&s))
	return s
}

// LedgerRows are the ledger's rows in words, oldest first.
func (d Store) LedgerRows(tb testing.TB) []string {
	tb.Helper()
	rows, err := d.DB.Query(context.Background(), `SELECT biz_id, waybill_id, order_id, event, format, mode,
		coalesce(result_code::text, 'null'), reason, repeat FROM push ORDER BY at, id`)
	storetest.Must(tb, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s [8]string
		var repeat bool
		storetest.Must(tb, rows.Scan(&s[0], &s[1], &s[2], &s[3], &s[4], &s[5], &s[6], &s[7], &repeat))
		all = append(all, fmt.Sprintf("%s/%s/%s %s %s %s -> %s %s repeat=%t", s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], repeat))
	}
	storetest.Must(tb, rows.Err())
	return all
}
