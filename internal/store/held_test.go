package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// pushTime is what a push has by default, from its first byte on.
const pushTime = 4 * time.Second

// hold runs a statement that locks something, and keeps it locked until release.
func (d desk) hold(t *testing.T, sql string) (release func()) {
	t.Helper()
	tx, err := d.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() { _ = tx.Rollback(context.Background()) })
	t.Cleanup(release)
	if _, err := tx.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	return release
}

// backends are the store's connections, as Postgres sees them.
func (d desk) backends(t *testing.T) []int32 {
	t.Helper()
	rows, _ := d.db.Query(t.Context(), `SELECT pid FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'carrierhook'`)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil {
		t.Fatal(err)
	}
	return pids
}

// connect opens so many connections.
func (d desk) connect(t *testing.T, n int) {
	t.Helper()
	release, err := d.TakeConns(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	release()
}

// wantKept expects connections to be there still.
func (d desk) wantKept(t *testing.T, before []int32) {
	t.Helper()
	if len(before) < 5 {
		t.Errorf("only %d connections: is anything tested?", len(before))
	}
	now := d.backends(t)
	for _, pid := range before {
		if !slices.Contains(now, pid) {
			t.Errorf("connection %d of %v is gone: %v", pid, before, now)
		}
	}
}

// hopeless books an order that has to wait for a lock to the end of its time.
func (d desk) hopeless(t *testing.T, r waybill.BookRequest, why string) {
	ctx, stop := context.WithTimeout(context.Background(), pushTime)
	defer stop()
	begun := time.Now()
	got, err := d.Book(ctx, r)
	if err == nil || errors.Is(err, waybill.ErrOutcomeUnknown) || !strings.Contains(err.Error(), why) {
		t.Errorf("%s: %+v, %v", r.OrderID, got, err)
	}
	if took := time.Since(begun); took > pushTime+time.Second || took < pushTime/2 {
		t.Errorf("%s: answered after %v", r.OrderID, took)
	}
}

// others has another merchant's orders booked and cancelled, several at a time,
// until stop, which tells how long the slowest took.
func (d desk) others(t *testing.T, bizID string) (stop func() time.Duration) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var worst time.Duration
	over := make(chan struct{})
	timed := func(f func()) {
		begun := time.Now()
		f()
		mu.Lock()
		defer mu.Unlock()
		worst = max(worst, time.Since(begun))
	}
	for w := range 4 {
		wg.Go(func() {
			for n := 1000 * (w + 1); ; n++ {
				select {
				case <-over:
					return
				case <-time.After(5 * time.Millisecond):
				}
				id, number := fmt.Sprint(bizID, n), fmt.Sprintf("WX%08d", n)
				timed(func() { d.placed(t, order(n, bizID, id, numbered(number))) })
				timed(func() { d.want(t, cancelOf(n, bizID, id, number), waybill.Accepted, false) })
			}
		})
	}
	return func() time.Duration {
		close(over)
		wg.Wait()
		return worst
	}
}

// A quota that stays locked costs its own merchant's orders, by Postgres's word:
// there is no doubt, no connection is lost, and nobody else waits.
func TestQuotaHeldToTheEnd(t *testing.T) {
	t.Parallel()
	d := newBookDesk(t, 100)
	d.exec(t, `INSERT INTO quota VALUES ('B', 100000)`)
	d.warm(t, 100_000)
	d.connect(t, 8)
	before := d.backends(t)
	release := d.hold(t, `SELECT FROM quota WHERE biz_id = 'P' FOR UPDATE`)
	stop := d.others(t, "B")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * 40 * time.Millisecond)
			d.hopeless(t, order(i, "P", fmt.Sprint("O", i)), "55P03")
		})
	}
	wg.Wait()
	if worst := stop(); worst > 1800*time.Millisecond {
		t.Errorf("another merchant waited for %v", worst)
	}
	d.wantKept(t, before)
	release()
	d.placed(t, order(1, "P", "O1"))
	if n := d.quota(t, "P"); n != 99 {
		t.Errorf("the quota is %d", n)
	}
}

