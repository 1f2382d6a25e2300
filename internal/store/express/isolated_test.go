package express_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// A quota that somebody has locked delays its own merchant's bookings and
// cancels only, however many of those there are. They are decided once it is
// free.
func TestQuotaLockedElsewhere(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 10_000, lockTimeout(time.Second), maxConns(5))
	d.warm(t, 100_000)
	cancels := map[string]string{}
	for i := range 10 {
		id := fmt.Sprint("C", i)
		cancels[id] = d.Booked(t, expresstest.OrderPush(1000+i, "P", id))
	}
	var spoilt atomic.Int64
	d.WatchBatches(func(bizIDs []string, err error) {
		if slices.Contains(bizIDs, "P") {
			spoilt.Add(1)
		}
	})
	release := d.Lock(t, `SELECT FROM quota WHERE biz_id = 'P' FOR UPDATE`)
	var waiting sync.WaitGroup
	var early atomic.Int64
	book := func(n int) {
		d.Booked(t, expresstest.OrderPush(n, "P", fmt.Sprint("O", n)))
		early.Add(1)
	}
	cancel := func(n int) {
		id := fmt.Sprint("C", n%10)
		if g := d.MustCancel(t, expresstest.CancelOf(n%10, "P", id, cancels[id])); g.Reason != waybill.Accepted {
			t.Errorf("%s: %+v", id, g)
		}
		early.Add(1)
	}
	waiting.Go(func() { book(0) })
	waiting.Go(func() { cancel(0) })
	storetest.Until(t, "bookings and cancels are kept apart", func() bool { return d.Isolated() == 2 })
	first := spoilt.Load()
	booked := 1
	others, answered := context.WithCancel(t.Context())
	waiting.Go(func() {
		for ; others.Err() == nil && booked < 5000 || booked < 20; booked++ { // they go on coming
			n := booked
			waiting.Go(func() { book(n) })
			waiting.Go(func() { cancel(n) })
			time.Sleep(10 * time.Millisecond)
		}
	})
	for i := range 25 {
		id := fmt.Sprint("B", i)
		number := d.Booked(t, expresstest.OrderPush(20_000+i, "B", id))
		d.WantCancel(t, expresstest.CancelOf(200+i, "B", id, number), waybill.Accepted, false)
	}
	answered()
	if n := early.Load(); n != 0 {
		t.Errorf("%d were decided with a quota that is locked", n)
	}
	if n := spoilt.Load() - first; first != 2 || n != 0 {
		t.Errorf("%d batches had somebody in them who waits for the quota, and %d once he was kept apart", first, n)
	}
	release()
	waiting.Wait()
	d.WantQuota(t, "P", 10_000-booked)

	// Once nobody waits, the merchant's requests share batches with the others again.
	if n := d.Isolated(); n != 0 {
		t.Errorf("%d merchants are kept apart", n)
	}
}
