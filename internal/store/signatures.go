package store

import (
	"context"
	"fmt"
	"time"
)

// ForgetSignatures deletes what binds signatures that no server takes any more: a
// push may be as far ahead of the server's clock as behind it, and that clock an hour
// away from the database's. Where the window is 0 a signature is good for ever, and
// nothing is deleted; and so where the database's clock is in doubt, which is
// ErrClockNotTrusted. Any number of servers may do it.
func (s *Store) ForgetSignatures(ctx context.Context, window time.Duration) (forgotten int64, err error) {
	if window <= 0 {
		return 0, nil
	}
	clock, err := s.CheckClock(ctx)
	if err == nil {
		forgotten, err = s.Pushes.ForgetSignatures(ctx, clock.Database.Add(-2*window-maxClockDifference))
	}
	if err != nil {
		return forgotten, fmt.Errorf("forget signatures: %w", err)
	}
	return forgotten, nil
}
