package numbers_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/numbers"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5/pgxpool"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// database has ranges of numbers.
type database struct{ storetest.Database }

func newDatabase(t *testing.T) database {
	t.Helper()
	return database{storetest.NewDatabase(t)}
}

// addRanges adds ranges that are not there: name, prefix, width, check digit, first, last
// and owner.
func (d database) addRanges(t *testing.T, lines ...string) {
	t.Helper()
	for _, line := range lines {
		d.Exec(t, `INSERT INTO number_range (name, prefix, width, check_digit, first, last, next, wechats)
			SELECT f[1], f[2], f[3]::integer, f[4], f[5]::bigint, f[6]::bigint, f[5]::bigint, f[7] = 'wechat'
			FROM string_to_array($1, ',') AS f ON CONFLICT DO NOTHING`, line)
	}
}

// next tells how far a range has been leased.
func (d database) next(t *testing.T, name string) int {
	t.Helper()
	return d.Int(t, `SELECT next FROM number_range WHERE name = $1`, name)
}

// allocator is one more server's numbers.
func (d database) allocator(t *testing.T, lease int) *numbers.Allocator {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), d.URL)
	storetest.Must(t, err)
	t.Cleanup(pool.Close)
	return numbers.New(&pg.Pool{Pool: pool}, lease, nil)
}

// begin runs a statement in a transaction that stays open until commit.
func (d database) begin(t *testing.T, sql string) (commit func()) {
	t.Helper()
	tx, err := d.DB.Begin(context.Background())
	storetest.Must(t, err)
	if _, err := tx.Exec(context.Background(), sql); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		storetest.Must(t, tx.Commit(context.Background()))
	}
}

// number takes a number, and leases when there is none.
func number(ctx context.Context, n *numbers.Allocator) (string, error) {
	for {
		if number, ok := n.Take(); ok {
			return number, nil
		}
		if err := n.Lease(ctx); err != nil {
			return "", err
		}
	}
}

