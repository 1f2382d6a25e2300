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

const (
	// maxCount is where counting ends, so that it costs little where there is much.
	maxCount = 100_000

	// maxSearch is how many rows of the log are looked at for one of a kind that is wanted.
	// If there are more, the first counts as one: an alarm comes too early then, never too late.
	maxSearch = 10_000
)

const readStatus = `SELECT name, position, coalesce(leased_until > clock_timestamp(), false), paused_at, paused_by, disabled_at, failing_since, last_failure, last_failed_at,
		coalesce(extract(epoch FROM clock_timestamp() - least(
			(SELECT at FROM event_retry WHERE endpoint = $1 ORDER BY position LIMIT 1),
			coalesce((SELECT at FROM (SELECT position, at, kind FROM event WHERE position > n.position AND position <= $3 ORDER BY position LIMIT $5) AS log
					WHERE cardinality($2::text[]) = 0 OR kind = ANY ($2) ORDER BY position LIMIT 1),
				(SELECT at FROM event WHERE position > n.position AND position <= $3
					AND EXISTS (SELECT FROM event WHERE position > n.position AND position <= $3 ORDER BY position OFFSET $5 LIMIT 1)
					ORDER BY position LIMIT 1)))), 0)::float8,
		(SELECT count(*) FROM (SELECT FROM event_dead WHERE endpoint = $1 LIMIT $4) AS d),
		(SELECT count(*) FROM (SELECT FROM event_retry WHERE endpoint = $1 LIMIT $4) AS r),
		greatest(0, $3 - n.position)
	FROM event_endpoint n
	WHERE name = $1`

// Status tells how endpoints are, those that there are, and what is left to deliver of
// events up to a position.
func (d *Deliveries) Status(ctx context.Context, wanted []Wanted, upTo int64) (all []event.EndpointStatus, err error) {
	err = d.with(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		all = nil
		var b pgx.Batch
		for _, w := range wanted {
			b.Queue(readStatus, w.Endpoint, kindsOf(w.Kinds), upTo, maxCount, maxSearch).Query(func(rows pgx.Rows) error {
				found, err := pgx.CollectRows(rows, scanStatus)
				all = append(all, found...)
				return err
			})
		}
		return conn.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return nil, fmt.Errorf("read the endpoints of events: %w", err)
	}
	return all, nil
}

func scanStatus(row pgx.CollectableRow) (s event.EndpointStatus, err error) {
	var paused, disabled, failing, failed *time.Time
	var age float64
	err = row.Scan(&s.Name, &s.Position, &s.Leased, &paused, &s.PausedBy, &disabled, &failing, &s.LastFailure, &failed, &age, &s.Dead, &s.Retrying, &s.Waiting)
	s.PausedAt, s.DisabledAt, s.FailingSince = timeOf(paused), timeOf(disabled), timeOf(failing)
	s.LastFailedAt = timeOf(failed)
	s.Oldest = max(0, time.Duration(age*float64(time.Second)))
	return s, err
}
