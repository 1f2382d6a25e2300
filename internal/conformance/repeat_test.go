package conformance

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/wechat"
)

// TestHangUpIsCaught: a server that undoes a cancel whose caller has gone, or
// that has forgotten whose push it was, does not answer the repeat 0.
func TestHangUpIsCaught(t *testing.T) {
	run(t, wechat.Secure, window, func(t *testing.T, c *carrier) {
		lost := make(chan struct{}, 8) // a token for each push whose caller went away
		c.wait = func(r *http.Request, _ string) bool {
			select {
			case <-r.Context().Done():
				lost <- struct{}{}
				return false
			case <-time.After(100 * time.Millisecond):
				return true
			}
		}
		o := c.serve(t)
		wrong, _, report := failed(t, o)
		if len(wrong) > 0 {
			t.Errorf("a slow server fails %v\n%s", wrong, lines(report))
		}
		if len(lost) == 0 {
			t.Error("no connection was closed before the answer")
		}
		c = newCarrier(t, wechat.Secure, window)
		c.wait = func(r *http.Request, id string) bool {
			select {
			case <-r.Context().Done():
				c.mu.Lock()
				defer c.mu.Unlock()
				c.books.refused[id] = true
				for id, code := range c.codes { // as if nobody could ask for them any more
					if _, done := c.cancelled[id]; code == 0 && !done {
						c.codes[id] = 30003
					}
				}
				return false
			case <-time.After(100 * time.Millisecond):
				return true
			}
		}
		o = c.serve(t)
		o.Formats = o.Formats[:1]
		if wrong, _, report := failed(t, o); !slices.Contains(wrong, "hang_up") || !slices.Contains(wrong, "add_hang_up") || !slices.Contains(wrong, "instant_hang_up") {
			t.Errorf("fails %v\n%s", wrong, lines(report))
		}
	})
}

// TestTwiceIsCaught: a server that cannot work on the same waybill twice at once
// leaves one push without an answer.
func TestTwiceIsCaught(t *testing.T) {
	run(t, wechat.Secure, window, func(t *testing.T, c *carrier) {
		var under sync.Map
		c.wait = func(_ *http.Request, id string) bool {
			if _, there := under.LoadOrStore(id, true); there {
				panic(http.ErrAbortHandler) // closes the connection
			}
			defer under.Delete(id)
			time.Sleep(100 * time.Millisecond)
			return true
		}
		o := c.serve(t)
		o.Formats = o.Formats[:1]
		wrong, _, report := failed(t, o)
		if !slices.Equal(wrong, []string{"add_twice", "instant_twice", "twice"}) || !strings.Contains(lines(report), "one without an answer and ResultCode 0") {
			t.Errorf("failed %v\n%s", wrong, lines(report))
		}
	})
}
