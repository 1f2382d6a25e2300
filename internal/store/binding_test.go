package store_test

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// signed is what binds a signature to a body.
func signed(signature, body string) *ledger.Binding {
	return &ledger.Binding{Signature: md5.Sum([]byte(signature)), Body: md5.Sum([]byte(body))}
}

// plainPush is a push of any kind, which is made as a plain one with this binding. It
// tells whether it was accepted, and whether as a repeat.
type plainPush func(context.Context, testStore, *ledger.Binding) (accepted, repeat bool, err error)

func plainCancel(n int, id string) plainPush {
	return func(ctx context.Context, d testStore, b *ledger.Binding) (bool, bool, error) {
		r := expresstest.CancelPush(n, id)
		r.Push.Mode, r.Push.Binding = "plain", b
		got, err := d.Cancel(ctx, r)
		return got.Reason == waybill.Accepted, got.Repeat, err
	}
}

func plainOrder(n int, orderID string) plainPush {
	return func(ctx context.Context, d testStore, b *ledger.Binding) (bool, bool, error) {
		r := expresstest.OrderPush(n, "P", orderID)
		r.Push.Mode, r.Push.Binding = "plain", b
		got, err := d.Book(ctx, r)
		return got.Reason == waybill.Accepted, got.Repeat, err
	}
}

func plainDelivery(r delivery.Request) plainPush {
	return func(ctx context.Context, d testStore, b *ledger.Binding) (bool, bool, error) {
		r.Push.Mode, r.Push.Binding = "plain", b
		got, err := d.Instant.DecidePush(ctx, r)
		return got.Reason == delivery.Accepted, got.Repeat, err
	}
}

func plainAccount() plainPush {
	return func(ctx context.Context, d testStore, b *ledger.Binding) (bool, bool, error) {
		p := ledger.Push{ID: ledger.PushID{3}, Event: "get_quota", Format: "json", Mode: "plain", Received: time.Now(), Binding: b}
		got, err := d.Account(ctx, waybill.NewAccountRequest(p, "B", "pw"))
		return got.Reason == waybill.Accepted, false, err
	}
}

func plainOther() plainPush {
	return func(ctx context.Context, d testStore, b *ledger.Binding) (bool, bool, error) {
		p := ledger.Push{ID: ledger.PushID{5}, Event: "something", Format: "json", Mode: "plain", Received: time.Now(), Binding: b}
		err := d.Pushes.Write(ctx, p, ledger.Ignored, nil)
		return err == nil, false, err
	}
}

// does expects a plain push to be accepted.
func (push plainPush) does(t *testing.T, what string, d testStore, b *ledger.Binding, repeat bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
	defer stop()
	if accepted, repeated, err := push(ctx, d, b); !accepted || repeated != repeat || err != nil {
		t.Errorf("%s: accepted %t, repeat %t, %v", what, accepted, repeated, err)
	}
}

// replayed expects a plain push to be nobody's: no decision, and no row.
func (push plainPush) replayed(t *testing.T, what string, d testStore, b *ledger.Binding) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
	defer stop()
	before := d.LedgerRows(t)
	if _, _, err := push(ctx, d, b); !errors.Is(err, ledger.ErrReplayed) || errors.Is(err, ledger.ErrOutcomeUnknown) {
		t.Errorf("%s: %v", what, err)
	}
	if after := d.LedgerRows(t); !slices.Equal(before, after) {
		t.Errorf("%s is on record: %v", what, after)
	}
}

func (d testStore) signatures(tb testing.TB) int {
	tb.Helper()
	return d.Int(tb, `SELECT count(*) FROM bound_signature`)
}

// newPlainStores gives a store for pushes of every kind, with waybills and orders to change,
// and another server.
func newPlainStores(t *testing.T, change ...func(store.Options) store.Options) (d, other testStore) {
	d = newBookingStore(t, 100, change...)
	instanttest.PutShops(t, d.Database, instant.ShopRow{ID: "S", Secret: instanttest.Secret})
	d.AddWaybills(t, "W1", "W2", "W3", "W4")
	for i, id := range []string{"D1", "D2", "D3", "D4"} {
		d.orders.MustAccept(t, instanttest.Order(900+i, delivery.Add, id))
	}
	return d, openStore(t, options(d.URL))
}

