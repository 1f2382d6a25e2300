package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"

	"github.com/jackc/pgx/v5/pgxpool"
)

// EventMaintenance is what a round of maintenance of the events found and did.
type EventMaintenance struct {
	DaysLeft int // days after the current one that have their partitions, without a gap
	Dropped  int // partitions of days that were older than the retention
	events.Expired
}

// MaintainEvents makes the partitions that events will need, and drops the days that
// retention no longer covers, whose events no endpoint waits for any more; 0 keeps them,
// and so does a clock in doubt, which is ErrClockNotTrusted. endpoints are those of the
// configuration, each with the kinds that it wants.
func (s *Store) MaintainEvents(ctx context.Context, retention time.Duration, endpoints map[string][]event.Kind) (m EventMaintenance, err error) {
	err = s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		faults := []error{eventDays.ensure(ctx, conn.Conn())}
		have, now, err := eventDays.partitions(ctx, conn)
		if err == nil {
			m.DaysLeft = eventDays.every.left(have, now)
			s.metrics.daysLeft.Set(float64(m.DaysLeft))
		}
		return errors.Join(append(faults, err)...)
	})
	if retention > 0 {
		err = errors.Join(err, s.dropEvents(ctx, retention, endpoints, &m))
	}
	if err != nil {
		return m, fmt.Errorf("maintain the events: %w", err)
	}
	return m, nil
}

func (s *Store) dropEvents(ctx context.Context, retention time.Duration, endpoints map[string][]event.Kind, m *EventMaintenance) error {
	clock, err := s.CheckClock(ctx)
	if err != nil {
		return err
	}
	oldest := eventDays.every.of(clock.Database.Add(-retention))
	var ready bool
	if m.Expired, ready, err = events.Expire(ctx, s.pool, clock.Database, oldest, endpoints); err != nil || !ready {
		return err
	}
	return s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		m.Dropped, err = eventDays.drop(ctx, conn.Conn(), oldest)
		return err
	})
}
