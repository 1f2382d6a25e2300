package express_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// connect opens so many connections.
func (d testStore) connect(t *testing.T, n int) {
	t.Helper()
	storetest.TakeConns(t, d.pool.Pool, n)()
}

// connected tells whether connections are there still.
func (d testStore) connected(t *testing.T, before []int32) error {
	t.Helper()
	if len(before) < 5 {
		t.Errorf("only %d connections: is anything tested?", len(before))
	}
	now := d.Sessions(t)
	for _, pid := range before {
		if !slices.Contains(now, pid) {
			return fmt.Errorf("connection %d of %v is gone: %v", pid, before, now)
		}
	}
	return nil
}

// hopeless books orders of P that have to wait for a lock to the end of their time. It
// is an error if one of them does not end by Postgres's word, which on a machine that
// stands still for a moment comes too late.
func (d testStore) hopeless(t *testing.T, limit time.Duration, why string) error {
	t.Helper()
	d.connect(t, 8)
	before := d.Sessions(t)
	var wg sync.WaitGroup
	late := make([]error, 8)
	for i := range late {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * limit / 100)
			ctx, stop := context.WithTimeout(context.Background(), limit)
			defer stop()
			begun := time.Now()
			got, err := d.Book(ctx, expresstest.OrderPush(i, "P", fmt.Sprint("O", i)))
			if took := time.Since(begun); err == nil || took < limit/2 {
				t.Errorf("O%d of %v: after %v %+v, %v", i, limit, took, got, err)
			} else if errors.Is(err, ledger.ErrOutcomeUnknown) || !strings.Contains(err.Error(), why) {
				late[i] = err
			}
		})
	}
	wg.Wait()
	return errors.Join(append(late, d.connected(t, before))...)
}

// others has another merchant's orders booked and cancelled, several at a time,
// until stop, which tells how many there were and how long the slowest took. Each is
// answered.
func (d testStore) others(t *testing.T, bizID string) (stop func() (int64, time.Duration)) {
	var wg sync.WaitGroup
	var answered, worst atomic.Int64
	over := make(chan struct{})
	timed := func(f func()) {
		begun := time.Now()
		f()
		answered.Add(1)
		for took := int64(time.Since(begun)); ; {
			if old := worst.Load(); took <= old || worst.CompareAndSwap(old, took) {
				return
			}
		}
	}
	for w := range 4 {
		wg.Go(func() {
			for n := 10_000 * (w + 1); ; n++ {
				select {
				case <-over:
					return
				case <-time.After(5 * time.Millisecond):
				}
				id, number := fmt.Sprint(bizID, n), fmt.Sprintf("WX%08d", n)
				timed(func() { d.Booked(t, expresstest.OrderPush(n, bizID, id, expresstest.Numbered(number))) })
				timed(func() { d.WantCancel(t, expresstest.CancelOf(n, bizID, id, number), waybill.Accepted, false) })
			}
		})
	}
	return func() (int64, time.Duration) {
		so := answered.Load()
		storetest.Until(t, "others are answered still", func() bool { return answered.Load() >= so+4 })
		close(over)
		wg.Wait()
		return answered.Load(), time.Duration(worst.Load())
	}
}

// lockedQuota is a store where the quota of P is locked, and lockedRange one where the
// carrier's own numbers are, until release.
func lockedQuota(t *testing.T) (d testStore, release func()) {
	d = newBookingStore(t, 100, lockTimeout(time.Second))
	d.Exec(t, `INSERT INTO quota VALUES ('B', 100000)`)
	d.warm(t, 100_000)
	return d, d.Lock(t, `SELECT FROM quota WHERE biz_id = 'P' FOR UPDATE`)
}

func lockedRange(t *testing.T) (d testStore, release func()) {
	d = newBookingStore(t, 100, lockTimeout(time.Second), func(o options) options {
		o.Lease = 1
		return o
	})
	d.warm(t, 100_000)
	d.numbers.Take()
	return d, d.Lock(t, `SELECT FROM number_range FOR UPDATE`)
}

// goesOn lets the lock go and expects an order that had to wait to be placed.
func (d testStore) goesOn(t *testing.T, release func()) {
	t.Helper()
	storetest.Until(t, "nobody waits", func() bool { return d.Int(t, storetest.LockWaits) == 0 })
	release()
	d.Booked(t, expresstest.OrderPush(1, "P", "O1"))
	d.WantQuota(t, "P", 99)

}

// A quota that stays locked costs its own merchant's orders, by Postgres's word:
// there is no doubt, no connection is lost, and others are answered while it is.
func TestQuotaLockedToTheEnd(t *testing.T) {
	t.Parallel()
	d, release := lockedQuota(t)
	stop := d.others(t, "B")
	storetest.WithinLimit(t, func(limit time.Duration) error { return d.hopeless(t, limit, "55P03") })
	stop()
	d.goesOn(t, release)
}

