package instant_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
)

// A report that comes while old messages are being found keeps its own.
func TestEraseMessagesBesideReport(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.Assigned, "D")
	d.Exec(t, `UPDATE delivery_step SET message = 'old', recorded_at = now() - interval '100 hours' WHERE serial = 2`)
	d.Exec(t, `UPDATE delivery_attempt SET message = 'old'`)
	// Finding them takes until the report is there, as it may in a large table.
	release := d.Lock(t, `SELECT pg_advisory_xact_lock(7)`)
	sql := strings.NewReplacer("$1", "now() - interval '1 hour'", "$2", "1000").Replace(instant.EraseMessagesSQL)
	slow := strings.Replace(sql, "FROM delivery_step s\n", "FROM (SELECT pg_advisory_xact_lock(7)) AS busy CROSS JOIN delivery_step s\n", 1)
	if slow == sql {
		t.Fatal(sql)
	}
	done := make(chan error, 1)
	go func() {
		_, err := d.DB.Exec(context.Background(), slow)
		done <- err
	}()
	d.WaitFor(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`)
	d.WantVerdict(t, instanttest.Report("D", delivery.AtShop, 5, func(r *delivery.StatusReport) { r.Message = "new" }), delivery.Recorded, delivery.AtShop)
	release()
	storetest.Must(t, <-done)
	got := d.Texts(t, `SELECT concat_ws('-', serial, message) FROM delivery_step UNION ALL SELECT message FROM delivery_attempt ORDER BY 1`)
	if !slices.Equal(got, []string{"1-", "2-", "3-new", "new"}) {
		t.Errorf("the messages are %q", got)
	}
}

// Old details and messages are found by their indexes, however many are kept.
func TestEraseByIndex(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOldOrders(t, d.Database, 20_000, "1 hour")
	instanttest.InsertOldOrders(t, d.Database, 100, "100 hours")
	d.Exec(t, `ANALYZE delivery_order, delivery_attempt, delivery_step, delivery_details`)
	d.WantErasedBy(t, instant.EraseDetailsSQL, "delivery_details_by_age", "Index Cond: (expires_at <")
	d.WantErasedBy(t, instant.EraseMessagesSQL, "delivery_step_by_age", "Index Cond: (recorded_at <")
}
