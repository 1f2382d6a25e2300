package express_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// cancelCrowd cancels waybills so. It gives the decisions by waybill.
func (d testStore) cancelCrowd(t *testing.T, ids []string, with ...func()) map[string]waybill.CancelDecision {
	t.Helper()
	all := make([]waybill.CancelDecision, len(ids))
	d.Crowd(t, len(ids), func(i int) { all[i] = d.MustCancel(t, expresstest.CancelPush(i, ids[i])) }, with...)
	got := map[string]waybill.CancelDecision{}
	for i, id := range ids {
		got[id] = all[i]
	}
	return got
}

func oneBatch(o options) options {
	o.BatchWorkers = 1
	return o
}

// Pushes that come together share transactions, and each gets its own answer.
func TestTogetherShare(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneBatch)
	d.MustCancel(t, expresstest.CancelPush(999, "none")) // so that the password is known
	before := d.Int(t, `SELECT count(DISTINCT xmin::text) FROM push`)
	var ids []string
	for i := range 200 {
		ids = append(ids, fmt.Sprintf("W%03d", i))
	}
	d.AddWaybills(t, ids[:150]...)
	for id, got := range d.cancelCrowd(t, ids) {
		want := waybill.Accepted
		if id >= "W150" {
			want = waybill.UnknownWaybill
		}
		if got != (waybill.CancelDecision{Reason: want}) {
			t.Errorf("%s: %+v, want %s", id, got, want)
		}
	}
	transactions := d.Int(t, `SELECT count(DISTINCT xmin::text) FROM push`) - before
	if rows := d.Int(t, `SELECT count(*) FROM push`); rows != 201 || transactions > 2 {
		t.Errorf("%d pushes took %d transactions", rows-1, transactions)
	}
}

