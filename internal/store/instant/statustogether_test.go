package instant_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
)

// The same report many times at once, over two servers, is recorded once, and one caller
// gets "recorded".
func TestStatusSameAtOnce(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	stores := []testStore{d, openStore(t, d.Database)}
	for round := range 20 {
		id := fmt.Sprint("D", round)
		instanttest.InsertOrders(t, d.Database, delivery.Waiting, id)
		first := 0
		for _, g := range storetest.AtOnce(32, func(i int) delivery.StatusDecision {
			return stores[i%len(stores)].MustReport(t, instanttest.Report(id, delivery.Assigned, 0))
		}) {
			switch g.Verdict {
			case delivery.Recorded:
				first++
			case delivery.Repeated:
			default:
				t.Errorf("%s: %s", id, g.Verdict)
			}
		}
		if n := d.Int(t, `SELECT count(*) FROM delivery_step WHERE order_id = $1`, id); first != 1 || n != 2 {
			t.Errorf("%s: %d were the first, and %d steps are recorded", id, first, n-1)
		}
	}
	instanttest.CheckSteps(t, d.Database)
}

// Of reports that exclude each other, at once and over two servers, one is recorded, and
// the others find the attempt ended.
func TestStatusOneEnd(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	stores := []testStore{d, openStore(t, d.Database)}
	ends := []delivery.Status{delivery.Delivered, delivery.CarrierFault, delivery.ForceMajeure}
	for round := range 20 {
		id := fmt.Sprint("D", round)
		instanttest.InsertOrders(t, d.Database, delivery.Delivering, id)
		won := 0
		for i, g := range storetest.AtOnce(12, func(i int) delivery.StatusDecision {
			return stores[i%len(stores)].MustReport(t, instanttest.Report(id, ends[i%3], i))
		}) {
			switch {
			case g.Verdict == delivery.Recorded && g.Attempt.Status == ends[i%3]:
				won++
			case g.Verdict != delivery.AttemptEnded:
				t.Errorf("%s: %s", id, g.Verdict)
			}
		}
		if won != 1 {
			t.Errorf("%s has ended %d times", id, won)
		}
	}
	instanttest.CheckSteps(t, d.Database)
}

// Of many reports of one attempt that all may follow each other, at once and over two
// servers, none is lost, and their steps are numbered without a gap.
func TestStatusNoneLost(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	stores := []testStore{d, openStore(t, d.Database)}
	instanttest.InsertOrders(t, d.Database, delivery.Assigned, "D")
	const n = 120
	for i, g := range storetest.AtOnce(n, func(i int) delivery.StatusDecision {
		return stores[i%len(stores)].MustReport(t, instanttest.Report("D", delivery.Assigned, 1, func(r *delivery.StatusReport) { r.Message = fmt.Sprint("rider ", i) }))
	}) {
		if g.Verdict != delivery.Recorded {
			t.Errorf("%d: %s", i, g.Verdict)
		}
	}
	d.WantInt(t, n, `SELECT count(DISTINCT message) FROM delivery_step WHERE recorded_by = 'hub' AND at > $1`, instanttest.Start)
	instanttest.CheckSteps(t, d.Database)
}

// The reports of a batch are decided one after the other: an order that occurs several
// times is seen as the reports before have left it. Each report has its step.
func TestStatusBatch(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "A", "locked")
	instanttest.InsertOrders(t, d.Database, delivery.CancelledEarly, "B")
	instanttest.InsertAttempt(t, d.Database, "B", 2, "Y2", delivery.Waiting)
	defer d.Lock(t, `SELECT FROM delivery_order WHERE order_id = 'locked' FOR UPDATE`)()
	set := []delivery.StatusReport{
		instanttest.Report("A", delivery.PickedUp, 1), instanttest.Report("A", delivery.Assigned, 1), instanttest.Report("B", delivery.Assigned, 1, instanttest.Of("Y2")), instanttest.Report("none", delivery.Assigned, 1),
		instanttest.Report("A", delivery.PickedUp, 2), instanttest.Report("locked", delivery.Assigned, 1), instanttest.Report("A", delivery.Assigned, 1), instanttest.Report("A", delivery.Delivered, 3),
		instanttest.Report("A", delivery.Delivering, 4), instanttest.Report("B", delivery.Assigned, 1), instanttest.Report("B", delivery.AtShop, 2, instanttest.Of("Y2")), instanttest.Report("A", delivery.PickedUp, 2),
	}
	want := []delivery.Verdict{
		delivery.NotAllowed, delivery.Recorded, delivery.Recorded, delivery.NoOrder,
		delivery.Recorded, "", delivery.Repeated, delivery.Recorded,
		delivery.AttemptEnded, delivery.AttemptSuperseded, delivery.Recorded, delivery.Repeated,
	}
	got, err := d.RunStatusReports(t.Context(), set)
	storetest.Must(t, err)
	for i, g := range got {
		if (g == nil) != (want[i] == "") || g != nil && g.Verdict != want[i] {
			t.Errorf("report %d: got %v, want %q", i, g, want[i])
		}
	}
	for id, want := range map[string]string{
		"A": "1: 101 push, 1: 102 1 hub, 1: 202 2 hub, 1: 302 3 hub", "locked": "1: 101 push",
		"B": "1: 101 push, 1: 103 0 hub, 2: 101 push, 2: 102 1 hub, 2: 201 2 hub",
	} {
		if got := instanttest.Steps(t, d.Database, id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	instanttest.CheckSteps(t, d.Database)
	// A batch that writes nothing leaves the connection usable.
	if got, err := d.RunStatusReports(t.Context(), set[3:4]); err != nil || got[0].Verdict != delivery.NoOrder {
		t.Errorf("%v, %v", got, err)
	}
}

// reportCrowd makes reports about orders in one batch, and expects each to be recorded.
func (d testStore) reportCrowd(t *testing.T, orders []string, with ...func()) {
	t.Helper()
	d.batches.Crowd(t, len(orders), func(i int) {
		if g := d.MustReport(t, instanttest.Report(orders[i], delivery.Assigned, 0)); g.Verdict != delivery.Recorded {
			t.Errorf("%s: %s", orders[i], g.Verdict)
		}
	}, with...)
}

// Reports that come together share transactions.
func TestStatusShare(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneWorker)
	var orders []string
	for i := range 200 {
		orders = append(orders, fmt.Sprintf("D%03d", i))
	}
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, orders...)
	d.reportCrowd(t, orders)
	if n := d.Int(t, `SELECT count(DISTINCT xmin::text) FROM delivery_step WHERE recorded_by = 'hub'`); n > 2 {
		t.Errorf("200 reports took %d transactions", n)
	}
}

