package instant_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
)

// twoStores are two servers on one database.
func twoStores(t *testing.T, change ...func(*settings)) []testStore {
	t.Helper()
	d := newStore(t, change...)
	stores := []testStore{d, openStore(t, d.Database, change...)}
	for _, s := range stores {
		s.lease(t)
	}
	return stores
}

// wantOneDid expects one of several equal pushes to be the first, and all to get the same
// answer.
func wantOneDid(t *testing.T, got []delivery.Decision) {
	t.Helper()
	first := 0
	for _, g := range got {
		if g.Reason != delivery.Accepted || g.Attempt.WaybillID == "" || instanttest.AnswerOf(g) != instanttest.AnswerOf(got[0]) {
			t.Errorf("one got %+v, one %+v", instanttest.AnswerOf(got[0]), instanttest.AnswerOf(g))
		}
		if !g.Repeat {
			first++
		}
	}
	if first != 1 {
		t.Errorf("%d of %d say that they were the first", first, len(got))
	}
}

// The same push many times at once, over two servers, places one attempt, and all get
// its answer: for an order and for a re-order.
func TestPushSameAtOnce(t *testing.T) {
	t.Parallel()
	stores := twoStores(t)
	d := stores[0]
	for round := range 10 {
		id := fmt.Sprint("O", round)
		add := instanttest.Order(3*round, delivery.Add, id, instanttest.WithCodes)
		wantOneDid(t, storetest.AtOnce(64, func(i int) delivery.Decision { return stores[i%len(stores)].MustDecide(t, add) }))
		d.MustAccept(t, instanttest.FollowUp(3*round+1, delivery.Cancel, id))
		readd := instanttest.Order(3*round+2, delivery.Readd, id, instanttest.WithCodes)
		wantOneDid(t, storetest.AtOnce(64, func(i int) delivery.Decision { return stores[i%len(stores)].MustDecide(t, readd) }))
	}
	for what, want := range map[string]int{
		"delivery_order WHERE attempt = 2": 10, "delivery_attempt": 20, "delivery_details": 20, "delivery_step": 30,
		"(SELECT DISTINCT waybill_id FROM delivery_attempt) AS w": 20, "push WHERE NOT repeat": 30, "push": 10 * 129,
	} {
		if n := d.Int(t, "SELECT count(*) FROM "+what); n != want {
			t.Errorf("%d rows in %s, want %d", n, what, want)
		}
	}
	instanttest.CheckSteps(t, d.Database)
}

// Of many pushes that place, cancel or place again the same order one is accepted, and
// the others are refused because of it.
func TestPushOneWins(t *testing.T) {
	t.Parallel()
	stores := twoStores(t)
	for round := range 10 {
		id := fmt.Sprint("O", round)
		for k, step := range []struct {
			kind delivery.Kind
			late delivery.Reason
		}{{delivery.Add, delivery.OrderExists}, {delivery.Cancel, delivery.OrderEnded}, {delivery.Readd, delivery.OrderUnderWay}} {
			won := 0
			for _, g := range storetest.AtOnce(24, func(i int) delivery.Decision {
				n := 1000*round + 100*k + i
				r := instanttest.Order(n, step.kind, id)
				if step.kind == delivery.Cancel {
					r = instanttest.FollowUp(n, step.kind, id)
				}
				return stores[i%len(stores)].MustDecide(t, r)
			}) {
				switch {
				case g.Reason == delivery.Accepted && !g.Repeat:
					won++
				case g.Reason != step.late || g.Repeat:
					t.Errorf("%s of %s: %s, repeat %t", step.kind, id, g.Reason, g.Repeat)
				}
			}
			if won != 1 {
				t.Errorf("%s of %s: %d won", step.kind, id, won)
			}
		}
	}
	instanttest.CheckSteps(t, stores[0].Database)
}

