package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// farAway is a store whose database answers after a tenth of a push's deadline. A
// push's time and the way are both longer on a machine that is slow.
func farAway(t *testing.T, p *storetest.Proxy, limit time.Duration) testStore {
	d := newBookingStore(t, 100, func(o store.Options) store.Options { return store.WithDial(o, p.Dial) })
	p.Delay.Store(int64(limit / 20))
	return d
}

// pushes makes pushes one after the other, each with its deadline, and gives the
// number of the first that was answered, and how many were not from then on.
func (d testStore) pushes(n int, limit time.Duration, push func(ctx context.Context, i int) error) (first, failed int, last error) {
	for i := 1; i <= n; i++ {
		ctx, stop := context.WithTimeout(context.Background(), limit)
		err := push(ctx, i)
		stop()
		switch {
		case err == nil && first == 0:
			first = i
		case err != nil && first > 0:
			failed++
		}
		if err != nil {
			last = err
		}
	}
	return first, failed, last
}

// A database that is far away has connections that take longer to be made than a push
// has: they are finished for the next one. So the second push has its answer at the
// latest, and so have all after it, on connections that stay.
func TestFarAway(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cancel", "book"} {
		storetest.WithinLimit(t, func(limit time.Duration) error {
			var p storetest.Proxy
			d := farAway(t, &p, limit)
			storetest.Until(t, "the catalogue is read", func() bool { return kind == "cancel" || d.RefreshCatalogue(t.Context()) == nil })
			first, failed, err := d.pushes(6, limit, func(ctx context.Context, i int) error {
				if kind == "cancel" {
					_, err := d.Cancel(ctx, expresstest.CancelPush(i, "none"))
					return err
				}
				_, err := d.Book(ctx, expresstest.OrderPush(i, "P", fmt.Sprint("O", i), expresstest.Numbered(fmt.Sprintf("WX%08d", i))))
				return err
			})
			if first == 0 || first > 2 || failed > 0 {
				return fmt.Errorf("%s: the first with an answer was the %d., and %d had none since: %w", kind, first, failed, err)
			}
			if got := p.Dials.Load(); got > 4 {
				return fmt.Errorf("%s: connected %d times", kind, got)
			}
			return nil
		})
	}
}

// A push whose time is up while an answer comes slowly costs its own connections, one
// for each try, and no other.
func TestSlowIsNotSilent(t *testing.T) {
	t.Parallel()
	var p storetest.Proxy
	d := newStore(t, func(o store.Options) store.Options {
		o.MaxConns = 30
		return store.WithDial(o, p.Dial)
	})
	d.connect(t, 20)
	d.MustCancel(t, expresstest.CancelPush(1, "none"))
	before := d.Sessions(t)
	p.Drips.Store(true)
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Second) // of which the first try is longer than silence
	defer stop()
	if _, err := d.Cancel(ctx, expresstest.CancelPush(2, "none")); err == nil {
		t.Error("the answer was in time")
	}
	p.Drips.Store(false)
	d.MustCancel(t, expresstest.CancelPush(3, "none"))
	left := 0
	storetest.Until(t, "a connection is closed", func() bool {
		now := d.Sessions(t)
		left = len(slices.DeleteFunc(slices.Clone(before), func(pid int32) bool { return !slices.Contains(now, pid) }))
		return left < len(before)
	})
	if left == 0 {
		t.Error("all connections were let go")
	}
}

// The first push on a connection costs two round trips too: what it asks is prepared.
func TestFirstPushTwoRoundTrips(t *testing.T) {
	t.Parallel()
	var n network
	d := newStore(t, n.under)
	d.connect(t, 1)
	before := n.trips.Load()
	r := expresstest.CancelPush(1, "none")
	r.BizID = "nobody" // whose password is not looked at
	d.WantCancel(t, r, waybill.UnknownMerchant, false)
	if got := n.trips.Load() - before; got != 2 {
		t.Errorf("%d round trips", got)
	}
}

// A connection is made also where there is nothing to prepare, and where somebody has
// locked what there is: it is there before the lock is gone.
func TestConnectAnyway(t *testing.T) {
	t.Parallel()
	empty, err := store.Open(t.Context(), options(storetest.EmptyURL(t)))
	storetest.Must(t, err)
	defer empty.Close()
	d := newStore(t)
	defer d.Lock(t, `LOCK TABLE waybill, push, merchant, quota`)()
	storetest.TakeConns(t, empty.Pool().Pool, 3)()
	d.connect(t, 3)
}
