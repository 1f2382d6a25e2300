package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

const (
	expireChunk = 5000

	// An endpoint whose servers are gone for so long is in no configuration any more.
	endpointHold = 24 * time.Hour
	serverHold   = 24 * time.Hour
	deadHold     = 90 * 24 * time.Hour
)

// Expired is what a run of maintenance found and did.
type Expired struct {
	Dead    int64 // events that went to event_dead, because an endpoint had not taken them
	Removed int64 // from event_dead, 90 days after they had died
	// Waits names an endpoint that keeps days from being dropped: another server has it in
	// its configuration, and this one does not know what it wants.
	Waits string
}

// Expire makes events before a time ready to be dropped, and tells whether they may be.
// What an endpoint has not taken of them goes to event_dead. wanted are the endpoints of the configuration, each with its kinds.
func Expire(ctx context.Context, pool *pg.Pool, now, before time.Time, wanted map[string][]event.Kind) (e Expired, ready bool, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("expire events: %w", err)
		}
	}()
	if e.Removed, err = pool.ExecInChunks(ctx, `DELETE FROM event_dead WHERE (endpoint, position) IN
		(SELECT endpoint, position FROM event_dead WHERE died_at < $1 LIMIT $2)`, now.Add(-deadHold)); err != nil {
		return e, false, err
	}
	if _, err := pool.Exec(ctx, `DELETE FROM event_server WHERE seen_at < $1`, now.Add(-serverHold)); err != nil {
		return e, false, err
	}
	var last int64
	if err := pool.QueryRow(ctx, `SELECT coalesce(max(position), 0) FROM event WHERE at < $1`, before).Scan(&last); err != nil {
		return e, false, err
	}
	rows, _ := pool.Query(ctx, `SELECT name, seen_at < $1 FROM event_endpoint ORDER BY name`, now.Add(-endpointHold))
	type endpoint struct {
		name string
		gone bool
	}
	endpoints, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p endpoint, err error) { return p, row.Scan(&p.name, &p.gone) })
	if err != nil {
		return e, false, err
	}
	for _, p := range endpoints {
		kinds, known := wanted[p.name]
		if !known && !p.gone {
			e.Waits = p.name
			continue
		}
		dead, err := pass(ctx, pool, p.name, kinds, before, last)
		e.Dead += dead
		if err != nil {
			return e, false, err
		}
	}
	if e.Waits != "" {
		return e, false, nil
	}
	// Before they are: a reader that misses one of them then reads this.
	_, err = pool.Exec(ctx, `UPDATE event_epoch SET dropped = $1 WHERE dropped < $1`, last)
	return e, err == nil, err
}

// pass takes an endpoint past the events up to last, and those that wait for it since
// before then.
func pass(ctx context.Context, pool *pg.Pool, endpoint string, kinds []event.Kind, before time.Time, last int64) (dead int64, err error) {
	wants := make([]string, 0, len(kinds))
	for _, k := range kinds {
		wants = append(wants, string(k))
	}
	for {
		n, more, err := passChunk(ctx, pool, endpoint, wants, before, last)
		if dead += n; err != nil || !more {
			return dead, err
		}
	}
}

// passChunk has the endpoint's row locked, as whoever changes its events by hand: the
// server that delivers to it comes before or after.
func passChunk(ctx context.Context, pool *pg.Pool, endpoint string, wants []string, before time.Time, last int64) (dead int64, more bool, err error) {
	err = pool.Transact(ctx, func(tx pgx.Tx) error {
		var position int64
		var halted bool
		err := tx.QueryRow(ctx, `SELECT position, paused_at IS NOT NULL OR disabled_at IS NOT NULL OR seen_at < clock_timestamp() - $2::interval
			FROM event_endpoint WHERE name = $1 FOR UPDATE`, endpoint, endpointHold).
			Scan(&position, &halted)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if halted { // of others the schedule ends
			tag, err := tx.Exec(ctx, `WITH old AS (DELETE FROM event_retry WHERE (endpoint, position) IN
					(SELECT endpoint, position FROM event_retry WHERE endpoint = $1 AND at < $2 ORDER BY position LIMIT $3) RETURNING *)
				INSERT INTO event_dead (endpoint, position, at, kind, parcel, id, body, attempts, died_at, last_failure)
				SELECT endpoint, position, at, kind, parcel, id, body, attempts, clock_timestamp(), 'expired' FROM old ON CONFLICT DO NOTHING`,
				endpoint, before, expireChunk)
			if err != nil {
				return err
			}
			dead += tag.RowsAffected()
			more = tag.RowsAffected() == expireChunk
		}
		if position >= last {
			return nil
		}
		to, scanned := last, 0
		err = tx.QueryRow(ctx, `SELECT coalesce(max(position), $2), count(*) FROM
			(SELECT position FROM event WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3) AS e`, position, last, expireChunk).Scan(&to, &scanned)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `INSERT INTO event_dead (endpoint, position, at, kind, parcel, id, body, attempts, died_at, last_failure)
			SELECT $1, position, at, kind, parcel, id, body, 0, clock_timestamp(), 'expired' FROM event
			WHERE position > $2 AND position <= $3 AND kind = ANY($4) ON CONFLICT DO NOTHING`, endpoint, position, to, wants)
		if err != nil {
			return err
		}
		dead += tag.RowsAffected()
		more = more || scanned == expireChunk
		if scanned < expireChunk {
			to = last
		}
		_, err = tx.Exec(ctx, `UPDATE event_endpoint SET position = $2 WHERE name = $1`, endpoint, to)
		return err
	})
	return dead, more, err
}
