package instant

import (
	"context"
	"time"
)

const (
	// The oldest first, by the index. What another server is erasing is left to it.
	eraseDetails = `DELETE FROM delivery_details
	WHERE ctid = ANY (ARRAY(
		SELECT ctid
		FROM delivery_details
		WHERE expires_at < $1
		ORDER BY expires_at
		LIMIT $2
		FOR UPDATE SKIP LOCKED))`

	// What the carrier reported may name somebody, or have a telephone number, and an agent
	// is a rider with both. It is erased by its own age, because it may be recorded late. An
	// attempt has a copy of the message of its last step. Whatever writes to an attempt locks its order, and
	// so does this; an order that is locked is left for the next round.
	eraseMessages = `WITH old AS MATERIALIZED (
		SELECT s.shop_id, s.order_id, s.attempt, s.serial, s.message
		FROM delivery_step s
		JOIN delivery_order o ON o.shop_id = s.shop_id AND o.order_id = s.order_id
		WHERE (s.message <> '' OR s.agent IS NOT NULL) AND s.recorded_at < $1
		ORDER BY s.recorded_at
		LIMIT $2
		FOR UPDATE OF o SKIP LOCKED),
	attempts AS (
		UPDATE delivery_attempt a
		SET message = ''
		FROM old
		WHERE a.shop_id = old.shop_id AND a.order_id = old.order_id AND a.attempt = old.attempt AND a.message = old.message AND a.message <> ''
			AND NOT EXISTS (SELECT FROM delivery_step l
				WHERE l.shop_id = old.shop_id AND l.order_id = old.order_id AND l.attempt = old.attempt AND l.serial > old.serial))
	UPDATE delivery_step s
	SET message = '', agent = NULL
	FROM old
	WHERE s.shop_id = old.shop_id AND s.order_id = old.order_id AND s.attempt = old.attempt AND s.serial = old.serial`
)

// EraseDetails erases the personal data of attempts that expired before oldest. It
// returns of how many, also with an error.
func (s *Store) EraseDetails(ctx context.Context, oldest time.Time) (erased int64, err error) {
	return s.pool.ExecInChunks(ctx, eraseDetails, oldest)
}

// EraseMessages erases the messages and the agents of steps that were recorded before oldest.
func (s *Store) EraseMessages(ctx context.Context, oldest time.Time) error {
	_, err := s.pool.ExecInChunks(ctx, eraseMessages, oldest)
	return err
}
