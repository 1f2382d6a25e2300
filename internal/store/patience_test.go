package store_test

import (
	"testing"
	"time"

	"carrierhook/internal/store"
)

// patience bounds what is not a test's own: only what hangs outlasts it, however slow
// the machine. Where a deadline is what a test is about it says so itself.
const patience = 2 * time.Minute

// until waits for an event.
func until(tb testing.TB, event string, came func() bool) {
	tb.Helper()
	for end := time.Now().Add(patience); !came(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			tb.Errorf("in vain it was waited until %s", event)
			return
		}
	}
}

// inTime does something that has a deadline, and does it again with more time where
// the machine was too slow for it. What no time is enough for is a failure.
func inTime(t *testing.T, do func(limit time.Duration) error) {
	t.Helper()
	limit, begun := time.Second, time.Now()
	for {
		err := do(limit)
		if err == nil {
			return
		}
		if time.Since(begun) > patience {
			t.Errorf("with %v: %v", limit, err)
			return
		}
		limit = min(2*limit, 16*time.Second)
	}
}

// lockTimeout is for tests that wait it out.
func lockTimeout(d time.Duration) func(store.Options) store.Options {
	return func(o store.Options) store.Options {
		o.LockTimeout = d
		return o
	}
}
