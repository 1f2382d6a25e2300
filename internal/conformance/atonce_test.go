package conformance

import (
	"slices"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/wechat"
)

// atOnce counts the pushes of one event that are under way.
type atOnce struct {
	mu    sync.Mutex
	under map[[32]byte]int
}

// first answers a push, and reports whether it is the first of several at once.
func (a *atOnce) first(id [32]byte, answer func()) bool {
	a.mu.Lock()
	if a.under == nil {
		a.under = map[[32]byte]int{}
	}
	a.under[id]++
	turn := a.under[id]
	a.mu.Unlock()
	time.Sleep(20 * time.Millisecond)
	answer()
	a.mu.Lock()
	defer a.mu.Unlock()
	return turn == 1 && a.under[id] > 1
}

// TestTwoNumbersAtOnce: a server that gives one of two pushes at once another number is
// caught, whichever answer comes first, and though it gives one number afterwards.
func TestTwoNumbersAtOnce(t *testing.T) {
	run(t, wechat.Plain, window, func(t *testing.T, c *carrier) {
		var pushes atOnce
		c.add = func(c *carrier, m wechat.AddWaybill) (r wechat.AddReply) {
			if pushes.first(m.Identity(), func() { r = c.book(m) }) && r.ResultCode == 0 {
				r.WayBillID += "0"
			}
			return r
		}
		c.place = func(c *carrier, m wechat.InstantOrder) (r wechat.InstantReply) {
			if pushes.first(m.Identity(), func() { r = c.placeOrder(m) }) && r.ResultCode == 0 {
				r.WaybillID += "0"
			}
			return r
		}
		wrong, _, report := failed(t, c.serve(t))
		if !slices.Equal(wrong, []string{"add_twice", "instant_twice"}) {
			t.Errorf("failed %v\n%s", wrong, lines(report))
		}
	})
}
