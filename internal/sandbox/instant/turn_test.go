package instant_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// The pushes about one order do not overlap, and those about two do.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := StartInMemory(t, wechat.JSON, InstantAt("SFTC"))
		c := newCompany(d, wechat.JSON)
		d.WantResult(PlacePath, PlaceBody(), 0)
		var at, peak atomic.Int32
		d.Carrier.AnswerInstant(func(p *wechat.Push) []byte {
			if n := at.Add(1); n > peak.Load() {
				peak.Store(n)
			}
			time.Sleep(time.Millisecond) // until every call waits
			defer at.Add(-1)
			return c.Answer(p)
		})
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				switch i % 3 {
				case 0:
					d.Call(ReaddPath, PlaceBody())
				case 1:
					d.Call(InstantGetPath, FollowUpBody())
				default:
					d.Call(PreAddPath, PlaceBody())
				}
			})
		}
		all.Wait()
		if peak.Load() != 1 {
			t.Errorf("%d pushes at once", peak.Load())
		}
		times := map[int64]bool{}
		for _, m := range c.Orders {
			times[m.CreateTime] = true
		}
		for _, m := range c.FollowUps {
			times[m.CreateTime] = true
		}
		if len(times) != c.Count() {
			t.Errorf("%d pushes have %d times", c.Count(), len(times))
		}
	})
}