// Whatever a push changes binds its signature: no other body is decided with it, of any
// event and at any server. The same body is decided as ever, and so is any other body
// with a signature of its own.
func TestSignatureIsBound(t *testing.T) {
	t.Parallel()
	d, other := newPlainStores(t)
	changing := map[string]plainPush{
		"a cancel": plainCancel(1, "W1"), "an order": plainOrder(2, "O1"),
		"a placing": plainDelivery(instanttest.Order(3, delivery.Add, "D9")), "a tip": plainDelivery(instanttest.FollowUp(4, delivery.Tip, "D1", instanttest.Tips("9"))),
		"a cancel of a delivery": plainDelivery(instanttest.FollowUp(5, delivery.Cancel, "D2")),
	}
	others := map[string]plainPush{
		"another cancel": plainCancel(11, "W2"), "another order": plainOrder(12, "O2"), "another placing": plainDelivery(instanttest.Order(13, delivery.Add, "D8")),
		"another tip": plainDelivery(instanttest.FollowUp(14, delivery.Tip, "D3", instanttest.Tips("9"))), "a price": plainDelivery(instanttest.Order(15, delivery.Precreate, "D7")),
		"a question": plainDelivery(instanttest.FollowUp(16, delivery.Query, "D3")), "an account": plainAccount(), "another event": plainOther(),
	}
	for what, push := range changing {
		push.does(t, what, d, signed(what, what), false)
	}
	if n := d.signatures(t); n != len(changing) {
		t.Errorf("%d signatures are bound by %d pushes", n, len(changing))
	}
	for what, push := range changing {
		for name, another := range others {
			another.replayed(t, name+" with the signature of "+what, d, signed(what, name))
			another.replayed(t, name+" with the signature of "+what+", elsewhere", other, signed(what, name))
		}
		push.does(t, what+" again", d, signed(what, what), true)
		push.does(t, what+" again, elsewhere", other, signed(what, what), true)
		push.does(t, what+" under a new signature", other, signed(what+"'s second", what), true)
	}
	for name, another := range others {
		another.does(t, name+" with a signature of its own", other, signed(name, name), false)
	}
	d.Exec(t, `UPDATE waybill SET status = 'booked', cancelled_at = NULL, cancel_push = NULL WHERE waybill_id = 'W1'`)
	changing["a cancel"].does(t, "a cancel of what is booked again", d, signed("a cancel", "a cancel"), false)
}

// Whoever sends what he has seen costs the batch that he comes in one more try, and the
// next ones none: from then on they read what signatures are bound to.
func TestReplaysAreReadFirst(t *testing.T) {
	t.Parallel()
	d, other := newPlainStores(t)
	plainCancel(1, "W1").does(t, "a cancel", d, signed("S", "one"), false)
	for i := range 3 {
		for k, push := range []plainPush{plainCancel(2, "W2"), plainOrder(3, "O3"), plainAccount(), plainOther()} {
			push.replayed(t, fmt.Sprint("round ", i, ", push ", k), other, signed("S", fmt.Sprint(k)))
		}
	}
	plainCancel(4, "W4").does(t, "another", other, signed("T", "one"), false)
	if d.Retries() != 0 || other.Retries() != 1 {
		t.Errorf("tried again: %v where it was first used, %v where it was used again", d.Retries(), other.Retries())
	}
}

// What changes nothing binds nothing, whatever it is: its signature is good for one
// push that does.
func TestNothingChangedNothingBound(t *testing.T) {
	t.Parallel()
	d, _ := newPlainStores(t)
	d.WantCancel(t, expresstest.CancelPush(1, "W1"), waybill.Accepted, false)
	refused := func(push plainPush) plainPush {
		return func(ctx context.Context, d testStore, b *ledger.Binding) (bool, bool, error) {
			accepted, _, err := push(ctx, d, b)
			return !accepted, false, err
		}
	}
	for what, push := range map[string]plainPush{
		"a cancel that is too late": refused(plainCancel(2, "W1")), "a cancel of nothing": refused(plainCancel(3, "none")),
		"an account": plainAccount(), "a price": plainDelivery(instanttest.Order(4, delivery.Precreate, "D7")),
		"a question": plainDelivery(instanttest.FollowUp(5, delivery.Query, "D1")), "the price of a cancel": plainDelivery(instanttest.FollowUp(6, delivery.Precancel, "D1")),
		"a placing of what is there": refused(plainDelivery(instanttest.Order(7, delivery.Add, "D1"))), "another event": plainOther(),
	} {
		push.does(t, what, d, signed("S", what), false)
	}
	plainCancel(1, "W1").does(t, "a repeat", d, signed("S", "a repeat"), true)
	if n := d.signatures(t); n != 0 {
		t.Errorf("%d signatures are bound", n)
	}
	plainCancel(8, "W2").does(t, "what changes something", d, signed("S", "it"), false)
	plainCancel(9, "W3").replayed(t, "what comes after it", d, signed("S", "another"))
}

