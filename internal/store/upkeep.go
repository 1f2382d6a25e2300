package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Upkeep is what a round of looking after the ledger found and did.
type Upkeep struct {
	MonthsLeft int // months after the current one that have a partition, without a gap
	Dropped    int // months that were older than the retention
}

// KeepLedger makes the partitions that the ledger will need and drops the
// months that retention no longer covers; 0 keeps them for ever. What can be
// done is done, whatever else fails, and the months are counted in any case. It
// never makes a push wait for longer than a moment, and any number of servers
// may do it.
func (s *Store) KeepLedger(ctx context.Context, retention time.Duration) (Upkeep, error) {
	var u Upkeep
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return u, fmt.Errorf("keep the ledger: %w", err)
	}
	defer conn.Release()
	faults := []error{ensurePartitions(ctx, conn.Conn())}
	if retention > 0 {
		u.Dropped, err = dropPartitions(ctx, conn.Conn(), retention)
		faults = append(faults, err)
	}
	have, now, err := months(ctx, conn)
	if err == nil {
		u.MonthsLeft = monthsLeft(have, now)
		s.metrics.monthsLeft.Set(float64(u.MonthsLeft))
	}
	if err := errors.Join(append(faults, err)...); err != nil {
		return u, fmt.Errorf("keep the ledger: %w", err)
	}
	return u, nil
}

// monthsLeft counts the months after now's that follow each other in have,
// which is sorted. It is -1 when the current month itself is missing.
func monthsLeft(have []month, now time.Time) int {
	left, next := -1, monthOf(now)
	for _, m := range have {
		if m == next {
			left, next = left+1, next.add(1)
		}
	}
	return left
}
