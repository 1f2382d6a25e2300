package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/waybill"
)

// A quota that somebody has locked delays its own merchant's bookings and
// cancels only, however many of those there are. They are decided once it is
// free.
func TestQuotaLockedElsewhere(t *testing.T) {
	t.Parallel()
	d := newBookDesk(t, 10_000, func(o store.Options) store.Options {
		o.LockTimeout = 200 * time.Millisecond
		o.MaxConns = 5
		return o
	})
	d.warm(t, 100_000)
	cancels := map[string]string{}
	for i := range 10 {
		id := fmt.Sprint("C", i)
		cancels[id] = d.placed(t, order(1000+i, "P", id))
	}
	tx, err := d.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), `SELECT FROM quota WHERE biz_id = 'P' FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	var waiting sync.WaitGroup
	var booked int
	others, answered := context.WithCancel(t.Context())
	waiting.Go(func() {
		for ; others.Err() == nil; booked++ { // they go on coming
			n := booked
			waiting.Go(func() { d.placed(t, order(n, "P", fmt.Sprint("O", n))) })
			waiting.Go(func() {
				id := fmt.Sprint("C", n%10)
				if g := d.cancel(t, cancelOf(n%10, "P", id, cancels[id])); g.Reason != waybill.Accepted {
					t.Errorf("%s: %+v", id, g)
				}
			})
			time.Sleep(10 * time.Millisecond)
		}
	})
	time.Sleep(50 * time.Millisecond)
	begun := time.Now()
	for i := range 40 {
		id := fmt.Sprint("B", i)
		number := d.placed(t, order(200+i, "B", id))
		d.want(t, cancelOf(200+i, "B", id, number), waybill.Accepted, false)
	}
	answered()
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("40 bookings and cancels of another merchant took %v", took)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	waiting.Wait()
	if n := d.quota(t, "P"); n != 10_000-booked {
		t.Errorf("the quota is %d", n)
	}
	// Once nobody waits, the merchant's requests share sets with the others again.
	if n := d.Lanes(); n != 0 {
		t.Errorf("%d merchants are kept apart", n)
	}
}
