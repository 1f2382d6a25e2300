package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/instant"
)

// twoCouriers are two servers on one database.
func twoCouriers(t *testing.T, change ...func(store.Options) store.Options) []desk {
	t.Helper()
	d := newCourier(t, change...)
	o := options(d.url)
	for _, c := range change {
		o = c(o)
	}
	desks := []desk{d, openDesk(t, o)}
	for i := range desks {
		desks[i].lease(t)
	}
	return desks
}

// wantOneDid expects one of the same pushes to have done it, and all to be told the
// same.
func wantOneDid(t *testing.T, got []delivery.Decision) {
	t.Helper()
	first := 0
	for _, g := range got {
		if g.Reason != delivery.Accepted || g.Attempt.WaybillID == "" || answerOf(g) != answerOf(got[0]) {
			t.Errorf("one was told %+v, one %+v", answerOf(got[0]), answerOf(g))
		}
		if !g.Repeat {
			first++
		}
	}
	if first != 1 {
		t.Errorf("%d of %d say that they were the first", first, len(got))
	}
}

// However often the same push comes at once, over two servers, it places one
// attempt, and all are told of it: of the first, and of one that follows.
func TestDeliverSameAtOnce(t *testing.T) {
	t.Parallel()
	desks := twoCouriers(t)
	d := desks[0]
	for round := range 10 {
		id := fmt.Sprint("O", round)
		add := placing(3*round, delivery.Add, id, codesWanted)
		wantOneDid(t, deliverAtOnce(t, 64, desks, func(int) delivery.Request { return add }))
		d.does(t, asking(3*round+1, delivery.Cancel, id))
		readd := placing(3*round+2, delivery.Readd, id, codesWanted)
		wantOneDid(t, deliverAtOnce(t, 64, desks, func(int) delivery.Request { return readd }))
	}
	for what, want := range map[string]int{
		"delivery_order WHERE attempt = 2": 10, "delivery_attempt": 20, "delivery_details": 20, "delivery_step": 30,
		"(SELECT DISTINCT waybill_id FROM delivery_attempt) AS w": 20, "push WHERE NOT repeat": 30, "push": 10 * 129,
	} {
		if n := d.number(t, "SELECT count(*) FROM "+what); n != want {
			t.Errorf("%d rows in %s, want %d", n, what, want)
		}
	}
	d.wantCourses(t)
}

// Many pushes that each want to place, or cancel, or place again, the same order:
// one does, and the others are told that it was done.
func TestDeliverOneWins(t *testing.T) {
	t.Parallel()
	desks := twoCouriers(t)
	for round := range 10 {
		id := fmt.Sprint("O", round)
		for k, step := range []struct {
			ask  delivery.Kind
			late delivery.Reason
		}{{delivery.Add, delivery.OrderExists}, {delivery.Cancel, delivery.OrderEnded}, {delivery.Readd, delivery.OrderUnderWay}} {
			won := 0
			for _, g := range deliverAtOnce(t, 24, desks, func(i int) delivery.Request {
				n := 1000*round + 100*k + i
				if step.ask == delivery.Cancel {
					return asking(n, step.ask, id)
				}
				return placing(n, step.ask, id)
			}) {
				switch {
				case g.Reason == delivery.Accepted && !g.Repeat:
					won++
				case g.Reason != step.late || g.Repeat:
					t.Errorf("%s of %s: %s, repeat %t", step.ask, id, g.Reason, g.Repeat)
				}
			}
			if won != 1 {
				t.Errorf("%s of %s: %d won", step.ask, id, won)
			}
		}
	}
	desks[0].wantCourses(t)
}

