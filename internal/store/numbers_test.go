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
	"carrierhook/internal/store"
	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/numbers"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5/pgxpool"
)

const rangesHeader = "name,prefix,width,check_digit,first,last,owner\n"

// ranges imports ranges and expects it to work.
func (d importStore) ranges(lines ...string) csvimport.Report {
	d.tb.Helper()
	return d.imported(csvimport.Ranges, append([]string{strings.TrimSpace(rangesHeader)}, lines...)...)
}

// next tells how far a range has been leased.
func (d importStore) next(name string) int {
	d.tb.Helper()
	return d.Int(d.tb, `SELECT next FROM number_range WHERE name = $1`, name)
}

// pool is one more server's pool.
func (d importStore) pool() *pgxpool.Pool {
	d.tb.Helper()
	pool, err := pgxpool.New(context.Background(), d.URL)
	if err != nil {
		d.tb.Fatal(err)
	}
	d.tb.Cleanup(pool.Close)
	return pool
}

// allocator is one more server's numbers.
func (d importStore) allocator(lease int) *numbers.Allocator {
	d.tb.Helper()
	return numbers.New(&pg.Pool{Pool: d.pool()}, lease)
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
	d := newImportStore(t)
	d.ranges("a,SF,8,mod11,99,2098,carrier", "b,YT,12,mod10,1,1000000000,carrier", "c,WX,12,none,0,999999999999,wechat")
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
		n := d.allocator(7)
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
			d.do(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND query LIKE '%number_range%' AND pid <> pg_backend_pid() AND random() < 0.5`)
		}
	})
	servers.Wait()
	close(over)
	cut.Wait()
	if len(given) != 4*4*650 {
		t.Errorf("%d different numbers, want %d", len(given), 4*4*650)
	}
	if d.next("a") != 2099 || d.next("b") == 1 || d.next("c") != 0 {
		t.Errorf("the ranges stand at %d, %d, %d", d.next("a"), d.next("b"), d.next("c"))
	}
}

// Ranges go out in the order of their names, down to the very last number, and
// not one further. What is given back is given out before that.
func TestNumbersRunOut(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	d.ranges("b,B,2,none,97,99,carrier", "a,A,1,none,3,9,carrier", "c,C,1,none,0,9,wechat")
	one, two := d.allocator(4), d.allocator(4)
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
		if number, err := number(t.Context(), n); !errors.Is(err, waybill.ErrNoNumbers) || store.Transient(err) {
			t.Errorf("got %q, %v after the last number", number, err)
		}
	}
	if a, b, c := d.next("a"), d.next("b"), d.next("c"); a != 10 || b != 100 || c != 0 {
		t.Errorf("the ranges stand at %d, %d, %d", a, b, c)
	}
	one.GiveBack("A5")
	if err := one.Lease(t.Context()); err != nil {
		t.Errorf("a lease beside a number that is free: %v", err)
	}
	if number, ok := one.Take(); number != "A5" || !ok {
		t.Errorf("given back A5, got %q", number)
	}
	d.ranges("b,B,2,none,97,99,carrier", "a,A,1,none,3,9,carrier", "c,C,1,none,0,9,wechat", "d,D,1,none,0,0,carrier")
	if number, err := number(t.Context(), two); number != "D0" || err != nil {
		t.Errorf("after one more range: %q, %v", number, err)
	}
}

// Numbers that waybills have already are passed over, whichever merchant's, and those
// of instant delivery; when all of a block are, the next one is leased, as far as there are some.
func TestNumbersImported(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	d.ranges("a,A,1,none,0,9,carrier", "b,B,1,none,0,4,carrier")
	d.do(`INSERT INTO merchant (biz_id, password_hash) VALUES ('M', ''), ('N', '');
		INSERT INTO waybill (biz_id, waybill_id, order_id) SELECT 'M', 'A' || i, i FROM generate_series(0, 5) AS i;
		INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES ('N', 'A7', ''||7), ('N', 'B4', ''||4)`)
	instanttest.InsertOrders(t, d.Database, delivery.Delivered, "B2")
	d.do(`UPDATE delivery_attempt SET waybill_id = 'B2'`)
	n := d.allocator(3)
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
	d := newImportStore(t)
	d.ranges("a,A,1,none,0,9,carrier")
	n := d.allocator(3)
	release := d.inOpenTransaction(`LOCK TABLE waybill`)
	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	err := n.Lease(ctx)
	release()
	if _, ok := n.Take(); err == nil || ok || d.next("a") != 0 {
		t.Errorf("got %v and a number: %t; the range stands at %d", err, ok, d.next("a"))
	}
	if got, err := number(t.Context(), n); got != "A0" || err != nil {
		t.Errorf("at last: %q, %v", got, err)
	}
}

// Without any range there is no number.
func TestNumbersWithoutRange(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	if err := d.allocator(4).Lease(t.Context()); !errors.Is(err, waybill.ErrNoNumbers) {
		t.Errorf("got %v", err)
	}
}

// However many find the memory empty at once, one block is leased.
func TestNumbersLeaseOnce(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	d.ranges("a,A,6,none,0,999999,carrier")
	n := d.allocator(100)
	release := d.inOpenTransaction(`SELECT FROM number_range FOR UPDATE`)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			if _, err := number(t.Context(), n); err != nil {
				t.Error(err)
			}
		})
	}
	d.untilWaiting()
	release()
	wg.Wait()
	if got := d.next("a"); got != 100 {
		t.Errorf("the range stands at %d", got)
	}
}

// untilWaiting waits until somebody waits for somebody else's lock.
func (d importStore) untilWaiting() {
	d.tb.Helper()
	storetest.Until(d.tb, "somebody waits for a lock", func() bool { return d.blockedSince() != "" })
}

// Who waits for a range that somebody else uses up gets the next one.
func TestNumbersWaitForUsedUp(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	d.ranges("a,A,1,none,0,9,carrier", "b,B,1,none,0,9,carrier")
	release := d.inOpenTransaction(`UPDATE number_range SET next = 10 WHERE name = 'a'`)
	n := d.allocator(3)
	leased := make(chan error)
	go func() { leased <- n.Lease(t.Context()) }()
	d.untilWaiting()
	release()
	if err := <-leased; err != nil {
		t.Fatal(err)
	}
	if number, _ := n.Take(); number != "B0" || d.next("a") != 10 || d.next("b") != 3 {
		t.Errorf("got %q; a stands at %d, b at %d", number, d.next("a"), d.next("b"))
	}
}

// A block goes on where the other server's ends, also when it had to wait.
func TestNumbersWaitForBlock(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	d.ranges("a,A,1,none,0,9,carrier")
	release := d.inOpenTransaction(`UPDATE number_range SET next = 8 WHERE name = 'a'`)
	n := d.allocator(5)
	leased := make(chan error)
	go func() { leased <- n.Lease(t.Context()) }()
	d.untilWaiting()
	release()
	if err := <-leased; err != nil {
		t.Fatal(err)
	}
	one, _ := n.Take()
	two, _ := n.Take()
	if three, ok := n.Take(); one != "A8" || two != "A9" || ok || d.next("a") != 10 {
		t.Errorf("got %q, %q, %q; a stands at %d", one, two, three, d.next("a"))
	}
}

// An asker that goes away does not take the lease along that others wait for.
func TestNumbersLeaseOutlivesAsker(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	d.ranges("a,A,1,none,0,9,carrier")
	release := d.inOpenTransaction(`SELECT FROM number_range FOR UPDATE`)
	n := d.allocator(5)
	ctx, stop := context.WithCancel(t.Context())
	first, second := make(chan error), make(chan error)
	go func() { first <- n.Lease(ctx) }()
	d.untilWaiting()
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
	d := newImportStore(t)
	d.ranges("a,A,1,none,0,9,carrier")
	n := d.allocator(5)
	release := d.inOpenTransaction(`SELECT FROM number_range FOR UPDATE`)
	storetest.WithinLimit(t, func(limit time.Duration) error {
		ctx, stop := context.WithTimeout(t.Context(), limit)
		defer stop()
		err := n.Lease(ctx)
		if err == nil || ctx.Err() == nil && !store.Transient(err) {
			t.Errorf("no answer: %v", err)
		}
		return ctx.Err() // it may be the machine that took the asker's other half
	})
	failed := make(chan error)
	go func() { failed <- n.Lease(t.Context()) }()
	d.untilWaiting()
	d.do(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
	if err := <-failed; err == nil || !store.Transient(err) {
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
	d := newImportStore(t)
	d.do(`INSERT INTO number_range (name, prefix, width, check_digit, first, last, next, wechats) VALUES ('a', 'A', 4, 'crc', 0, 9999, 0, false)`)
	err := d.allocator(100).Lease(t.Context())
	if err == nil || errors.Is(err, waybill.ErrNoNumbers) || store.Transient(err) || !strings.Contains(err.Error(), "range a: ") || d.next("a") != 0 {
		t.Errorf("%v; the range stands at %d", err, d.next("a"))
	}
}

// A number is unique for the carrier: one that an instant delivery has is no express
// waybill's, however that would come by it.
func TestNumbersOfDeliveriesAreTaken(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 10)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "1", "2") // Y-1 and Y-2
	d.Exec(t, `UPDATE delivery_attempt SET waybill_id = 'WX00000077' WHERE waybill_id = 'Y-1'`)
	d.WantRefused(t, expresstest.OrderPush(1, "P", "O1", func(o *waybill.Order) { o.WaybillID = "WX00000077" }), waybill.NumberTaken)
	if got := d.MustRegister(t, waybill.Registration{BizID: "P", WaybillID: "WX00000077", OrderID: "O1"}); got.Verdict != waybill.NumberInUse {
		t.Errorf("registered: %s", got.Verdict)
	}
	importStore{d, t}.notLoaded(csvimport.Waybills, "biz_id,waybill_id,order_id\nP,Y-3,O3\nP,Y-2,O2\n", "waybill", "line 3, column waybill_id: the number is an instant delivery's")
}
