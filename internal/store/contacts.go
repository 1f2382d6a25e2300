package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/event"

	"github.com/jackc/pgx/v5"

	"carrierhook/internal/store/pg"
)

// erasedLimit bounds what a run takes after it was told to stop, to tell what it has done.
const erasedLimit = 5 * time.Second

// EraseContacts erases who sent what to whom, where the booking, or the day that an
// attempt of an instant delivery expired, is longer ago than retention by the
// database's clock; 0 keeps it for ever. Where that clock is in doubt nothing is erased,
// and the error is ErrClockNotTrusted. What was said of deliveries on the way goes too
// when it is as old. It returns how many bookings and attempts it was, also when it
// could not go on. Each chunk is a transaction of its own, and any number of servers
// may do it.
func (s *Store) EraseContacts(ctx context.Context, retention time.Duration) (erased int64, err error) {
	if retention <= 0 {
		return 0, nil
	}
	clock, err := s.CheckClock(ctx)
	if err != nil {
		return 0, fmt.Errorf("erase contacts: %w", err)
	}
	oldest := clock.Database.Add(-retention)
	defer func() {
		if erased > 0 {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), erasedLimit)
			defer cancel()
			err = errors.Join(err, s.writeErased(ctx, clock.Database, erased))
		}
	}()
	if erased, err = s.Express.EraseContacts(ctx, oldest); err == nil {
		var details int64
		details, err = s.Instant.EraseDetails(ctx, oldest)
		erased += details
	}
	if err != nil {
		return erased, fmt.Errorf("erase contacts: %w", err)
	}
	if err := s.Instant.EraseMessages(ctx, oldest); err != nil {
		return erased, fmt.Errorf("erase messages: %w", err)
	}
	return erased, nil
}

// writeErased writes the event of a run: one, whatever it could not do. It began at a time
// that no other run has.
func (s *Store) writeErased(ctx context.Context, began time.Time, erased int64) error {
	facts := s.Events.Collect(began)
	facts.Add("", event.PrivacyErased, event.OfPrivacy, began.String(), event.Body{Erased: &erased, Source: event.Source{Server: "maintenance"}})
	var b pgx.Batch
	facts.Queue(&b)
	return pg.ExecAll(ctx, s.pool, &b)
}