// Whatever is aborted and whichever connection is cut: no number is given out
// twice, and each is of one of the carrier's own ranges.
func TestNumbersOnlyOnce(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.addRanges(t, "a,SF,8,mod11,99,2098,carrier", "b,YT,12,mod10,1,1000000000,carrier", "c,WX,12,none,0,999999999999,wechat")
	own := []waybill.NumberRange{
		{Prefix: "SF", Width: 8, Check: waybill.Mod11, First: 99, Last: 2098},
		{Prefix: "YT", Width: 12, Check: waybill.Mod10, First: 1, Last: 1_000_000_000},
	}
	var mu sync.Mutex
	given := map[string]bool{}
	give := func(number string) {
		mu.Lock()
		defer mu.Unlock()
		if given[number] {
			t.Errorf("%s was given out twice", number)
		}
		given[number] = true
		if !slices.ContainsFunc(own, func(r waybill.NumberRange) bool { _, ok := r.Serial(number); return ok }) {
			t.Errorf("%s is in none of the carrier's ranges", number)
		}
	}
	takeBack := func(number string) {
		mu.Lock()
		defer mu.Unlock()
		delete(given, number)
	}
	var servers sync.WaitGroup
	for range 4 {
		n := d.allocator(t, 7)
		for range 4 {
			servers.Go(func() {
				for got := 0; got < 650; {
					ctx, stop := context.WithCancel(t.Context())
					if rand.N(3) == 0 { // the asker goes away, now or in the middle of it
						time.AfterFunc(rand.N(2*time.Millisecond), stop)
					}
					number, err := number(ctx, n)
					stop()
					if err != nil {
						continue
					}
					give(number)
					if rand.N(8) == 0 {
						takeBack(number) // before anybody can have it again
						n.GiveBack(number)
						continue
					}
					got++
				}
			})
		}
	}
	over := make(chan struct{})
	cut := sync.WaitGroup{}
	cut.Go(func() {
		for before := 0; ; {
			select {
			case <-over:
				return
			case <-time.After(5 * time.Millisecond):
			}
			mu.Lock()
			now := len(given)
			mu.Unlock()
			if now == before {
				continue // however slow the machine, somebody gets on between two cuts
			}
			before = now
			d.Exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND query LIKE '%number_range%' AND pid <> pg_backend_pid() AND random() < 0.5`)
		}
	})
	servers.Wait()
	close(over)
	cut.Wait()
	if len(given) != 4*4*650 {
		t.Errorf("%d different numbers, want %d", len(given), 4*4*650)
	}
	if d.next(t, "a") != 2099 || d.next(t, "b") == 1 || d.next(t, "c") != 0 {
		t.Errorf("the ranges stand at %d, %d, %d", d.next(t, "a"), d.next(t, "b"), d.next(t, "c"))
	}
}

// Ranges go out in the order of their names, down to the very last number, and
// not one further. What is given back is given out before that.
func TestNumbersRunOut(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.addRanges(t, "b,B,2,none,97,99,carrier", "a,A,1,none,3,9,carrier", "c,C,1,none,0,9,wechat")
	one, two := d.allocator(t, 4), d.allocator(t, 4)
	var got []string
	for _, n := range []*numbers.Allocator{one, two, one, two, one, two, one, two, two, two} {
		number, err := number(t.Context(), n)
		if err != nil {
			t.Fatalf("after %v: %v", got, err)
		}
		got = append(got, number)
	}
	if want := "[A3 A7 A4 A8 A5 A9 A6 B97 B98 B99]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	for _, n := range []*numbers.Allocator{one, two} {
		if number, err := number(t.Context(), n); !errors.Is(err, waybill.ErrNoNumbers) || pg.Transient(err) {
			t.Errorf("got %q, %v after the last number", number, err)
		}
	}
	if a, b, c := d.next(t, "a"), d.next(t, "b"), d.next(t, "c"); a != 10 || b != 100 || c != 0 {
		t.Errorf("the ranges stand at %d, %d, %d", a, b, c)
	}
	one.GiveBack("A5")
	if err := one.Lease(t.Context()); err != nil {
		t.Errorf("a lease beside a number that is free: %v", err)
	}
	if number, ok := one.Take(); number != "A5" || !ok {
		t.Errorf("given back A5, got %q", number)
	}
	d.addRanges(t, "b,B,2,none,97,99,carrier", "a,A,1,none,3,9,carrier", "c,C,1,none,0,9,wechat", "d,D,1,none,0,0,carrier")
	if number, err := number(t.Context(), two); number != "D0" || err != nil {
		t.Errorf("after one more range: %q, %v", number, err)
	}
}

// Numbers that waybills have already are passed over, whichever merchant's, and those
// of instant delivery; when all of a block are, the next one is leased, as far as there are some.
func TestNumbersImported(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.addRanges(t, "a,A,1,none,0,9,carrier", "b,B,1,none,0,4,carrier")
	d.Exec(t, `INSERT INTO merchant (biz_id, password_hash) VALUES ('M', ''), ('N', '');
		INSERT INTO waybill (biz_id, waybill_id, order_id) SELECT 'M', 'A' || i, i FROM generate_series(0, 5) AS i;
		INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES ('N', 'A7', ''||7), ('N', 'B4', ''||4)`)
	instanttest.InsertOrders(t, d.Database, delivery.Delivered, "B2")
	d.Exec(t, `UPDATE delivery_attempt SET waybill_id = 'B2'`)
	n := d.allocator(t, 3)
	var got []string
	var err error
	for err == nil {
		var one string
		if one, err = number(t.Context(), n); err == nil {
			got = append(got, one)
		}
	}
	if want := "[A6 A8 A9 B0 B1 B3]"; fmt.Sprint(got) != want || !errors.Is(err, waybill.ErrNoNumbers) {
		t.Errorf("got %v and %v, want %s", got, err, want)
	}
}

// Looking for waybills fails with the lease: no number is lost, none is given
// out unseen.
func TestNumbersReadFails(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.addRanges(t, "a,A,1,none,0,9,carrier")
	n := d.allocator(t, 3)
	release := d.begin(t, `LOCK TABLE waybill`)
	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	err := n.Lease(ctx)
	release()
	if _, ok := n.Take(); err == nil || ok || d.next(t, "a") != 0 {
		t.Errorf("got %v and a number: %t; the range stands at %d", err, ok, d.next(t, "a"))
	}
	if got, err := number(t.Context(), n); got != "A0" || err != nil {
		t.Errorf("at last: %q, %v", got, err)
	}
}

// Without any range there is no number.
func TestNumbersWithoutRange(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	if err := d.allocator(t, 4).Lease(t.Context()); !errors.Is(err, waybill.ErrNoNumbers) {
		t.Errorf("got %v", err)
	}
}

// However many find the memory empty at once, one block is leased.
func TestNumbersLeaseOnce(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.addRanges(t, "a,A,6,none,0,999999,carrier")
	n := d.allocator(t, 100)
	release := d.begin(t, `SELECT FROM number_range FOR UPDATE`)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			if _, err := number(t.Context(), n); err != nil {
				t.Error(err)
			}
		})
	}
	d.WaitFor(t, storetest.LockWaits)
	release()
	wg.Wait()
	if got := d.next(t, "a"); got != 100 {
		t.Errorf("the range stands at %d", got)
	}
}

// Who waits for a range that somebody else uses up gets the next one.
func TestNumbersWaitForUsedUp(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.addRanges(t, "a,A,1,none,0,9,carrier", "b,B,1,none,0,9,carrier")
	release := d.begin(t, `UPDATE number_range SET next = 10 WHERE name = 'a'`)
	n := d.allocator(t, 3)
	leased := make(chan error)
	go func() { leased <- n.Lease(t.Context()) }()
	d.WaitFor(t, storetest.LockWaits)
	release()
	storetest.Must(t, <-leased)
	if number, _ := n.Take(); number != "B0" || d.next(t, "a") != 10 || d.next(t, "b") != 3 {
		t.Errorf("got %q; a stands at %d, b at %d", number, d.next(t, "a"), d.next(t, "b"))
	}
}

// A block goes on where the other server's ends, also when it had to wait.
func TestNumbersWaitForBlock(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.addRanges(t, "a,A,1,none,0,9,carrier")
	release := d.begin(t, `UPDATE number_range SET next = 8 WHERE name = 'a'`)
	n := d.allocator(t, 5)
	leased := make(chan error)
	go func() { leased <- n.Lease(t.Context()) }()
	d.WaitFor(t, storetest.LockWaits)
	release()
	storetest.Must(t, <-leased)
	one, _ := n.Take()
	two, _ := n.Take()
	if three, ok := n.Take(); one != "A8" || two != "A9" || ok || d.next(t, "a") != 10 {
		t.Errorf("got %q, %q, %q; a stands at %d", one, two, three, d.next(t, "a"))
	}
}

// An asker that goes away does not take the lease along that others wait for.
func TestNumbersLeaseOutlivesAsker(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.addRanges(t, "a,A,1,none,0,9,carrier")
	release := d.begin(t, `SELECT FROM number_range FOR UPDATE`)
	n := d.allocator(t, 5)
	ctx, stop := context.WithCancel(t.Context())
	first, second := make(chan error), make(chan error)
	go func() { first <- n.Lease(ctx) }()
	d.WaitFor(t, storetest.LockWaits)
	go func() { second <- n.Lease(t.Context()) }()
	stop()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the first asker: %v", err)
	}
	release()
	if err := <-second; err != nil {
		t.Errorf("the second asker: %v", err)
	}
	if number, ok := n.Take(); number != "A0" || !ok {
		t.Errorf("got %q", number)
	}
}

// A lease that gets no answer leaves half of the asker's time for another try,
// and says that one is worth it; so does one whose connection was cut.
func TestNumbersLeaseFails(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.addRanges(t, "a,A,1,none,0,9,carrier")
	n := d.allocator(t, 5)
	release := d.begin(t, `SELECT FROM number_range FOR UPDATE`)
	storetest.WithinLimit(t, func(limit time.Duration) error {
		ctx, stop := context.WithTimeout(t.Context(), limit)
		defer stop()
		err := n.Lease(ctx)
		if err == nil || ctx.Err() == nil && !pg.Transient(err) {
			t.Errorf("no answer: %v", err)
		}
		return ctx.Err() // it may be the machine that took the asker's other half
	})
	failed := make(chan error)
	go func() { failed <- n.Lease(t.Context()) }()
	d.WaitFor(t, storetest.LockWaits)
	d.Exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	if err := <-failed; err == nil || !pg.Transient(err) {
		t.Errorf("cut: %v", err)
	}
	release()
	if number, err := number(t.Context(), n); number != "A0" || err != nil {
		t.Errorf("at last: %q, %v", number, err)
	}
}

// A range that cannot give numbers is left alone: a lease would only use it up.
func TestNumbersBadRange(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.Exec(t, `INSERT INTO number_range (name, prefix, width, check_digit, first, last, next, wechats) VALUES ('a', 'A', 4, 'crc', 0, 9999, 0, false)`)
	err := d.allocator(t, 100).Lease(t.Context())
	if err == nil || errors.Is(err, waybill.ErrNoNumbers) || pg.Transient(err) || !strings.Contains(err.Error(), "range a: ") || d.next(t, "a") != 0 {
		t.Errorf("%v; the range stands at %d", err, d.next(t, "a"))
	}
}
