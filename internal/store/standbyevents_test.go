package store_test

import (
	"context"
	"sync"
	"testing"

	"carrierhook/internal/store/storetest"

	"go.uber.org/zap"
)

const putEvent = `INSERT INTO event (at, kind, parcel, id, body) VALUES (now(), 'waybill.booked', 'waybill A', gen_random_uuid(), '{}')`

// While a synchronous standby is gone no event is handed out, though it is committed on
// this server and can be read there: a failover would take it back. Nor does it count
// that the wait for it ends with a warning, or with the session.
func TestStandbyGoneHorizon(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"pg_cancel_backend", "pg_terminate_backend"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := newStandby(t)
			d := s.newStore(t, "events")
			ctx, stop := context.WithCancel(context.Background())
			var running sync.WaitGroup
			running.Go(func() { d.Horizon.Run(ctx, zap.NewNop()) })
			defer func() { stop(); running.Wait() }()
			d.Exec(t, putEvent)
			storetest.Until(t, "the event is below the horizon", func() bool { return d.Horizon.Position() == 1 })
			epoch := d.Horizon.Epoch()
			s.gone(t)
			over := make(chan struct{})
			go func() {
				defer close(over)
				_, _ = d.DB.Exec(context.Background(), putEvent) // which is answered with a warning, or not
			}()
			for waits, written := 0, false; waits < 5 && d.Horizon.Position() == 1; {
				n := s.stopWaiting(t, how, "events")
				select {
				case <-over:
					if written = written || d.Int(t, `SELECT count(*) FROM event`) == 2; written {
						waits += n
					}
				default:
				}
			}
			if p := d.Horizon.Position(); p != 1 {
				t.Errorf("the horizon is at %d", p)
			}
			s.back(t)
			storetest.Until(t, "the event is below the horizon", func() bool { return d.Horizon.Position() == 2 })
			if d.Horizon.Epoch() != epoch {
				t.Error("the epoch has changed")
			}
		})
	}
}