// A waybill that somebody else has locked delays its own push only, also when
// others come with it and after it.
func TestTogetherLocked(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneBatch)
	d.MustCancel(t, expresstest.CancelPush(999, "none"))
	d.AddWaybills(t, "held", "a", "b", "c", "d", "e", "f")
	tx, err := d.DB.Begin(t.Context())
	storetest.Must(t, err)
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), `SELECT 1 FROM waybill WHERE waybill_id = 'held' FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	first := make(chan waybill.CancelDecision, 1)
	for id, got := range d.cancelCrowd(t, []string{"a", "b", "c"}, func() { first <- d.MustCancel(t, expresstest.CancelPush(100, "held")) }) {
		if got != (waybill.CancelDecision{Reason: waybill.Accepted}) {
			t.Errorf("%s: %+v", id, got)
		}
	}
	for i, id := range []string{"d", "e", "f"} { // those that come after it
		d.WantCancel(t, expresstest.CancelPush(200+i, id), waybill.Accepted, false)
	}
	storetest.Until(t, "the held waybill is tried again", func() bool { return d.Retries() > 0 })
	if len(first) > 0 {
		t.Error("the held waybill was decided")
	}
	storetest.Must(t, tx.Rollback(t.Context()))
	if got := <-first; got != (waybill.CancelDecision{Reason: waybill.Accepted}) {
		t.Errorf("once it was free: %+v", got)
	}
}

// What spoils a batch for everybody costs its cause alone: the others are decided
// one by one.
func TestTogetherBadNeighbour(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneBatch)
	d.MustCancel(t, expresstest.CancelPush(999, "none"))
	d.AddWaybills(t, "a", "b", "c", "poison", "e")
	d.Exec(t, `ALTER TABLE push ADD CONSTRAINT no_poison CHECK (waybill_id <> 'poison')`)
	poison := make(chan error, 1)
	for id, got := range d.cancelCrowd(t, []string{"a", "b", "c", "e"}, func() {
		_, err := d.Cancel(t.Context(), expresstest.CancelPush(50, "poison"))
		poison <- err
	}) {
		if got != (waybill.CancelDecision{Reason: waybill.Accepted}) {
			t.Errorf("%s: %+v", id, got)
		}
	}
	if err := <-poison; err == nil {
		t.Error("poison was decided")
	}
	if s := d.WaybillStatus(t, "poison"); s != "booked" {
		t.Errorf("the poisoned waybill is %s", s)
	}
}

// What was decided in a batch that failed is not told, also when somebody else has
// the waybill at the next try.
func TestTogetherFailedThenLocked(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneBatch)
	d.MustCancel(t, expresstest.CancelPush(999, "none"))
	d.Exec(t, `ALTER TABLE push ADD CONSTRAINT no_poison CHECK (waybill_id <> 'poison')`)
	found := false // at least once somebody else was faster than the next try
	for round, begun := 0, time.Now(); !found; round++ {
		if time.Since(begun) > storetest.Patience {
			t.Fatal("nobody else ever had the waybill at the next try")
		}
		id := fmt.Sprintf("W%d", round)
		d.AddWaybills(t, id, "before"+id)
		waiting := func(n int) {
			t.Helper()
			d.WaitFor(t, fmt.Sprintf(`SELECT count(*) / %d FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`, n))
		}
		var wg sync.WaitGroup
		first, second := d.lockLedger(t), make(chan func(), 1)
		wg.Go(func() { d.MustCancel(t, expresstest.CancelPush(round, "before"+id)) })
		waiting(1) // it holds up the next two, which come together then
		answers, answered := make(chan waybill.CancelDecision, 1), make(chan bool)
		wg.Go(func() {
			answers <- d.MustCancel(t, expresstest.CancelPush(1000+round, id))
			close(answered)
		})
		wg.Go(func() { _, _ = d.Cancel(t.Context(), expresstest.CancelPush(2000+round, "poison")) })
		storetest.Until(t, "the two wait together", func() bool { return d.Waiting() == 2 })
		wg.Go(func() { second <- d.lockLedger(t) })
		waiting(2)
		first()
		release := <-second
		waiting(1) // the two have the waybill
		before := d.Retries()
		wg.Go(func() {
			err := pgx.BeginFunc(context.Background(), d.DB, func(tx pgx.Tx) error {
				if _, err := tx.Exec(context.Background(), `SELECT FROM waybill WHERE waybill_id = $1 FOR UPDATE`, id); err != nil {
					return err
				}
				storetest.Until(t, "the waybill is found held", func() bool {
					select {
					case <-answered:
						return true
					default:
						return d.Retries() > before
					}
				})
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		waiting(2) // somebody else has it next
		release()
		if got := <-answers; got != (waybill.CancelDecision{Reason: waybill.Accepted}) || d.WaybillStatus(t, id) != "cancelled" {
			t.Errorf("%s was told %+v and is %s", id, got, d.WaybillStatus(t, id))
		}
		found = d.Retries() > before
		wg.Wait()
	}
}

// lockLedger keeps decisions from being written until release.
func (d testStore) lockLedger(t *testing.T) (release func()) {
	tx, err := d.DB.Begin(context.Background())
	if err == nil {
		_, err = tx.Exec(context.Background(), `LOCK TABLE push IN EXCLUSIVE MODE`)
	}
	if err != nil {
		t.Error(err)
	}
	return func() { _ = tx.Rollback(context.Background()) }
}

// Somebody who hangs up takes nobody else's set with him, and is decided with it.
func TestTogetherHangUp(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneBatch)
	d.MustCancel(t, expresstest.CancelPush(999, "none"))
	d.AddWaybills(t, "a", "b", "c", "gone")
	waiting := func(n int) {
		storetest.Until(t, fmt.Sprint(n, " wait for the ledger"), func() bool { return d.Int(t, storetest.LockWaits) == n })
	}
	let := d.lockLedger(t)
	var pushes sync.WaitGroup
	pushes.Go(func() { d.MustCancel(t, expresstest.CancelPush(998, "none")) })
	waiting(1)
	locked := make(chan func(), 1)
	go func() { locked <- d.lockLedger(t) }() // behind the first, and before the batch of four
	waiting(2)
	gone, hangUp := context.WithCancel(t.Context())
	for i, id := range []string{"a", "b", "c"} {
		pushes.Go(func() { d.WantCancel(t, expresstest.CancelPush(i, id), waybill.Accepted, false) })
	}
	pushes.Go(func() {
		if got, err := d.Cancel(gone, expresstest.CancelPush(50, "gone")); err != nil || got.Reason != waybill.Accepted {
			t.Errorf("who has hung up: %+v, %v", got, err)
		}
	})
	storetest.Until(t, "four wait", func() bool { return d.Waiting() == 4 })
	let()
	let = <-locked
	waiting(1)
	hangUp()
	let()
	pushes.Wait()
}

// The same push many times in one crowd: one does it, the others repeat; and
// two pushes of one waybill in one batch: one wins.
func TestTogetherSameWaybill(t *testing.T) {
	t.Parallel()
	d := newStore(t, oneBatch)
	d.MustCancel(t, expresstest.CancelPush(999, "none"))
	for round := range 10 {
		id := fmt.Sprintf("W%d", round)
		d.AddWaybills(t, id)
		got := make([]waybill.CancelDecision, 12)
		d.Crowd(t, len(got), func(i int) { got[i] = d.MustCancel(t, expresstest.CancelPush(round*100+i%2, id)) })
		first, won := 0, map[int]bool{}
		for i, g := range got {
			if g == (waybill.CancelDecision{Reason: waybill.Accepted}) {
				first++
			}
			if g.Reason == waybill.Accepted {
				won[i%2] = true
			}
		}
		if first != 1 || len(won) != 1 {
			t.Errorf("%s: %d did it, pushes %v won", id, first, won)
		}
	}
}