// Pushes whose signatures cover their bodies bind nothing.
func TestSealedBindsNothing(t *testing.T) {
	t.Parallel()
	d, _ := newPlainStores(t)
	d.WantCancel(t, expresstest.CancelPush(1, "W1"), waybill.Accepted, false)
	d.Booked(t, expresstest.OrderPush(2, "P", "O1"))
	if n := d.signatures(t); n != 0 {
		t.Errorf("%d signatures are bound", n)
	}
}

// One signature with two bodies at once, at two servers and of any two kinds: both have
// read that it is free before either has bound it, and exactly one is done.
func TestOneOfTwoBodies(t *testing.T) {
	t.Parallel()
	d, other := newPlainStores(t)
	d.warm(t, 1000)
	other.warm(t, 1001)
	// Changes of the same two kinds of rows, but never of the same row.
	pairs := [][2]plainPush{
		{plainCancel(1, "W1"), plainCancel(2, "W2")},
		{plainCancel(3, "W3"), plainOrder(4, "O4")},
		{plainOrder(5, "O5"), plainDelivery(instanttest.Order(6, delivery.Add, "D6"))},
		{plainDelivery(instanttest.FollowUp(7, delivery.Cancel, "D1")), plainDelivery(instanttest.FollowUp(8, delivery.Tip, "D2", instanttest.Tips("9")))},
	}
	for i, pair := range pairs {
		before := d.Int(t, `SELECT count(*) FROM push`)
		release := d.Lock(t, `LOCK TABLE push IN EXCLUSIVE MODE`)
		var done, refused [2]bool
		var both sync.WaitGroup
		for k, push := range pair {
			both.Go(func() {
				ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
				defer stop()
				accepted, _, err := push(ctx, []testStore{d, other}[k], signed(fmt.Sprint("S", i), fmt.Sprint("body ", k)))
				done[k], refused[k] = accepted && err == nil, errors.Is(err, ledger.ErrReplayed)
			})
		}
		storetest.Until(t, "both are about to write", func() bool { return d.Int(t, storetest.LockWaits) == 2 })
		release()
		both.Wait()
		if done[0] == done[1] || done[0] == refused[0] || done[1] == refused[1] {
			t.Errorf("pair %d: done %v, refused %v", i, done, refused)
		}
		if n := d.Int(t, `SELECT count(*) FROM push`) - before; n != 1 || d.signatures(t) != i+1 {
			t.Errorf("pair %d: %d rows on record, %d signatures", i, n, d.signatures(t))
		}
	}
}

