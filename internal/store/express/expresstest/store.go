package expresstest

import (
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
	return storetest.Answer(tb, "cancel "+r.WaybillID, d.Cancel, r)
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
	return d.Text(tb, `SELECT status::text FROM waybill WHERE waybill_id = $1`, id)
}

// LedgerRows are the ledger's rows in words, oldest first.
func (d Store) LedgerRows(tb testing.TB) []string {
	tb.Helper()
	return d.Texts(tb, `SELECT concat_ws('/', biz_id, waybill_id, order_id) || concat_ws(' ', '', event, format, mode, '->', coalesce(result_code::text, 'null'),
		reason, 'repeat=' || repeat::text) FROM push ORDER BY at, id`)
}
