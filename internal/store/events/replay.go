package events

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"carrierhook/internal/event"

	"github.com/jackc/pgx/v5"
)

const (
	replayChunk = 1000 // events in a transaction
	skipChunk   = 1000

	// What chosen has goes to event_retry, and how far it went is told.
	replayChosen = `, added AS (
			INSERT INTO event_retry (endpoint, position, at, kind, parcel, id, body, attempts, next_at, last_failure)
			SELECT $1, position, at, kind, parcel, id, body, 0, 'infinity', ''
			FROM chosen
			ON CONFLICT (endpoint, position) DO NOTHING)
		SELECT count(*), coalesce(max(position), 0), coalesce(array_agg(DISTINCT parcel), '{}') FROM chosen`

	// Whatever waits to be tried again is, and what waits behind it in its parcel after it.
	hurryParcels = `UPDATE event_retry SET next_at = clock_timestamp() WHERE endpoint = $1 AND parcel = ANY ($2) AND next_at < 'infinity'`

	// Of a dead one: its call can never be made.
	withoutToken = `starts_with(last_failure, '` + event.TokenErased + `')`

	readWithoutToken = `SELECT EXISTS (SELECT FROM event_dead WHERE endpoint = $1 AND position = $2 AND ` + withoutToken + `)`

	replayDead = `WITH chosen AS (
			DELETE FROM event_dead
			WHERE endpoint = $1 AND position IN (
				SELECT position FROM event_dead
				WHERE endpoint = $1 AND position > $2 AND position <= $3 AND NOT ` + withoutToken + `
				ORDER BY position
				LIMIT $4)
			RETURNING position, at, kind, parcel, id, body)` + replayChosen

	// The newest first: none of a parcel is due before all are gone.
	skipNewest = `WITH gone AS (DELETE FROM event_retry
			WHERE endpoint = $1 AND position IN (
				SELECT position FROM event_retry WHERE endpoint = $1 AND position <= $2 ORDER BY position DESC LIMIT $3)
			RETURNING parcel)
		SELECT count(*), coalesce(array_agg(DISTINCT parcel), '{}') FROM gone`

	// One that is dead as well is not any more.
	replayLog = `WITH chosen AS MATERIALIZED (
			SELECT position, at, kind, parcel, id, body FROM event
			WHERE position > $2 AND position <= $3 AND at >= $5 AND at < $6 AND kind = ANY ($7)
				AND NOT EXISTS (SELECT FROM event_dead d WHERE d.endpoint = $1 AND d.position = event.position AND ` + withoutToken + `)
			ORDER BY position
			LIMIT $4),
		alive AS (
			DELETE FROM event_dead WHERE endpoint = $1 AND position IN (SELECT position FROM chosen))` + replayChosen
)

// Replay has events sent again, in order for each parcel, and at once: what is to be tried
// again later, or waits behind such a one, has its parcel's turn now, with the attempts that
// it had. It does so for a part of them: where next is not 0, there may be more after that
// position. What is not sent yet is none of them. Dead ones whose Token was erased are passed
// over; one of them by its position is event.ErrTokenErased.
func (d *Deliveries) Replay(ctx context.Context, r event.Replay) (replayed int, next int64, err error) {
	err = d.change(ctx, r.Endpoint, func(ctx context.Context, tx pgx.Tx, position int64) error {
		after, upTo := r.After, position
		if r.Position > 0 {
			after, upTo = r.Position-1, min(r.Position, position)
			var erased bool
			if err := tx.QueryRow(ctx, readWithoutToken, r.Endpoint, r.Position).Scan(&erased); err != nil || erased {
				return cmp.Or(err, event.ErrTokenErased)
			}
		}
		if r.Dead || r.Position > 0 {
			replayed, next, err = replay(ctx, tx, r.Endpoint, replayDead, after, upTo)
			if err != nil || r.Dead || replayed > 0 {
				return err
			}
		}
		from, to := r.From, r.To
		if to.IsZero() {
			to = time.Now().AddDate(1, 0, 0)
		}
		replayed, next, err = replay(ctx, tx, r.Endpoint, replayLog, after, upTo, from, to, kindsOf(r.Wants))
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("replay events: %w", err)
	}
	if replayed < replayChunk || r.Position > 0 {
		next = 0
	}
	return replayed, next, nil
}

func replay(ctx context.Context, tx pgx.Tx, endpoint, sql string, after, upTo int64, more ...any) (n int, next int64, err error) {
	var parcels []string
	err = tx.QueryRow(ctx, sql, append([]any{endpoint, after, upTo, replayChunk}, more...)...).Scan(&n, &next, &parcels)
	if err == nil {
		_, err = tx.Exec(ctx, orderParcels, endpoint, parcels)
	}
	if err == nil {
		_, err = tx.Exec(ctx, hurryParcels, endpoint, parcels)
	}
	return n, next, err
}

// Skip takes one event away that is retried, waits for one of its parcel, or is dead.
// found is false where there is none.
func (d *Deliveries) Skip(ctx context.Context, endpoint string, position int64) (found bool, err error) {
	err = d.change(ctx, endpoint, func(ctx context.Context, tx pgx.Tx, _ int64) error {
		var parcels []string
		err := tx.QueryRow(ctx, `WITH retry AS (DELETE FROM event_retry WHERE endpoint = $1 AND position = $2 RETURNING parcel),
				dead AS (DELETE FROM event_dead WHERE endpoint = $1 AND position = $2 RETURNING parcel)
			SELECT coalesce(array_agg(parcel), '{}') FROM (TABLE retry UNION ALL TABLE dead) AS gone`, endpoint, position).Scan(&parcels)
		if err != nil {
			return err
		}
		found = len(parcels) > 0
		_, err = tx.Exec(ctx, orderParcels, endpoint, parcels)
		return err
	})
	return found, err
}

// SkipTo has nothing sent any more of what comes up to a position and is not sent yet.
// What it does before an error stays done. It tells how many they were, counting at most
// maxCount of the log.
func (d *Deliveries) SkipTo(ctx context.Context, endpoint string, position int64, wants []event.Kind) (skipped int64, err error) {
	err = d.change(ctx, endpoint, func(ctx context.Context, tx pgx.Tx, from int64) error {
		err := tx.QueryRow(ctx, `SELECT count(*) FILTER (WHERE kind = ANY ($3))
			FROM (SELECT kind FROM event WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $4) AS log`,
			from, position, kindsOf(wants), maxCount).Scan(&skipped)
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE event_endpoint SET position = $2 WHERE name = $1 AND position < $2`, endpoint, position)
		}
		return err
	})
	for n := skipChunk; n == skipChunk && err == nil; {
		err = d.change(ctx, endpoint, func(ctx context.Context, tx pgx.Tx, _ int64) error {
			var parcels []string
			if err := tx.QueryRow(ctx, skipNewest, endpoint, position, skipChunk).Scan(&n, &parcels); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, orderParcels, endpoint, parcels)
			return err
		})
		if err == nil {
			skipped += int64(n)
		}
	}
	return skipped, err
}
