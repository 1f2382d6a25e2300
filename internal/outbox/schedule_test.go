package outbox

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Each wait is that of the standard or up to a fifth longer, and no later one is shorter;
// after ten attempts an event is dead, and it is at most 91 hours old then.
func TestSchedule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var total, last time.Duration
		attempts := 0
		for {
			attempts++ // it was sent, and failed
			wait, again := standard.next(attempts, rapid.Float64Range(0, 1).Draw(t, "chance"))
			if !again {
				break
			}
			if shortest := standard[attempts-1]; wait < shortest || wait > shortest+shortest/5 {
				t.Fatalf("after attempt %d: %v", attempts, wait)
			}
			if wait < last {
				t.Fatalf("after attempt %d: %v, before it %v", attempts, wait, last)
			}
			last, total = wait, total+wait
		}
		if attempts != 10 || total < 75*time.Hour || total > 91*time.Hour {
			t.Fatalf("%d attempts in %v", attempts, total)
		}
	})
}