// A re-order or a cancel, and a report that a rider was found, come at the same moment
// to two servers: one of them is first, and both answers agree with the stored steps.
func TestPushAgainstReport(t *testing.T) {
	t.Parallel()
	stores := twoStores(t)
	d := stores[0]
	won := map[string]int{}
	for round, begun := 0, time.Now(); round < 100 || len(won) < 4; round++ {
		if time.Since(begun) > storetest.Patience {
			t.Fatalf("is it a race? It was %v", won)
		}
		id := fmt.Sprint("O", round)
		a := d.MustAccept(t, instanttest.Order(10*round, delivery.Add, id))
		second := instanttest.FollowUp(10*round+1, delivery.Cancel, id)
		if round%2 == 0 {
			second = instanttest.Order(10*round+1, delivery.Readd, id)
			d.Exec(t, `UPDATE delivery_attempt SET placed_at = placed_at - interval '2 hours', expires_at = expires_at - interval '2 hours' WHERE order_id = $1`, id)
		}
		var reported delivery.StatusDecision
		var decided delivery.Decision
		storetest.Race(round/8,
			func() {
				reported = stores[round/2%2].MustReport(t, instanttest.Report(id, delivery.Assigned, 0, instanttest.Of(a.WaybillID)))
			},
			func() { decided = stores[(round/2+round/4)%2].MustDecide(t, second) },
		)
		won[fmt.Sprint(second.Kind, " ", decided.Reason, " and ", reported.Verdict, ": ", instanttest.Steps(t, d.Database, id))]++
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
	instanttest.CheckSteps(t, d.Database)
}

// A locked order delays its own pushes only, and they wait without a connection. What
// changes nothing is answered meanwhile, with what is committed.
func TestPushLocked(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneWorker)
	for i, id := range []string{"locked", "a", "b", "c"} {
		d.MustAccept(t, instanttest.Order(i, delivery.Add, id))
	}
	release := d.Lock(t, `SELECT FROM delivery_order WHERE order_id = 'locked' FOR UPDATE`)
	first := make(chan delivery.Decision, 1)
	d.batches.Crowd(t, 3, func(i int) {
		if g := d.MustDecide(t, instanttest.FollowUp(20+i, delivery.Cancel, string(rune('a'+i)))); g.Reason != delivery.Accepted {
			t.Errorf("%d: %s", i, g.Reason)
		}
	}, func() { first <- d.MustDecide(t, instanttest.FollowUp(10, delivery.Cancel, "locked")) })
	if got := d.WantReason(t, instanttest.FollowUp(30, delivery.Query, "locked"), delivery.Accepted, false).Attempt.Status; got != delivery.Waiting {
		t.Errorf("it is at %d", got)
	}
	d.WantReason(t, instanttest.FollowUp(31, delivery.Precancel, "locked"), delivery.Accepted, false)
	d.WantReason(t, instanttest.Order(0, delivery.Add, "locked"), delivery.Accepted, true)
	d.WantReason(t, instanttest.Order(32, delivery.Add, "locked"), delivery.OrderExists, false)
	storetest.Until(t, "the locked order is tried again", func() bool { return d.retries() > 0 })
	if len(first) > 0 {
		t.Error("the locked order was decided")
	}
	if n := d.Int(t, storetest.LockWaits); n != 0 {
		t.Errorf("%d wait for a lock", n)
	}
	storetest.WithinLimit(t, func(limit time.Duration) error {
		ctx, stop := context.WithTimeout(t.Context(), limit)
		defer stop()
		_, err := d.DecidePush(ctx, instanttest.Order(33, delivery.Readd, "locked"))
		if err == nil || errors.Is(err, ledger.ErrOutcomeUnknown) {
			t.Errorf("one that could not wait: %v", err)
		}
		if !strings.Contains(fmt.Sprint(err), "locked by another transaction") {
			return fmt.Errorf("it was not found locked: %w", err)
		}
		return nil
	})
	release()
	if got := <-first; got.Reason != delivery.Accepted || got.Repeat {
		t.Errorf("once it was free: %s", got.Reason)
	}
}

// A push does not change an order that was placed between its locking and its reading:
// it has no lock on it, and is tried again.
func TestPushComesInBetween(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.MustAccept(t, instanttest.Order(1, delivery.Add, "O"))
	tx, err := d.DB.Begin(t.Context())
	storetest.Must(t, err)
	defer tx.Rollback(context.Background())
	run := func(sql string) {
		t.Helper()
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	run(`LOCK TABLE delivery_attempt`) // reading attempts waits
	set := []delivery.Request{instanttest.FollowUp(2, delivery.Cancel, "O2"), instanttest.FollowUp(3, delivery.Query, "O2"), instanttest.Order(4, delivery.Add, "O2"), instanttest.FollowUp(5, delivery.Cancel, "O")}
	decisions := make(chan []*delivery.Decision, 1)
	go func() {
		got, err := d.RunPushes(context.Background(), set)
		if err != nil {
			t.Error(err)
		}
		decisions <- got
	}()
	d.WaitFor(t, storetest.LockWaits)
	run(`INSERT INTO delivery_order SELECT shop_id, 'O2', shop_no, 1 FROM delivery_order`)
	run(`INSERT INTO delivery_attempt SELECT 'S', 'O2', 1, 'Y', push, '', placed_at, expires_at, false, 101, status_at, '', 1, 0, 0, 0, 0, 0, 0, 0 FROM delivery_attempt`)
	storetest.Must(t, tx.Commit(t.Context()))
	got := <-decisions
	if got[0] != nil {
		t.Errorf("it was decided without the lock: %s", got[0].Reason)
	}
	for i, want := range []delivery.Reason{delivery.Accepted, delivery.OrderExists, delivery.Accepted} {
		if g := got[i+1]; g == nil || g.Reason != want {
			t.Errorf("%s of %s has not the reason %s", set[i+1].Kind, set[i+1].OrderID, want)
		}
	}
	d.MustAccept(t, set[0])
}

// An order whose placing is not committed yet delays pushes about itself only: those of
// other shops go on.
func TestPushNewLocked(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneWorker, func(o *settings) { o.pg.LockTimeout = time.Second })
	instanttest.PutShops(t, d.Database, instant.ShopRow{ID: "T", Secret: instanttest.Secret})
	d.lease(t)
	release := d.Lock(t, `INSERT INTO delivery_order VALUES ('T', 'locked', '', 1)`)
	in := func(f *delivery.OrderFields) { f.ShopID = "T" }
	first := make(chan delivery.Decision, 1)
	go func() { first <- d.MustDecide(t, instanttest.Order(1, delivery.Add, "locked", in)) }()
	storetest.Until(t, "it is kept apart", func() bool { return d.Isolated() > 0 })
	for i := range 20 {
		d.MustAccept(t, instanttest.Order(10+i, delivery.Add, fmt.Sprint("O", i)))
	}
	if len(first) != 0 {
		t.Error("the locked order was decided")
	}
	release()
	if got := <-first; got.Reason != delivery.Accepted || got.Repeat || d.Isolated() != 0 {
		t.Errorf("once it was free: %s, kept apart: %d", got.Reason, d.Isolated())
	}
}

