package store

import (
	"context"
	"fmt"
	"time"
)

// eraseChunk is how many bookings' contacts, or of what else is erased, go in one
// transaction.
const eraseChunk = 1000

// The oldest first, by the index. What another server is erasing is left to it.
const (
	eraseContacts = `DELETE FROM booking_contact
	WHERE ctid = ANY (ARRAY(
		SELECT ctid
		FROM booking_contact
		WHERE booked_at < $1
		ORDER BY booked_at
		LIMIT $2
		FOR UPDATE SKIP LOCKED))`

	eraseDetails = `DELETE FROM delivery_details
	WHERE ctid = ANY (ARRAY(
		SELECT ctid
		FROM delivery_details
		WHERE expires_at < $1
		ORDER BY expires_at
		LIMIT $2
		FOR UPDATE SKIP LOCKED))`

	// What the carrier said on the way may name somebody, or a telephone number. It
	// goes by its own age, for it may come late. An attempt has the message of its
	// last step: the one that is there when the lock is had, whatever the steps were
	// before that. Who writes to an attempt has its order locked, and so has this; an
	// order at which somebody is at work is left for the next round.
	eraseMessages = `WITH old AS MATERIALIZED (
		SELECT s.shop_id, s.order_id, s.attempt, s.serial, s.message
		FROM delivery_step s
		JOIN delivery_order o ON o.shop_id = s.shop_id AND o.order_id = s.order_id
		WHERE s.message <> '' AND s.recorded_at < $1
		ORDER BY s.recorded_at
		LIMIT $2
		FOR UPDATE OF o SKIP LOCKED),
	attempts AS (
		UPDATE delivery_attempt a
		SET message = ''
		FROM old
		WHERE a.shop_id = old.shop_id AND a.order_id = old.order_id AND a.attempt = old.attempt AND a.message = old.message
			AND NOT EXISTS (SELECT FROM delivery_step l
				WHERE l.shop_id = old.shop_id AND l.order_id = old.order_id AND l.attempt = old.attempt AND l.serial > old.serial))
	UPDATE delivery_step s
	SET message = ''
	FROM old
	WHERE s.shop_id = old.shop_id AND s.order_id = old.order_id AND s.attempt = old.attempt AND s.serial = old.serial`
)

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
	for _, sql := range []string{eraseContacts, eraseDetails} {
		n, err := s.erase(ctx, sql, oldest)
		erased += n
		if err != nil {
			return erased, fmt.Errorf("erase contacts: %w", err)
		}
	}
	if _, err := s.erase(ctx, eraseMessages, oldest); err != nil {
		return erased, fmt.Errorf("erase messages: %w", err)
	}
	return erased, nil
}

// erase goes on until there is less than a chunk.
func (s *Store) erase(ctx context.Context, sql string, oldest time.Time) (erased int64, err error) {
	for {
		tag, err := s.pool.Exec(ctx, sql, oldest, eraseChunk)
		if err != nil {
			return erased, err
		}
		erased += tag.RowsAffected()
		if tag.RowsAffected() < eraseChunk {
			return erased, nil
		}
	}
}
