package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Maintenance is what a round of maintenance of the ledger found and did.
type Maintenance struct {
	MonthsLeft int // months after the current one that have their partitions, without a gap
	Dropped    int // partitions of months that were older than the retention
}

// MaintainLedger makes the partitions that the ledger and the scans will need and drops
// the months that retention no longer covers; 0 keeps them for ever, and so does a
// clock in doubt, which is ErrClockNotTrusted. What can be done is done, whatever
// else fails, and the months are counted in any case. It never makes a push wait for
// longer than a moment, and any number of servers may do it.
func (s *Store) MaintainLedger(ctx context.Context, retention time.Duration) (Maintenance, error) {
	u, err := s.maintainMonths(ctx, retention)
	if err != nil {
		return u, fmt.Errorf("maintain the ledger: %w", err)
	}
	return u, nil
}

func (s *Store) maintainMonths(ctx context.Context, retention time.Duration) (u Maintenance, err error) {
	err = s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		u, err = s.maintainMonthsOn(ctx, conn, retention)
		return err
	})
	return u, err
}

func (s *Store) maintainMonthsOn(ctx context.Context, conn *pgxpool.Conn, retention time.Duration) (u Maintenance, err error) {
	faults := []error{ensureMonths(ctx, conn.Conn())}
	if retention > 0 {
		dropped, err := s.dropMonths(ctx, conn, retention)
		u.Dropped = dropped
		faults = append(faults, err)
	}
	left, err := fewestMonthsLeft(ctx, conn)
	if err == nil {
		u.MonthsLeft = left
		s.metrics.monthsLeft.Set(float64(left))
	}
	return u, errors.Join(append(faults, err)...)
}

func (s *Store) dropMonths(ctx context.Context, conn *pgxpool.Conn, retention time.Duration) (dropped int, err error) {
	clock, err := s.checkClock(ctx, conn)
	if err != nil {
		return 0, err
	}
	var faults []error
	for _, t := range keptByMonth {
		n, err := t.drop(ctx, conn.Conn(), clock.Database.Add(-retention))
		dropped += n
		faults = append(faults, err)
	}
	return dropped, errors.Join(faults...)
}

// fewestMonthsLeft is what is left to the table that runs out first.
func fewestMonthsLeft(ctx context.Context, conn querier) (int, error) {
	fewest := math.MaxInt
	for _, t := range keptByMonth {
		have, now, err := t.partitions(ctx, conn)
		if err != nil {
			return 0, err
		}
		fewest = min(fewest, t.every.left(have, now))
	}
	return fewest, nil
}
