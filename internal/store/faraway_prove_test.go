//go:build prove

package store_test

import (
	"context"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
)

// A database 400 ms away, behind TLS and SCRAM: the second push with 4 s has its answer
// at the latest, and so have all after it, also those that find connections idle.
func TestProveFarAway(t *testing.T) {
	var p storetest.Proxy
	d := newBookingStore(t, 100, func(o store.Options) store.Options {
		o.ConnectTimeout = 2500 * time.Millisecond
		return store.WithDial(o, p.Dial)
	})
	p.Hands.Store(5)
	p.Delay.Store(int64(200 * time.Millisecond))
	first, failed, err := d.pushes(12, 4*time.Second, func(ctx context.Context, i int) error {
		if i > 6 {
			time.Sleep(1100 * time.Millisecond)
		}
		begun := time.Now()
		_, err := d.Cancel(ctx, expresstest.CancelPush(i, "none"))
		t.Logf("push %d: %v, %v", i, time.Since(begun).Round(time.Millisecond), err)
		return err
	})
	if first == 0 || first > 2 || failed > 0 {
		t.Errorf("the first with an answer was the %d., and %d had none since: %v", first, failed, err)
	}
	if got := p.Dials.Load(); got > 4 {
		t.Errorf("connected %d times", got)
	}
}
