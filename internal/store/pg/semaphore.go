package pg

import (
	"context"
	"fmt"
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
