package pg

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff waits between tries: from 10 ms, doubling to 200 ms, with jitter so
// that the servers of a fleet do not come back in step.
type Backoff struct{ next time.Duration }

// Wait reports false when ctx ends first.
func (b *Backoff) Wait(ctx context.Context) bool {
	b.next = min(max(2*b.next, 10*time.Millisecond), 200*time.Millisecond)
	return Pause(ctx, b.next/2+rand.N(b.next/2))
}

// Pause reports false when ctx ends first.
func Pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
