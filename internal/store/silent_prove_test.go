//go:build prove

package store_test

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/waybill"
)

// The way to Postgres swallows everything for eight seconds, also what is connected
// meanwhile, while pushes keep coming: hundreds wait, the workers are busy with younger
// ones. None is answered later than a tenth of a second after its deadline. When the
// way is there again, so are the answers.
func TestProveSilentPostgres(t *testing.T) {
	const deadline, silence, slack = 4 * time.Second, 8 * time.Second, 100 * time.Millisecond
	var n network
	d := newStore(t, func(o store.Options) store.Options {
		o.LockTimeout, o.StatementTimeout, o.ConnectTimeout, o.MaxConns = time.Second, 3*time.Second, 2500*time.Millisecond, 16
		return store.WithDial(o, n.dial)
	})
	const pushes = 1200
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id) SELECT 'B', 'W' || i, 'O-W' || i FROM generate_series(0, $1) AS i`, pushes)
	d.WantCancel(t, expresstest.CancelPush(0, "W0"), waybill.Accepted, false)
	d.connect(t, 8)

	n.silence(t)
	n.silent.Store(math.MaxInt64)
	begun := time.Now()
	var mu sync.Mutex
	latest, answered, late := time.Duration(0), map[string]int{}, 0
	var wg sync.WaitGroup
	for i := 1; i <= pushes; i++ {
		if time.Since(begun) > silence {
			n.silent.Store(0)
		}
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			due := time.Now().Add(deadline)
			_, err := d.Cancel(ctx, expresstest.CancelPush(i, fmt.Sprint("W", i)))
			over := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			latest = max(latest, over)
			if over > slack {
				late++
			}
			answered[fmt.Sprint(err == nil)]++
		})
		time.Sleep(10 * time.Millisecond)
	}
	wg.Wait()
	t.Logf("decided: %v; the latest answer came %v after its deadline", answered, latest)
	if late > 0 {
		t.Errorf("%d of %d answers came more than %v after their deadline, the latest %v", late, pushes, slack, latest)
	}
	if answered["true"] < 100 || answered["false"] < 100 {
		t.Errorf("decided: %v: was the way silent, and then there again?", answered)
	}
}
