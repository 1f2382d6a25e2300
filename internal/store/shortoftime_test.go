package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
)

// inVain pushes with so little time that there is no answer.
func (d testStore) inVain(t *testing.T, left time.Duration) error {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), left)
	defer stop()
	_, err := d.Cancel(ctx, expresstest.CancelPush(1, "none"))
	if err == nil {
		t.Errorf("there was an answer within %v", left)
	}
	return err
}

// A connection that is farther away than what is left to a push is not even asked
// whether it is there: it stays for who has more time.
func TestShortOfTimeFarAway(t *testing.T) {
	t.Parallel()
	const trip, conns = 40 * time.Millisecond, 3
	var p storetest.Proxy
	p.Delay.Store(int64(trip / 2))
	d := newStore(t, func(o store.Options) store.Options { return store.WithPingAfter(store.WithDial(o, p.Dial), 1) })
	storetest.WithinLimit(t, func(time.Duration) error {
		d.connect(t, conns)
		before := p.Dials.Load()
		for range 2 * conns {
			_ = d.inVain(t, trip*3/4)
		}
		d.connect(t, conns) // those that are there
		if got := p.Dials.Load() - before; got != 0 {
			return fmt.Errorf("connected %d times more", got)
		}
		return nil
	})
}

// A connection that does not say in what is left to a push whether it is there costs
// that one and no other: it may be the push's time that was short.
func TestShortOfTimeSilent(t *testing.T) {
	t.Parallel()
	const left, conns = 150 * time.Millisecond, 5 // less than an answer to that may take, and than one try
	var n network
	d := newStore(t, func(o store.Options) store.Options { return store.WithPingAfter(store.WithDial(o, n.dial), 1) })
	storetest.WithinLimit(t, func(time.Duration) error {
		d.connect(t, conns)
		before, requests := n.dialled.Load(), n.swallow.Load()
		n.silent.Store(before)
		err := d.inVain(t, left)
		n.silent.Store(0)
		if requests = n.swallow.Load() - requests; requests != 1 {
			return fmt.Errorf("%d connections were asked: %w", requests, err)
		}
		d.connect(t, conns-1)                          // those that are there
		if got := n.dialled.Load() - before; got > 1 { // once to tell Postgres that nobody waits for the answer any more
			return fmt.Errorf("connected %d times more after %w", got, err)
		}
		return nil
	})
}