// An order that waits is placed again, cancelled, or found a rider for, all at the
// same moment on two servers: one of them is first, everybody is told the truth, and
// the record agrees.
func TestDeliverAgainstReport(t *testing.T) {
	t.Parallel()
	desks := twoCouriers(t)
	d := desks[0]
	won := map[string]int{}
	for round, begun := 0, time.Now(); round < 100 || len(won) < 4; round++ {
		if time.Since(begun) > patience {
			t.Fatalf("is it a race? It was %v", won)
		}
		id := fmt.Sprint("O", round)
		a := d.does(t, placing(10*round, delivery.Add, id))
		second := asking(10*round+1, delivery.Cancel, id)
		if round%2 == 0 {
			second = placing(10*round+1, delivery.Readd, id)
			d.exec(t, `UPDATE delivery_attempt SET placed_at = placed_at - interval '2 hours', expires_at = expires_at - interval '2 hours' WHERE order_id = $1`, id)
		}
		var said delivery.StatusDecision
		var told delivery.Decision
		var both sync.WaitGroup
		gate := make(chan struct{})
		race := []func(){
			func() { said = desks[round/2%2].advance(t, came(id, delivery.Assigned, 0, about(a.WaybillID))) },
			func() { told = desks[(round/2+round/4)%2].deliver(t, second) },
		}
		for i := range race { // in either order
			both.Go(func() { <-gate; race[(i+round/8)%2]() })
		}
		close(gate)
		both.Wait()
		won[fmt.Sprint(second.Kind, " ", told.Reason, " and ", said.Verdict, ": ", d.course(t, id))]++
	}
	for what, n := range won {
		switch what {
		case "readd accepted and attempt_superseded: 1: 101 push, 2: 101 push",
			"readd order_under_way and recorded: 1: 101 push, 1: 102 0 hub",
			"cancel accepted and attempt_ended: 1: 101 push, 1: 103 push",
			"cancel accepted and recorded: 1: 101 push, 1: 102 0 hub, 1: 103 push":
		default:
			t.Errorf("%d times %s", n, what)
		}
	}
	d.wantCourses(t)
}

// A held order delays its own pushes only, and they wait without a connection. What
// changes nothing is answered meanwhile, with what is committed.
func TestDeliverLocked(t *testing.T) {
	t.Parallel()
	d := newCourier(t, oneSet)
	for i, id := range []string{"held", "a", "b", "c"} {
		d.does(t, placing(i, delivery.Add, id))
	}
	release := d.hold(t, `SELECT FROM delivery_order WHERE order_id = 'held' FOR UPDATE`)
	first := make(chan delivery.Decision, 1)
	d.crowd(t, 3, func(i int) {
		if g := d.deliver(t, asking(20+i, delivery.Cancel, string(rune('a'+i)))); g.Reason != delivery.Accepted {
			t.Errorf("%d: %s", i, g.Reason)
		}
	}, func() { first <- d.deliver(t, asking(10, delivery.Cancel, "held")) })
	if got := d.told(t, asking(30, delivery.Query, "held"), delivery.Accepted, false).Attempt.Status; got != delivery.Waiting {
		t.Errorf("it is at %d", got)
	}
	d.told(t, asking(31, delivery.Precancel, "held"), delivery.Accepted, false)
	d.told(t, placing(0, delivery.Add, "held"), delivery.Accepted, true)
	d.told(t, placing(32, delivery.Add, "held"), delivery.OrderExists, false)
	until(t, "the held order is tried again", func() bool { return d.Retries() > 0 })
	if len(first) > 0 {
		t.Error("the held order was decided")
	}
	if n := d.number(t, waitsForLock); n != 0 {
		t.Errorf("%d wait for a lock", n)
	}
	inTime(t, func(limit time.Duration) error {
		ctx, stop := context.WithTimeout(t.Context(), limit)
		defer stop()
		_, err := d.Instant.DecidePush(ctx, placing(33, delivery.Readd, "held"))
		if err == nil || errors.Is(err, ledger.ErrOutcomeUnknown) {
			t.Errorf("one that could not wait: %v", err)
		}
		if !strings.Contains(fmt.Sprint(err), "locked by another transaction") {
			return fmt.Errorf("it was not found held: %w", err)
		}
		return nil
	})
	release()
	if got := <-first; got.Reason != delivery.Accepted || got.Repeat {
		t.Errorf("once it was free: %s", got.Reason)
	}
}

