package store

import (
	"context"
	"fmt"
)

// places bound how many do a thing at a time, on a connection each, so that what
// is not a push leaves connections to those who are.
type semaphore chan struct{}

func newSemaphore(n int) semaphore { return make(semaphore, max(1, n)) }

// take waits for a place; whoever has it gives it back.
func (p semaphore) acquire(ctx context.Context) (giveBack func(), err error) {
	select {
	case p <- struct{}{}:
		return func() { <-p }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("others are at it too: %w", ctx.Err())
	}
}

// The parts of the connections that those may have who read the record (but two at
// the least), and of them those whose questions may take long (but one). Contracts are few, and a held merchant
// is waited for.
const (
	readShare     = 4
	slowReadShare = 2 * readShare
	maxContracts  = 2
)