// An order that another transaction has locked delays its own report only, which waits
// without a connection.
func TestStatusLocked(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneWorker)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "locked", "a", "b", "c")
	release := d.Lock(t, `SELECT FROM delivery_order WHERE order_id = 'locked' FOR UPDATE`)
	first := make(chan delivery.StatusDecision, 1)
	d.reportCrowd(t, []string{"a", "b", "c"}, func() { first <- d.MustReport(t, instanttest.Report("locked", delivery.Assigned, 0)) })
	storetest.Until(t, "the locked order is tried again", func() bool { return d.retries() > 1 })
	if n := d.Int(t, `SELECT count(*) FROM delivery_step WHERE order_id = 'locked'`); n > 1 || len(first) > 0 {
		t.Errorf("the locked order was decided: %d steps", n)
	}
	if n := d.Int(t, storetest.LockWaits); n != 0 {
		t.Errorf("%d wait for a lock", n)
	}
	release()
	if got := <-first; got.Verdict != delivery.Recorded {
		t.Errorf("once it was free: %s", got.Verdict)
	}
}

// A report that makes its whole batch fail fails alone, and its error does not show its
// message.
func TestStatusBadNeighbour(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneWorker)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "a", "b", "c", "poison", "e")
	d.Exec(t, `ALTER TABLE delivery_step ADD CONSTRAINT no_poison CHECK (order_id <> 'poison' OR status = 101)`)
	bad := make(chan bool)
	d.reportCrowd(t, []string{"a", "b", "c", "e"}, func() {
		defer close(bad)
		if got, err := d.ReportStatus(t.Context(), instanttest.Report("poison", delivery.Assigned, 0)); err == nil || strings.Contains(err.Error(), "13800000000") {
			t.Errorf("poison: %s, %v", got.Verdict, err)
		}
	})
	<-bad
	if got := instanttest.Steps(t, d.Database, "poison"); got != "1: 101 push" {
		t.Errorf("the poisoned order: %s", got)
	}
	instanttest.CheckSteps(t, d.Database)
}

// A report that runs out of time was not recorded, and does not end the others of its
// batch.
func TestStatusHangUp(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneWorker)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "a", "b", "locked")
	defer d.Lock(t, `SELECT FROM delivery_order WHERE order_id = 'locked' FOR UPDATE`)()
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	late := make(chan error, 1)
	d.reportCrowd(t, []string{"a", "b"}, func() {
		_, err := d.ReportStatus(ctx, instanttest.Report("locked", delivery.Assigned, 0))
		late <- err
	})
	if err := <-late; err == nil || errors.Is(err, ledger.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
}

// A report in doubt that finds itself recorded knows by the time whether it was recorded
// by itself. A report of the same batch whose commit fails is not recorded.
func TestStatusDoubt(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "mine", "theirs", "neighbour")
	at := time.Now().Truncate(time.Microsecond)
	for id, want := range map[string]delivery.Verdict{"mine": delivery.Recorded, "theirs": delivery.Repeated} {
		r := instanttest.Report(id, delivery.Assigned, 0)
		d.MustReport(t, r)
		if id == "mine" {
			d.Exec(t, `UPDATE delivery_step SET recorded_at = $1 WHERE order_id = 'mine'`, at)
		}
		if v, decided, err := d.DoubtfulStatus(r, at).Run(t.Context()); v != want || !decided || err != nil {
			t.Errorf("%s: %s, decided %t, %v", id, v, decided, err)
		}
	}
	r := instanttest.Report("neighbour", delivery.Assigned, 0)
	d.Exec(t, `ALTER TABLE delivery_step ADD CONSTRAINT no_neighbour CHECK (order_id <> 'neighbour' OR status = 101)`)
	doubt := d.DoubtfulStatus(r, at)
	if _, decided, err := doubt.Run(t.Context(), r); decided || err == nil {
		t.Errorf("a batch that cannot be kept: decided %t, %v", decided, err)
	}
	release := d.Lock(t, `SELECT FROM delivery_order WHERE order_id = 'neighbour' FOR UPDATE`)
	if _, decided, err := doubt.Run(t.Context()); decided || err != nil {
		t.Errorf("somebody else has the order: decided %t, %v", decided, err)
	}
	release()
	d.Exec(t, `ALTER TABLE delivery_step DROP CONSTRAINT no_neighbour`)
	if v, decided, err := doubt.Run(t.Context(), r); v != delivery.Repeated || !decided || err != nil {
		t.Errorf("with the neighbour's commit: %s, decided %t, %v", v, decided, err)
	}
	instanttest.CheckSteps(t, d.Database)
}