// A range that stays locked costs the orders that need a number of it.
func TestRangeLockedToTheEnd(t *testing.T) {
	t.Parallel()
	d, release := lockedRange(t)
	stop := d.others(t, "B")
	storetest.WithinLimit(t, func(limit time.Duration) error { return d.hopeless(t, limit, "lease waybill numbers") })
	stop()
	d.goesOn(t, release)
}

// Merchants whose quota is locked push now and then, so that each time the first
// of them is in a batch with others: that waits for an eighth of the lock timeout and
// fails once, and the others are answered, while the merchant waits on its own.
func TestLockedNowAndThen(t *testing.T) {
	t.Parallel()
	const merchants, limit = 4, 1600 * time.Millisecond
	d := newBookingStore(t, 100, oneBatch, lockTimeout(limit))
	d.Exec(t, `INSERT INTO merchant SELECT 'M' || i, password_hash FROM merchant, generate_series(1, $1) AS i WHERE biz_id = 'B'`, merchants)
	d.Exec(t, `INSERT INTO quota SELECT 'M' || i, 9 FROM generate_series(1, $1) AS i`, merchants)
	// What a batch of several merchants was told about locks outlives its rollback.
	d.Exec(t, `CREATE SEQUENCE shared_wait;
		CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF (SELECT count(DISTINCT biz_id) FROM made) > 1 THEN
				PERFORM setval('shared_wait', (SELECT setting::bigint FROM pg_settings WHERE name = 'lock_timeout'));
			END IF;
			RETURN NULL;
		END $$;
		CREATE TRIGGER note AFTER INSERT ON waybill REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION note()`)
	d.warm(t, 100_000)
	for i := range merchants {
		d.WantRefused(t, expresstest.OrderPush(200_000+i, fmt.Sprint("M", i+1), "warm", expresstest.Numbered("CH")), waybill.NumberOutOfRange)
	}
	var failed [merchants + 1]atomic.Int64
	d.WatchBatches(func(bizIDs []string, err error) {
		for i := range failed {
			if slices.Contains(bizIDs, fmt.Sprint("M", i)) && pg.LockTimeout(err) {
				failed[i].Add(1)
			}
		}
	})
	release := d.Lock(t, `SELECT FROM quota WHERE biz_id LIKE 'M%' FOR UPDATE`)
	var waiting sync.WaitGroup
	var early atomic.Int64
	for i := 1; i <= merchants; i++ {
		bizID := fmt.Sprint("M", i)
		d.Crowd(t, 2, func(k int) { d.Booked(t, expresstest.OrderPush(10*i+k, "B", fmt.Sprint("B", 10*i+k))) }, func() {
			waiting.Go(func() {
				d.Booked(t, expresstest.OrderPush(100+i, bizID, "O-"+bizID))
				early.Add(1)
			})
		}) // the others are answered
	}
	if n := early.Load(); n != 0 {
		t.Errorf("%d orders were placed with a quota that is locked", n)
	}
	shared := 0
	for i := 1; i <= merchants; i++ {
		if n := failed[i].Load(); n > 1 {
			t.Errorf("%d batches waited for merchant %d", n, i)
		} else if n == 1 {
			shared++
		}
	}
	if shared == 0 {
		t.Error("nobody was ever in the way")
	}
	d.WantInt(t, int(limit.Milliseconds())/8, `SELECT last_value FROM shared_wait`)
	release()
	waiting.Wait()
}

// A cancel in doubt that finds its own push done by a neighbour of its batch is
// not done when that batch's commit fails.
func TestDoubtAndNeighbour(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W")
	d.MustCancel(t, expresstest.CancelPush(99, "none")) // so that the password is known
	d.Exec(t, `ALTER TABLE push ADD CONSTRAINT no_w CHECK (waybill_id <> 'W')`)
	c := d.DoubtfulCancel(expresstest.CancelPush(1, "W"))
	if decided, err := c.Run(t.Context(), expresstest.CancelPush(1, "W")); decided || err == nil {
		t.Errorf("a batch that cannot be kept: decided %t, %v", decided, err)
	}
	release := d.Lock(t, `SELECT FROM waybill WHERE waybill_id = 'W' FOR UPDATE`)
	if decided, err := c.Run(t.Context()); decided || err != nil {
		t.Errorf("the waybill is locked by somebody else: decided %t, %v", decided, err)
	}
	release()
	d.Exec(t, `ALTER TABLE push DROP CONSTRAINT no_w`)
	if decided, err := c.Run(t.Context(), expresstest.CancelPush(1, "W")); !decided || err != nil || d.WaybillStatus(t, "W") != "cancelled" {
		t.Errorf("with the neighbour's commit: decided %t, %v", decided, err)
	}
}