// Merchants whose quota is locked push now and then, so that each time the first
// of them is in a set with others: that does not wait for it for long.
func TestHeldNowAndThen(t *testing.T) {
	t.Parallel()
	const merchants = 5
	d := newBookDesk(t, 100)
	d.exec(t, `INSERT INTO quota VALUES ('B', 100000)`)
	d.exec(t, `INSERT INTO merchant (biz_id) SELECT 'M' || i FROM generate_series(1, $1) AS i`, merchants)
	d.exec(t, `INSERT INTO quota SELECT 'M' || i, 9 FROM generate_series(1, $1) AS i`, merchants)
	d.warm(t, 100_000)
	d.connect(t, 8)
	release := d.hold(t, `SELECT FROM quota WHERE biz_id LIKE 'M%' FOR UPDATE`)
	stop := d.others(t, "B")
	var wg sync.WaitGroup
	for i := range merchants {
		for k := range 3 { // more than there are sets under way
			wg.Go(func() { d.placed(t, order(10*i+k, fmt.Sprint("M", i+1), fmt.Sprint("O", 10*i+k))) })
		}
		time.Sleep(400 * time.Millisecond)
	}
	worst := stop()
	if worst < 50*time.Millisecond {
		t.Errorf("another merchant waited for %v at the most: was it ever in the way?", worst)
	}
	if worst > 1800*time.Millisecond {
		t.Errorf("another merchant waited for %v", worst)
	}
	release()
	wg.Wait()
}

// A range that stays locked costs the orders that need a number of it.
func TestRangeHeldToTheEnd(t *testing.T) {
	t.Parallel()
	d := newBookDesk(t, 100, func(o store.Options) store.Options {
		o.Lease = 1
		return o
	})
	d.warm(t, 100_000)
	d.TakeNumber()
	d.connect(t, 8)
	before := d.backends(t)
	release := d.hold(t, `SELECT FROM number_range FOR UPDATE`)
	stop := d.others(t, "B")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * 40 * time.Millisecond)
			d.hopeless(t, order(i, "P", fmt.Sprint("O", i)), "lease waybill numbers")
		})
	}
	wg.Wait()
	if worst := stop(); worst > 1800*time.Millisecond {
		t.Errorf("another merchant waited for %v", worst)
	}
	d.wantKept(t, before)
	release()
	d.placed(t, order(1, "P", "O1"))
}

// A cancel in doubt that finds its own push done by a neighbour of its set is
// not done when that set's commit fails.
func TestDoubtAndNeighbour(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.book(t, "W")
	d.cancel(t, ask(99, "none")) // so that the password is known
	d.exec(t, `ALTER TABLE push ADD CONSTRAINT no_w CHECK (waybill_id <> 'W')`)
	c := d.DoubtfulCancel(ask(1, "W"))
	if decided, err := c.Settle(t.Context(), ask(1, "W")); decided || err == nil {
		t.Errorf("a set that cannot be kept: decided %t, %v", decided, err)
	}
	release := d.hold(t, `SELECT FROM waybill WHERE waybill_id = 'W' FOR UPDATE`)
	if decided, err := c.Settle(t.Context()); decided || err != nil {
		t.Errorf("the waybill is held by somebody else: decided %t, %v", decided, err)
	}
	release()
	d.exec(t, `ALTER TABLE push DROP CONSTRAINT no_w`)
	if decided, err := c.Settle(t.Context(), ask(1, "W")); !decided || err != nil || d.status(t, "W") != "cancelled" {
		t.Errorf("with the neighbour's commit: decided %t, %v", decided, err)
	}
}

// However little is left of a try, Postgres has the word before the client loses
// its patience; where that cannot be, nothing is asked, and may be tried again.
func TestTryTimeouts(t *testing.T) {
	t.Parallel()
	if got, err := store.TryTimeouts(t.Context(), time.Second, 3*time.Second); err != nil || got != [2]string{"1000", "3000"} {
		t.Errorf("without a deadline: %v, %v", got, err)
	}
	if got, _ := store.TryTimeouts(t.Context(), time.Microsecond, time.Second); got[0] != "1" {
		t.Errorf("no patience is %v, and 0 is endless", got)
	}
	for left, most := range map[time.Duration][2]int{
		10 * time.Second:       {1000, 3000},
		2 * time.Second:        {750, 1500},
		200 * time.Millisecond: {75, 150},
		100 * time.Millisecond: {25, 50},
	} {
		ctx, stop := context.WithTimeout(t.Context(), left)
		got, err := store.TryTimeouts(ctx, time.Second, 3*time.Second)
		stop()
		for i, s := range got {
			if n, _ := strconv.Atoi(s); err != nil || n > most[i] || n < most[i]*3/5 {
				t.Errorf("%v: %v, %v, want about %v and not more", left, got, err, most)
			}
		}
	}
	ctx, stop := context.WithTimeout(t.Context(), 55*time.Millisecond)
	defer stop()
	if got, err := store.TryTimeouts(ctx, time.Second, 3*time.Second); err == nil || !store.Passing(err) {
		t.Errorf("when it is too late: %v, %v", got, err)
	}
}
