package conformance

import (
	"net/http"
	"slices"
	"sync"

	"carrierhook/internal/wechat"
)

// defect is a deliberately wrong server: one thing in which it differs from the
// correct one, and exactly the cases that catch it.
type defect struct {
	name   string
	caught string // the case meant for it first
	mode   wechat.Mode
	inject func(*carrier)
}

// These replace a step of the correct server.
func accepting(step func(*carrier, *wechat.Query, []byte, http.Header) ([]byte, int)) func(*carrier) {
	return func(c *carrier) { c.accept = step }
}

func deciding(step func(*carrier, wechat.CancelWaybill) (int, string)) func(*carrier) {
	return func(c *carrier) { c.decide = step }
}

func ordering(step func(*carrier, wechat.AddWaybill) wechat.AddReply) func(*carrier) {
	return func(c *carrier) { c.add = step }
}

func sealing(step func(*carrier, *wechat.Push, wechat.Query, []byte) []byte) func(*carrier) {
	return func(c *carrier) { c.seal = step }
}

func refusing(bad func(frame) bool) func(*carrier) {
	return accepting(func(c *carrier, _ *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
		if p, err := read(body); err == nil {
			if f, ok := loosely(c.t, p.text("Encrypt")); ok && bad(f) {
				return nil, http.StatusForbidden
			}
		}
		return body, 0
	})
}

// counts counts by key.
type counts struct {
	mu sync.Mutex
	n  map[any]int
}

// next counts one more, and returns how many there were before.
func (c *counts) next(key any) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[any]int{}
	}
	c.n[key]++
	return c.n[key] - 1
}

var defects = slices.Concat(cancelDefects, forgeryDefects, replyDefects, bookDefects, instantDefects, programDefects, callDefects)
