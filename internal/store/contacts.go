package store

import (
	"context"
	"fmt"
	"time"
)

// eraseChunk is how many bookings' contacts one transaction erases.
const eraseChunk = 1000

// The oldest first, by the index. What another server is erasing is left to it.
const eraseContacts = `DELETE FROM booking_contact
	WHERE ctid = ANY (ARRAY(
		SELECT ctid
		FROM booking_contact
		WHERE booked_at < now() - make_interval(secs => $1)
		ORDER BY booked_at
		LIMIT $2
		FOR UPDATE SKIP LOCKED))`

// EraseContacts erases who sent what to whom, where the booking is older than
// retention by the database's clock; 0 keeps it for ever. It returns how many
// bookings' contacts it erased, also when it could not go on. Each chunk is a
// transaction of its own, and any number of servers may do it.
func (s *Store) EraseContacts(ctx context.Context, retention time.Duration) (erased int64, err error) {
	if retention <= 0 {
		return 0, nil
	}
	for {
		tag, err := s.pool.Exec(ctx, eraseContacts, retention.Seconds(), eraseChunk)
		if err != nil {
			return erased, fmt.Errorf("erase contacts: %w", err)
		}
		erased += tag.RowsAffected()
		if tag.RowsAffected() < eraseChunk {
			return erased, nil
		}
	}
}