// A push that makes its whole batch fail fails alone, and no error shows personal data.
func TestPushBadNeighbour(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneWorker)
	d.lease(t)
	d.Exec(t, `ALTER TABLE delivery_details ADD CONSTRAINT no_poison CHECK (details->>'note' IS DISTINCT FROM 'poison')`)
	bad := make(chan bool)
	poison := func() {
		defer close(bad)
		got, err := d.DecidePush(t.Context(), instanttest.Order(500, delivery.Add, "poison", func(f *delivery.OrderFields) { f.Info.Note = "poison" }))
		if err == nil {
			t.Errorf("poison: %s", got.Reason)
		} else if strings.Contains(err.Error(), "13712345678") || strings.Contains(err.Error(), "刘一") {
			t.Errorf("the error shows personal data: %v", err)
		}
	}
	d.batches.Crowd(t, 30, func(i int) {
		if g := d.MustDecide(t, instanttest.Order(i, delivery.Add, fmt.Sprint("O", i))); g.Reason != delivery.Accepted || g.Repeat {
			t.Errorf("a neighbour: %s", g.Reason)
		}
	}, poison)
	<-bad
	d.WantInt(t, 30, `SELECT count(*) FROM delivery_order`)
}

// Pushes that come together share transactions.
func TestPushShare(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneWorker, func(o *settings) { o.lease = 1000 })
	d.lease(t)
	d.batches.Crowd(t, 200, func(i int) { d.MustDecide(t, instanttest.Order(i, delivery.Add, fmt.Sprint("O", i))) })
	if n := d.Int(t, `SELECT count(DISTINCT xmin::text) FROM delivery_order`); n > 2 {
		t.Errorf("200 orders took %d transactions", n)
	}
}

// Two batches with the same orders, new and old, in opposite order write them in the same
// order. Writing is slowed down so that they meet.
func TestPushLockOrder(t *testing.T) {
	t.Parallel()
	stores := twoStores(t, func(o *settings) { o.lease = 100_000 })
	d := stores[0]
	d.Exec(t, `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.001); RETURN NEW; END $$`)
	d.Exec(t, `CREATE TRIGGER slow BEFORE INSERT ON delivery_order FOR EACH ROW EXECUTE FUNCTION slow()`)
	const rounds, orders = 12, 40
	for round := range rounds {
		var up []delivery.Request
		for k := range orders {
			id := fmt.Sprintf("O%d-%d", round/2, k) // new in one round, there in the next
			n := 1000*round + k
			switch {
			case round%2 == 0:
				up = append(up, instanttest.Order(n, delivery.Add, id))
			case k%2 == 0:
				up = append(up, instanttest.FollowUp(n, delivery.Cancel, id))
			default:
				up = append(up, instanttest.FollowUp(n, delivery.Tip, id, instanttest.Tips("2")))
			}
		}
		down := slices.Clone(up)
		slices.Reverse(down)
		var both sync.WaitGroup
		for i, set := range [][]delivery.Request{up, down} {
			both.Go(func() {
				if _, err := stores[i].RunPushes(t.Context(), set); err != nil && !strings.Contains(err.Error(), "23505") {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		both.Wait()
	}
	d.WantInt(t, 0, storetest.Deadlocks)
	if n := d.Int(t, `SELECT count(*) FROM delivery_attempt WHERE cancel_push IS NOT NULL OR tip_push IS NOT NULL`); n < rounds*orders/4 {
		t.Errorf("only %d orders were changed: was anything tested?", n)
	}
}
