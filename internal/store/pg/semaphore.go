package pg

import (
	"context"
	"fmt"
	"time"
)

// Semaphore limits how many use a connection for the same thing at a time, so that
// connections are left to batches.
type Semaphore chan struct{}

// NewSemaphore makes one for n, or for one.
func NewSemaphore(n int) Semaphore { return make(Semaphore, max(1, n)) }

// Acquire waits for its turn, until ctx ends.
func (s Semaphore) Acquire(ctx context.Context) (release func(), err error) {
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for others of the same kind: %w", ctx.Err())
	}
}

// Yield waits while all connections are in use, at most for a time, so that whoever has to be
// answered comes first.
func (p *Pool) Yield(ctx context.Context, limit time.Duration) {
	allInUse := func() bool {
		use := p.Stat()
		return use.AcquiredConns() >= use.MaxConns()
	}
	for end := time.Now().Add(limit); allInUse() && time.Now().Before(end) && Pause(ctx, 2*time.Millisecond); {
	}
}
