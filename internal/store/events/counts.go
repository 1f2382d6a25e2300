package events

import (
	"context"
	"fmt"
	"time"

	"carrierhook/internal/event"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Wanted is what an endpoint wants.
type Wanted struct {
	Endpoint string
	Kinds    []event.Kind // none: all
}

// Counts is what is left to deliver to an endpoint.
type Counts struct {
	Endpoint      string
	Oldest        time.Duration // the age of the oldest that was not delivered; 0: there is none
	Dead, Retries int           // up to maxCount
	Waiting       int64         // in the log after its position
}

// maxCount is where counting ends, so that it costs little where there is much. Of the log
// so many rows are looked at for one of a kind that is wanted.
const maxCount = 100_000

const count = `SELECT
		coalesce(extract(epoch FROM clock_timestamp() - least(
			(SELECT at FROM event_retry WHERE endpoint = $1 ORDER BY position LIMIT 1),
			(SELECT at FROM (SELECT position, at, kind FROM event WHERE position > n.position AND position <= $3 ORDER BY position LIMIT 10000) AS log
				WHERE cardinality($2::text[]) = 0 OR kind = ANY ($2) ORDER BY position LIMIT 1))), 0)::float8,
		(SELECT count(*) FROM (SELECT FROM event_dead WHERE endpoint = $1 LIMIT $4) AS d),
		(SELECT count(*) FROM (SELECT FROM event_retry WHERE endpoint = $1 LIMIT $4) AS r),
		greatest(0, $3 - n.position)
	FROM event_endpoint n
	WHERE name = $1`

// Counts counts what is left of events up to a position.
func (d *Deliveries) Counts(ctx context.Context, wanted []Wanted, upTo int64) (all []Counts, err error) {
	err = d.with(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		var b pgx.Batch
		for _, w := range wanted {
			b.Queue(count, w.Endpoint, kindsOf(w.Kinds), upTo, maxCount).Query(func(rows pgx.Rows) error {
				c, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Counts, error) {
					var age float64
					c := Counts{Endpoint: w.Endpoint}
					err := row.Scan(&age, &c.Dead, &c.Retries, &c.Waiting)
					c.Oldest = max(0, time.Duration(age*float64(time.Second)))
					return c, err
				})
				all = append(all, c...)
				return err
			})
		}
		return conn.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return nil, fmt.Errorf("count events: %w", err)
	}
	return all, nil
}
