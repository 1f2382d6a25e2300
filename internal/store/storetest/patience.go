package storetest

import (
	"testing"
	"time"
)

// Patience bounds waits that are not what a test is about: only what hangs takes
// longer, on a slow machine too. A test of a deadline has one of its own.
const Patience = 2 * time.Minute

// Must ends the test where an error is not nil.
func Must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// Until waits for an event.
func Until(tb testing.TB, event string, happened func() bool) {
	tb.Helper()
	for end := time.Now().Add(Patience); !happened(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			tb.Errorf("waited in vain until %s", event)
			return
		}
	}
}

// WithinLimit does something that has a deadline, and does it again with more time
// where the machine was too slow for it. It fails if no time is enough.
func WithinLimit(t *testing.T, do func(limit time.Duration) error) {
	t.Helper()
	limit, begun := time.Second, time.Now()
	for {
		err := do(limit)
		if err == nil {
			return
		}
		if time.Since(begun) > Patience {
			t.Errorf("with %v: %v", limit, err)
			return
		}
		limit = min(2*limit, 16*time.Second)
	}
}
