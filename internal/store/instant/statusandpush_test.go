package instant_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
)

// A report and a cancel of the same order come at the same moment to two servers: one of
// them is first, and both answers agree with the stored steps.
func TestStatusAgainstCancel(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	stores := []testStore{d, openStore(t, d.Database)}
	const rounds = 200
	won := map[string]int{}
	for round := range rounds {
		id := fmt.Sprintf("D%03d", round)
		instanttest.InsertOrders(t, d.Database, delivery.Assigned, id)
		var report delivery.StatusDecision
		var cancel delivery.Decision
		storetest.Race(0,
			func() { report = stores[round%2].MustReport(t, instanttest.Report(id, delivery.PickedUp, 1)) },
			func() {
				cancel = stores[(round+round/2)%2].MustDecide(t, instanttest.FollowUp(round, delivery.Cancel, id))
			},
		)
		what := fmt.Sprint(report.Verdict, " and ", cancel.Reason, ": ", instanttest.Steps(t, d.Database, id))
		switch what {
		case "recorded and too_late_to_cancel: 1: 101 push, 1: 102 0 hub, 1: 202 1 hub",
			"attempt_ended and accepted: 1: 101 push, 1: 102 0 hub, 1: 103 push":
		default:
			t.Fatalf("%s: %s", id, what)
		}
		won[what]++
	}
	for what, n := range won {
		if n < rounds/20 {
			t.Errorf("%d times %s: is it a race?", n, what)
		}
	}
	if len(won) != 2 {
		t.Errorf("it always was %v", won)
	}
	instanttest.CheckSteps(t, d.Database)
}

// Reports and pushes of every kind about few orders, all at once and over two servers:
// each attempt's steps follow each other, it has the status of the last, every report
// that was answered as recorded is, and there is no deadlock.
func TestStatusBesidePushes(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	stores := []testStore{d, openStore(t, d.Database)}
	const orders, each = 8, 150
	id := func() string { return fmt.Sprint("D", rand.N(orders)) }
	for i := range orders {
		d.MustAccept(t, instanttest.Order(i, delivery.Add, fmt.Sprint("D", i)))
	}
	var all sync.WaitGroup
	recorded := make([]int, 4)
	moved := make([]int, 4)
	for w := range recorded {
		all.Go(func() {
			for i := range each {
				order, status := id(), delivery.Statuses()[rand.N(len(delivery.Statuses()))]
				r := instanttest.Report(order, status, 1000*(w+1)+i, instanttest.Of(d.lastWaybill(t, order)))
				if got := stores[w%2].MustReport(t, r); got.Verdict == delivery.Recorded {
					recorded[w]++
				}
			}
		})
		all.Go(func() {
			for i := range each {
				order, n := id(), 10_000*(w+1)+i
				r := instanttest.FollowUp(n, []delivery.Kind{delivery.Cancel, delivery.ConfirmReturn, delivery.Tip}[rand.N(3)], order, instanttest.Tips(fmt.Sprint(i%9+1)))
				if rand.N(2) == 0 {
					r = instanttest.Order(n, delivery.Readd, order)
				}
				if got := stores[w%2].MustDecide(t, r); got.Reason == delivery.Accepted && r.Kind != delivery.Tip {
					moved[w]++
				}
			}
		})
	}
	all.Wait()
	reports, pushes := 0, orders
	for w := range recorded {
		reports, pushes = reports+recorded[w], pushes+moved[w]
	}
	if n := d.Int(t, `SELECT count(*) FROM delivery_step WHERE recorded_by = 'hub'`); n != reports || n < 20 {
		t.Errorf("%d reports were answered as recorded, %d are", reports, n)
	}
	if n := d.Int(t, `SELECT count(*) FROM delivery_step WHERE recorded_by = 'push'`); n != pushes || n < orders+20 {
		t.Errorf("%d pushes have moved an order, %d steps are recorded", pushes, n)
	}
	d.WantInt(t, 0, storetest.Deadlocks)
	if n := d.Int(t, `SELECT count(*) FROM (SELECT FROM delivery_attempt JOIN delivery_order USING (shop_id, order_id)
		WHERE delivery_attempt.attempt < delivery_order.attempt AND status NOT IN (103, 203, 204, 205, 401, 501, 502)) AS under_way`); n != 0 {
		t.Errorf("%d attempts are under way beside a later one", n)
	}
	instanttest.CheckSteps(t, d.Database)
}

// lastWaybill is that of an order's last attempt.
func (d testStore) lastWaybill(t *testing.T, order string) string {
	return d.Texts(t, `SELECT a.waybill_id FROM delivery_attempt a JOIN delivery_order o USING (shop_id, order_id, attempt) WHERE o.order_id = $1`, order)[0]
}
