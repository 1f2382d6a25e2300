package express

import (
	"context"
	"time"
)

// The oldest first, by the index. What another server is erasing is left to it.
const eraseContacts = `DELETE FROM booking_contact
	WHERE ctid = ANY (ARRAY(
		SELECT ctid
		FROM booking_contact
		WHERE booked_at < $1
		ORDER BY booked_at
		LIMIT $2
		FOR UPDATE SKIP LOCKED))`

// EraseContacts erases who sent what to whom, of bookings from before oldest. It returns
// how many bookings it was, also when it could not go on.
func (s *Store) EraseContacts(ctx context.Context, oldest time.Time) (erased int64, err error) {
	return s.pool.ExecInChunks(ctx, eraseContacts, oldest)
}
