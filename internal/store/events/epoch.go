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
	return newEpoch(ctx, pool, epoch, nil)
}

const (
	// Up to the mark of a server the old history and the new one are the same: its row has
	// come back with the database, and nobody has written it since. What comes after may
	// differ already: it is sent, again or not. Whoever has a lease has it no more, with
	// what it knows of the old history.
	resetEndpoints = `UPDATE event_endpoint AS n
		SET position = least(n.position, m.mark), first_position = least(n.first_position, m.mark), leased_by = NULL, leased_until = NULL
		FROM (SELECT least((` + readPosition + `), coalesce(
			(SELECT position FROM event_server WHERE server = $1::uuid), (SELECT min(position) FROM event_server), 0)) AS mark) AS m
		RETURNING m.mark`

	// Events that are no more must not stand where new ones may have to.
	notInLog = `position > $1 AND position > (SELECT dropped FROM event_epoch)
		AND NOT EXISTS (SELECT FROM event e WHERE e.position = gone.position AND e.id = gone.id)`

	// What waited for one of them goes on.
	releaseRetries = `UPDATE event_retry r SET next_at = clock_timestamp()
		WHERE next_at = 'infinity' AND NOT EXISTS (SELECT FROM event_retry f WHERE f.endpoint = r.endpoint AND f.parcel = r.parcel AND f.position < r.position)`
)

// newEpoch follows an epoch, of several servers that notice once. server is the one that
// has noticed; nil: nobody has, and the least that any server was certain of counts.
func newEpoch(ctx context.Context, pool *pg.Pool, after string, server *string) error {
	err := pool.Transact(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "UPDATE event_epoch SET epoch = gen_random_uuid() WHERE epoch = $1::uuid", after)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		rows, _ := tx.Query(ctx, resetEndpoints, server)
		marks, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil || len(marks) == 0 {
			return err
		}
		var b pgx.Batch
		b.Queue("DELETE FROM event_retry AS gone WHERE "+notInLog, marks[0])
		b.Queue("DELETE FROM event_dead AS gone WHERE "+notInLog, marks[0])
		b.Queue(releaseRetries)
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return fmt.Errorf("begin a new epoch of events: %w", err)
	}
	return nil
}