// An order that comes to be between the lock and the reading is not changed by who has
// no lock on it: it is left for the next try.
func TestDeliverComesInBetween(t *testing.T) {
	t.Parallel()
	d := newCourier(t)
	d.does(t, placing(1, delivery.Add, "O"))
	tx, err := d.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	run := func(sql string) {
		t.Helper()
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	run(`LOCK TABLE delivery_attempt`) // who reads attempts waits
	set := []delivery.Request{asking(2, delivery.Cancel, "O2"), asking(3, delivery.Query, "O2"), placing(4, delivery.Add, "O2"), asking(5, delivery.Cancel, "O")}
	told := make(chan []*delivery.Decision, 1)
	go func() {
		got, err := d.Instant.RunPushes(context.Background(), set)
		if err != nil {
			t.Error(err)
		}
		told <- got
	}()
	d.waitFor(t, waitsForLock)
	run(`INSERT INTO delivery_order SELECT shop_id, 'O2', shop_no, 1 FROM delivery_order`)
	run(`INSERT INTO delivery_attempt SELECT 'S', 'O2', 1, 'Y', push, '', placed_at, expires_at, false, 101, status_at, '', 1, 0, 0, 0, 0, 0, 0, 0 FROM delivery_attempt`)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := <-told
	if got[0] != nil {
		t.Errorf("it was decided without the lock: %s", got[0].Reason)
	}
	for i, want := range []delivery.Reason{delivery.Accepted, delivery.OrderExists, delivery.Accepted} {
		if g := got[i+1]; g == nil || g.Reason != want {
			t.Errorf("%s of %s is not told %s", set[i+1].Kind, set[i+1].OrderID, want)
		}
	}
	d.does(t, set[0])
}

// An order that somebody else is placing, and takes long to commit, delays pushes
// about itself: those of other shops go on.
func TestDeliverNewLocked(t *testing.T) {
	t.Parallel()
	d := newCourier(t, oneSet, lockTimeout(time.Second))
	d.shops(t, instant.ShopRow{ID: "T", Secret: courierSecret})
	d.lease(t)
	release := d.hold(t, `INSERT INTO delivery_order VALUES ('T', 'held', '', 1)`)
	in := func(f *delivery.OrderFields) { f.ShopID = "T" }
	first := make(chan delivery.Decision, 1)
	go func() { first <- d.deliver(t, placing(1, delivery.Add, "held", in)) }()
	until(t, "it is kept apart", func() bool { return d.Isolated() > 0 })
	for i := range 20 {
		d.does(t, placing(10+i, delivery.Add, fmt.Sprint("O", i)))
	}
	if len(first) != 0 {
		t.Error("the held order was decided")
	}
	release()
	if got := <-first; got.Reason != delivery.Accepted || got.Repeat || d.Isolated() != 0 {
		t.Errorf("once it was free: %s, kept apart: %d", got.Reason, d.Isolated())
	}
}

// What spoils a batch for everybody costs its cause alone, and no error tells whom it
// was for.
func TestDeliverBadNeighbour(t *testing.T) {
	t.Parallel()
	d := newCourier(t, oneSet)
	d.lease(t)
	d.exec(t, `ALTER TABLE delivery_details ADD CONSTRAINT no_poison CHECK (details->>'note' IS DISTINCT FROM 'poison')`)
	bad := make(chan bool)
	poison := func() {
		defer close(bad)
		got, err := d.Instant.DecidePush(t.Context(), placing(500, delivery.Add, "poison", func(f *delivery.OrderFields) { f.Info.Note = "poison" }))
		if err == nil {
			t.Errorf("poison: %s", got.Reason)
		} else if strings.Contains(err.Error(), "13712345678") || strings.Contains(err.Error(), "刘一") {
			t.Errorf("the error tells whom it was for: %v", err)
		}
	}
	d.crowd(t, 30, func(i int) {
		if g := d.deliver(t, placing(i, delivery.Add, fmt.Sprint("O", i))); g.Reason != delivery.Accepted || g.Repeat {
			t.Errorf("a neighbour: %s", g.Reason)
		}
	}, poison)
	<-bad
	if n := d.number(t, `SELECT count(*) FROM delivery_order`); n != 30 {
		t.Errorf("%d orders", n)
	}
}

// Pushes that come together share transactions.
func TestDeliverShare(t *testing.T) {
	t.Parallel()
	d := newCourier(t, oneSet, func(o store.Options) store.Options {
		o.Lease = 1000
		return o
	})
	d.lease(t)
	d.crowd(t, 200, func(i int) { d.deliver(t, placing(i, delivery.Add, fmt.Sprint("O", i))) })
	if n := d.number(t, `SELECT count(DISTINCT xmin::text) FROM delivery_order`); n > 2 {
		t.Errorf("200 orders took %d transactions", n)
	}
}

// Two batches that name the same orders, new ones and old ones, in opposite order write
// them in the same one. Writing takes its time, so that they do meet.
func TestDeliverLockOrder(t *testing.T) {
	t.Parallel()
	desks := twoCouriers(t, func(o store.Options) store.Options {
		o.Lease = 100_000
		return o
	})
	d := desks[0]
	d.exec(t, `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.001); RETURN NEW; END $$`)
	d.exec(t, `CREATE TRIGGER slow BEFORE INSERT ON delivery_order FOR EACH ROW EXECUTE FUNCTION slow()`)
	const rounds, orders = 12, 40
	for round := range rounds {
		var up []delivery.Request
		for k := range orders {
			id := fmt.Sprintf("O%d-%d", round/2, k) // new in one round, there in the next
			n := 1000*round + k
			switch {
			case round%2 == 0:
				up = append(up, placing(n, delivery.Add, id))
			case k%2 == 0:
				up = append(up, asking(n, delivery.Cancel, id))
			default:
				up = append(up, asking(n, delivery.Tip, id, tips("2")))
			}
		}
		down := slices.Clone(up)
		slices.Reverse(down)
		var both sync.WaitGroup
		for i, set := range [][]delivery.Request{up, down} {
			both.Go(func() {
				if _, err := desks[i].Instant.RunPushes(t.Context(), set); err != nil && !strings.Contains(err.Error(), "23505") {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		both.Wait()
	}
	if dead := d.number(t, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); dead != 0 {
		t.Errorf("%d deadlocks", dead)
	}
	if n := d.number(t, `SELECT count(*) FROM delivery_attempt WHERE cancel_push IS NOT NULL OR tip_push IS NOT NULL`); n < rounds*orders/4 {
		t.Errorf("only %d orders were changed: was anything tested?", n)
	}
}

// courierAnything places an order of a moment, unless somebody has, and then does to
// it what merchants or the carrier's own systems do.
func (d desk) courierAnything(t *testing.T, moment int) {
	id := fmt.Sprint("D", moment, "-", rand.N(4))
	any := func() int { return rand.N(1 << 20) }
	d.deliver(t, placing(any(), delivery.Add, id))
	switch rand.N(6) {
	case 0, 1:
		d.deliver(t, asking(any(), delivery.Cancel, id))
		d.deliver(t, placing(any(), delivery.Readd, id))
	case 2:
		d.deliver(t, asking(any(), delivery.Tip, id, tips(fmt.Sprint(rand.N(100)))))
	case 3:
		d.deliver(t, asking(any(), delivery.ConfirmReturn, id))
	default:
		for _, status := range []delivery.Status{delivery.Assigned, delivery.PickedUp, delivery.ReturningRefused} {
			a := d.deliver(t, asking(any(), delivery.Query, id)).Attempt
			d.advance(t, came(id, status, rand.N(1000), about(a.WaybillID)))
		}
	}
}
