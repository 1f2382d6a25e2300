package events

import (
	"context"
	"fmt"

	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// NewEpoch begins a new history of events: cursors of before are refused, and each
// follower begins again. It is for a database that has gone back in time, where no server
// that runs has noticed.
func NewEpoch(ctx context.Context, pool *pg.Pool) error {
	var epoch string
	if err := pool.QueryRow(ctx, "SELECT epoch::text FROM event_epoch").Scan(&epoch); err != nil {
		return fmt.Errorf("read the epoch of events: %w", err)
	}
	return newEpoch(ctx, pool, epoch)
}

// newEpoch follows an epoch, of several servers that notice once. An endpoint that was
// ahead has what comes next; what it was sent before is sent again or is gone.
func newEpoch(ctx context.Context, pool *pg.Pool, after string) error {
	err := pool.Transact(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "UPDATE event_epoch SET epoch = gen_random_uuid() WHERE epoch = $1::uuid", after); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE event_endpoint SET position = p.last FROM (SELECT ("+readPosition+") AS last) AS p WHERE position > p.last")
		return err
	})
	if err != nil {
		return fmt.Errorf("begin a new epoch of events: %w", err)
	}
	return nil
}