// A commit in doubt has bound the signature if it happened, and then the push is done; a
// push that finds another's body has not happened, and says so.
func TestBindingInDoubt(t *testing.T) {
	t.Parallel()
	for _, arrives := range []bool{true, false} {
		var n network
		d := newStore(t, queryMode("exec"), n.under)
		d.AddWaybills(t, "W1", "W2")
		d.MustCancel(t, expresstest.CancelPush(9, "none"))
		n.loseCommit(t, d, arrives, `SELECT count(*) FROM bound_signature`)
		plainCancel(1, "W1").does(t, fmt.Sprint("arrives ", arrives), d, signed("S", "one"), false)
		if d.signatures(t) != 1 || len(d.LedgerRows(t)) != 2 {
			t.Errorf("arrives %t: %d signatures, %v", arrives, d.signatures(t), d.LedgerRows(t))
		}
		plainCancel(2, "W2").replayed(t, fmt.Sprint("another, arrives ", arrives), d, signed("S", "two"))
	}
	var n network
	d := newStore(t, queryMode("exec"), n.under)
	d.AddWaybills(t, "W1", "W2")
	d.MustCancel(t, expresstest.CancelPush(9, "none"))
	other := openStore(t, options(d.URL))
	n.cutAtCommit(func(c *cable, _ func() error) error {
		c.Conn.Close()
		storetest.Until(t, "the first is let go", func() bool {
			return d.Int(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`) == 0
		})
		plainCancel(2, "W2").does(t, "the faster", other, signed("S", "two"), false)
		return errCut
	})
	ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
	defer stop()
	if _, _, err := plainCancel(1, "W1")(ctx, d, signed("S", "one")); !errors.Is(err, ledger.ErrReplayed) || errors.Is(err, ledger.ErrOutcomeUnknown) {
		t.Errorf("the slower: %v", err)
	}
}

// plainAnything makes a push with one of the signatures of a moment and one of three
// bodies: it is decided, or it is nobody's.
func (d testStore) plainAnything(t *testing.T, moment int, count *atomic.Int64) {
	n, k := rand.N(1<<20), rand.N(8)
	id := fmt.Sprint(moment, "-", rand.N(4))
	ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
	defer stop()
	push := []plainPush{
		plainOrder(n, "Q"+id), plainCancel(n, "Q"+id), plainDelivery(instanttest.Order(n, delivery.Add, "D"+id)),
		plainDelivery(instanttest.FollowUp(n, delivery.Tip, "D"+id, instanttest.Tips(fmt.Sprint(rand.N(100))))), plainAccount(), plainOther(),
	}[rand.N(6)]
	switch _, _, err := push(ctx, d, signed(fmt.Sprint(moment, " ", k), fmt.Sprint(rand.N(3)))); {
	case errors.Is(err, ledger.ErrReplayed):
		count.Add(1)
	case err != nil:
		t.Errorf("a plain push: %v", err)
	}
}

// A plain push costs two round trips, in every query mode, and the first on a connection
// too.
func TestPlainTwoRoundTrips(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		var n network
		d, _ := newPlainStores(t, queryMode(mode), n.under)
		d.warm(t, 1000)
		d.MustCancel(t, expresstest.CancelPush(999, "none"))
		for i := range 3 {
			id := fmt.Sprint(i + 1)
			for k, push := range []plainPush{
				plainCancel(10*i+1, "W"+id), plainOrder(10*i+2, "O"+id), plainDelivery(instanttest.FollowUp(10*i+3, delivery.Cancel, "D"+id)),
				plainDelivery(instanttest.Order(10*i+4, delivery.Add, "E"+id)), plainAccount(), plainOther(),
			} {
				what := fmt.Sprint(mode, ", ", i, ": push ", k)
				before := n.trips.Load()
				push.does(t, what, d, signed(what, what), false)
				want := int64(2)
				if k == 5 {
					want = 1 // nothing is decided about it
				}
				if got := n.trips.Load() - before; i > 0 && got != want { // the first time it prepares
					t.Errorf("%s took %d round trips", what, got)
				}
			}
		}
	}
	var n network
	d := newStore(t, n.under)
	d.connect(t, 1)
	before := n.trips.Load()
	r := expresstest.CancelPush(1, "none")
	r.BizID, r.Push.Binding = "nobody", signed("S", "one") // whose password is not looked at
	d.WantCancel(t, r, waybill.UnknownMerchant, false)
	if got := n.trips.Load() - before; got != 2 {
		t.Errorf("the first push took %d round trips", got)
	}
}

// Signatures are kept for as long as any server may take them, and then deleted, however
// many there are; for ever where they are good for ever.
func TestForgetSignatures(t *testing.T) {
	t.Parallel()
	d, other := newPlainStores(t)
	plainCancel(1, "W1").does(t, "a cancel", d, signed("S", "one"), false)
	forget := func(window time.Duration, want int64) {
		t.Helper()
		var sum int64
		var servers sync.WaitGroup
		var mu sync.Mutex
		for _, s := range []testStore{d, other} {
			servers.Go(func() {
				n, err := s.ForgetSignatures(t.Context(), window)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				sum += n
			})
		}
		servers.Wait()
		if sum != want {
			t.Errorf("with a window of %v %d are forgotten, want %d", window, sum, want)
		}
	}
	age := func(by string) {
		t.Helper()
		d.Exec(t, `UPDATE bound_signature SET bound_at = bound_at - $1::interval`, by)
	}
	forget(10*time.Minute, 0)
	age("79 minutes") // twice the window, and an hour for what clocks may differ by
	forget(10*time.Minute, 0)
	plainCancel(2, "W2").replayed(t, "another", d, signed("S", "two"))
	d.Exec(t, `INSERT INTO bound_signature SELECT md5(i::text)::uuid, md5('x')::uuid, now() - interval '2 hours' FROM generate_series(1, 25000) AS i`)
	forget(0, 0)
	forget(10*time.Minute, 25_000)
	age("2 minutes")
	forget(11*time.Minute, 0)
	forget(10*time.Minute, 1)
	if n := d.signatures(t); n != 0 {
		t.Errorf("%d are left", n)
	}
	d.Exec(t, `INSERT INTO bound_signature VALUES (md5('s')::uuid, md5('x')::uuid, now() - interval '2 hours')`)
	wrong := openStore(t, store.WithClock(options(d.URL), 2*time.Hour))
	if n, err := wrong.ForgetSignatures(t.Context(), time.Minute); n != 0 || !errors.Is(err, store.ErrClockNotTrusted) {
		t.Errorf("by a clock in doubt %d are forgotten, %v", n, err)
	}
}
