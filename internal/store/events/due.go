package events

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	columnsOfRetry = `SELECT position, at, kind, parcel, id, body, attempts, ` + missed + ` FROM event_retry e WHERE endpoint = $1 AND `

	readDue = columnsOfRetry + `next_at <= clock_timestamp() AND position <> ALL ($2::bigint[])
		ORDER BY next_at, position LIMIT $3`

	// None that waits behind one of its parcel.
	readFirst = columnsOfRetry + `next_at < 'infinity' AND position > $2 ORDER BY position LIMIT 1`

	readOld = columnsOfRetry + `position IN (SELECT position FROM event_retry WHERE endpoint = $1 ORDER BY position LIMIT $3)
		AND at < clock_timestamp() - $2::interval ORDER BY position`
)

// Due reads what is to be sent again now, but for positions, that the caller has.
func (d *Deliveries) Due(ctx context.Context, endpoint string, except []int64, limit int) ([]Delivery, error) {
	return d.readRetries(ctx, readDue, endpoint, append([]int64{}, except...), limit)
}

// First reads the first one after a position that is due, be it in the future; where there
// is none, the first of all.
func (d *Deliveries) First(ctx context.Context, endpoint string, after int64) ([]Delivery, error) {
	first, err := d.readRetries(ctx, readFirst, endpoint, after)
	if err == nil && len(first) == 0 && after > 0 {
		return d.readRetries(ctx, readFirst, endpoint, 0)
	}
	return first, err
}

// Old reads the first of those that are older than an age.
func (d *Deliveries) Old(ctx context.Context, endpoint string, age time.Duration, limit int) ([]Delivery, error) {
	return d.readRetries(ctx, readOld, endpoint, age, limit)
}

func (d *Deliveries) readRetries(ctx context.Context, sql, endpoint string, args ...any) (all []Delivery, err error) {
	err = d.with(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		rows, _ := conn.Query(ctx, sql, append([]any{endpoint}, args...)...)
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Delivery, err error) {
			err = row.Scan(&e.Position, &e.At, &e.Kind, &e.Parcel, (*id)(&e.ID), &e.Body, &e.Attempts, (*id)(&e.Missed))
			return e, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read events to send again to %s: %w", endpoint, err)
	}
	return all, nil
}
