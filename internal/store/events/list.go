package events

import (
	"context"
	"fmt"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// Each source has no more than is wanted. Postgres plans for the values, so that a
// condition that they do not need costs nothing.
const listDeliveries = `SELECT position, at, kind, parcel, id, state, attempts, next_at, died_at, failure
	FROM (
		(SELECT position, at, kind, parcel, id, 'dead' AS state, attempts, NULL::timestamptz AS next_at, died_at, last_failure AS failure
		FROM event_dead
		WHERE endpoint = $1 AND position < $2 AND $4 IN ('', 'dead') AND ($5 = '' OR kind = $5) AND ($6 = '' OR parcel = $6)
		ORDER BY position DESC LIMIT $3)
		UNION ALL
		(SELECT position, at, kind, parcel, id, CASE WHEN next_at < 'infinity' THEN 'retrying' ELSE 'waiting' END, attempts,
			nullif(next_at, 'infinity'), NULL, last_failure
		FROM event_retry
		WHERE endpoint = $1 AND position < $2 AND ($4 = '' OR $4 = 'retrying' AND next_at < 'infinity' OR $4 = 'waiting' AND next_at = 'infinity')
			AND ($5 = '' OR kind = $5) AND ($6 = '' OR parcel = $6)
		ORDER BY position DESC LIMIT $3)
		UNION ALL
		(SELECT e.position, at, kind, parcel, id, CASE WHEN e.position > n.position THEN 'waiting' ELSE 'delivered' END, 0, NULL, NULL, ''
		FROM event_endpoint n, event e
		WHERE n.name = $1 AND e.position < $2 AND e.position <= $7 AND e.position > n.first_position
			AND ($4 = '' OR $4 = 'waiting' AND e.position > n.position OR $4 = 'delivered' AND e.position <= n.position)
			AND ($5 = '' OR kind = $5) AND kind = ANY ($8) AND ($6 = '' OR parcel = $6)
			AND NOT EXISTS (SELECT FROM event_retry r WHERE r.endpoint = $1 AND r.position = e.position)
			AND NOT EXISTS (SELECT FROM event_dead d WHERE d.endpoint = $1 AND d.position = e.position)
		ORDER BY e.position DESC LIMIT $3)) AS all_of_them
	ORDER BY position DESC
	LIMIT $3`

// List gives what became of events up to a position, newest first, and whether there is
// more.
func (d *Deliveries) List(ctx context.Context, q event.DeliveryQuery, upTo int64) (page []event.Delivery, more bool, err error) {
	if !pg.CanStore(q.Endpoint, string(q.Kind), q.Parcel) {
		return nil, false, nil
	}
	before := q.Before
	if before == 0 {
		before = upTo + 1
	}
	err = d.pool.Read(ctx, true, func(b *pgx.Batch) {
		b.Queue(listDeliveries, q.Endpoint, before, q.Limit+1, string(q.State), string(q.Kind), q.Parcel, upTo, kindsOf(q.Wants))
	}, func(res pgx.BatchResults) error {
		page = nil
		return pg.EachRow(res, func(rows pgx.Rows) error {
			var e event.Delivery
			var next, died *time.Time
			err := rows.Scan(&e.Position, &e.At, &e.Kind, &e.Parcel, (*id)(&e.ID), &e.State, &e.Attempts, &next, &died, &e.Failure)
			e.NextAt, e.DiedAt = timeOf(next), timeOf(died)
			page = append(page, e)
			return err
		})
	})
	if err != nil {
		return nil, false, fmt.Errorf("read deliveries: %w", err)
	}
	if len(page) > q.Limit {
		return page[:q.Limit], true, nil
	}
	return page, false, nil
}

// timeOf is zero for null.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
