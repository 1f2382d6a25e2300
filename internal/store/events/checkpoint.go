package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrLeaseLost says that another server may deliver to the endpoint, that an operator has
// moved its position, or that another epoch has begun. Nothing was written.
var ErrLeaseLost = errors.New("the lease of the endpoint is lost")

// WaitBehind is the wait of one that an earlier one of its parcel comes before.
const WaitBehind time.Duration = -1

// Retry is an event that is to be sent again.
type Retry struct {
	Delivery
	Wait    time.Duration // from now on; WaitBehind: until an earlier one is delivered or dead
	Failure string
	Sent    time.Time // when its attempt began, for Again; zero: a moment ago
}

// Checkpoint is what became of the events of an endpoint since the last one.
type Checkpoint struct {
	Lease Lease         // as of the last checkpoint
	Until time.Duration // from now on the lease lasts so long
	To    int64         // the new position

	Add       []Retry    // of the log, to event_retry
	Bury      []Retry    // of the log, to event_dead
	Again     []Retry    // of event_retry, failed again
	Dead      []Retry    // of event_retry, to event_dead
	Delivered []Delivery // of event_retry

	Failing bool   // it gets one request at a time
	Failure string // of the last one that did; empty: there was none since
	Disable bool
}

const (
	moveEndpoint = `UPDATE event_endpoint
		SET position = $4, leased_until = clock_timestamp() + $5::interval, seen_at = clock_timestamp(),
			failing_since = CASE WHEN $6 THEN coalesce(failing_since, clock_timestamp()) END,
			last_failure = CASE WHEN $7 = '' THEN last_failure ELSE $7 END,
			last_failed_at = CASE WHEN $7 = '' THEN last_failed_at ELSE clock_timestamp() END,
			disabled_at = CASE WHEN $8 THEN coalesce(disabled_at, clock_timestamp()) ELSE disabled_at END
		WHERE name = $1 AND leased_by = $2 AND position = $3 AND ($9 = '' OR $9 = (SELECT epoch::text FROM event_epoch))
		RETURNING paused_at IS NOT NULL, disabled_at IS NOT NULL`

	addRetries = `INSERT INTO event_retry (endpoint, position, at, kind, parcel, id, body, attempts, first_at, next_at, last_failure)
		SELECT $1, position, at, kind, parcel, id, body, attempts, CASE WHEN attempts > 0 THEN clock_timestamp() END,
			CASE WHEN wait < 0 THEN 'infinity' ELSE clock_timestamp() + wait * interval '1 ms' END, failure
		FROM unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::integer[], $9::bigint[], $10::text[])
			AS q (position, at, kind, parcel, id, body, attempts, wait, failure)
		ON CONFLICT (endpoint, position) DO NOTHING`

	bury = `INSERT INTO event_dead (endpoint, position, at, kind, parcel, id, body, attempts, died_at, last_failure)
		SELECT $1, position, at, kind, parcel, id, body, attempts, clock_timestamp(), failure
		FROM unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::integer[], $9::bigint[], $10::text[])
			AS q (position, at, kind, parcel, id, body, attempts, wait, failure)
		ON CONFLICT (endpoint, position) DO NOTHING`

	// What an operator has taken away meanwhile stays away, and what was replayed during its
	// attempt, which may have begun before the cause was mended, stays due.
	updateRetries = `UPDATE event_retry r
		SET attempts = q.attempts, first_at = coalesce(first_at, clock_timestamp()),
			next_at = CASE WHEN next_at > clock_timestamp() - took * interval '1 ms' AND next_at <= clock_timestamp() THEN next_at
				ELSE clock_timestamp() + wait * interval '1 ms' END,
			last_failure = failure
		FROM unnest($2::bigint[], $3::integer[], $4::bigint[], $5::text[], $6::bigint[]) AS q (position, attempts, wait, failure, took)
		WHERE r.endpoint = $1 AND r.position = q.position`

	killRetries = `WITH gone AS (DELETE FROM event_retry r
			USING unnest($2::bigint[], $3::integer[], $4::bigint[], $5::text[]) AS q (position, attempts, wait, failure)
			WHERE r.endpoint = $1 AND r.position = q.position
			RETURNING r.position, at, kind, parcel, id, body, q.attempts, failure)
		INSERT INTO event_dead (endpoint, position, at, kind, parcel, id, body, attempts, died_at, last_failure)
		SELECT $1, position, at, kind, parcel, id, body, attempts, clock_timestamp(), failure
		FROM gone
		ON CONFLICT (endpoint, position) DO NOTHING`

	deleteRetries = `DELETE FROM event_retry WHERE endpoint = $1 AND position = ANY ($2)`

	// The first of a parcel has a time, and the others wait for it.
	orderParcels = `UPDATE event_retry r
		SET next_at = CASE WHEN first THEN clock_timestamp() ELSE 'infinity' END
		FROM (SELECT position, row_number() OVER (PARTITION BY parcel ORDER BY position) = 1 AS first
			FROM event_retry
			WHERE endpoint = $1 AND parcel = ANY ($2)) AS q
		WHERE r.endpoint = $1 AND r.position = q.position AND first = (next_at = 'infinity')`
)

// Checkpoint writes c, or fails with ErrLeaseLost. due says that some may be due by
// it. After another error it may be written.
func (d *Deliveries) Checkpoint(ctx context.Context, c Checkpoint) (s State, due bool, err error) {
	err = d.with(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		if len(c.Add)+len(c.Bury)+len(c.Again)+len(c.Dead)+len(c.Delivered) == 0 {
			s, err = c.move(ctx, conn)
			return err
		}
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if s, err = c.move(ctx, tx); err != nil {
				return err
			}
			due, err = c.write(ctx, tx)
			return err
		})
	})
	if err != nil && !errors.Is(err, ErrLeaseLost) {
		err = fmt.Errorf("write what became of events for %s: %w", c.Lease.Endpoint, err)
	}
	return s, due, err
}

// querier is a connection or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func (c *Checkpoint) move(ctx context.Context, on querier) (s State, err error) {
	err = on.QueryRow(ctx, moveEndpoint, c.Lease.Endpoint, pgtype.UUID{Bytes: c.Lease.ID, Valid: true}, c.Lease.Position, c.To, c.Until,
		c.Failing, c.Failure, c.Disable, c.Lease.Epoch).Scan(&s.Paused, &s.Disabled)
	if errors.Is(err, pgx.ErrNoRows) {
		err = ErrLeaseLost
	}
	return s, err
}

func (c *Checkpoint) write(ctx context.Context, tx pgx.Tx) (due bool, err error) {
	var b pgx.Batch
	name := c.Lease.Endpoint
	queueWhole(&b, addRetries, name, c.Add)
	queueWhole(&b, bury, name, c.Bury)
	queueResults(&b, updateRetries, name, c.Again, tookOf(c.Again))
	queueResults(&b, killRetries, name, c.Dead)
	var parcels []string
	for _, rs := range [][]Retry{c.Add, c.Again, c.Dead} {
		for i := range rs {
			parcels = append(parcels, rs[i].Parcel)
		}
	}
	if len(c.Delivered) > 0 {
		positions := make([]int64, len(c.Delivered))
		for i := range c.Delivered {
			positions[i] = c.Delivered[i].Position
			parcels = append(parcels, c.Delivered[i].Parcel)
		}
		b.Queue(deleteRetries, name, positions)
	}
	if len(parcels) == 0 {
		return false, tx.SendBatch(ctx, &b).Close()
	}
	b.Queue(orderParcels, name, parcels).Exec(func(tag pgconn.CommandTag) error {
		due = tag.RowsAffected() > 0
		return nil
	})
	return due, tx.SendBatch(ctx, &b).Close()
}

func queueWhole(b *pgx.Batch, sql, name string, rs []Retry) {
	if len(rs) == 0 {
		return
	}
	n := len(rs)
	at, kinds, parcels, ids, bodies := make([]time.Time, n), make([]string, n), make([]string, n), make([]pgtype.UUID, n), make([]string, n)
	for i := range rs {
		e := &rs[i]
		at[i], kinds[i], parcels[i], ids[i], bodies[i] = e.At, string(e.Kind), e.Parcel, uuidOf(e.ID), string(e.Body)
	}
	positions, attempts, waits, failures := results(rs)
	b.Queue(sql, name, positions, at, kinds, parcels, ids, bodies, attempts, waits, failures)
}

func queueResults(b *pgx.Batch, sql, name string, rs []Retry, more ...any) {
	if len(rs) > 0 {
		positions, attempts, waits, failures := results(rs)
		b.Queue(sql, append([]any{name, positions, attempts, waits, failures}, more...)...)
	}
}

// tookOf is how long ago the attempts began, by which the database's clock knows when.
func tookOf(rs []Retry) (took []int64) {
	for i := range rs {
		if rs[i].Sent.IsZero() {
			took = append(took, 0)
			continue
		}
		took = append(took, time.Since(rs[i].Sent).Milliseconds())
	}
	return took
}

func results(rs []Retry) (positions []int64, attempts []int32, waits []int64, failures []string) {
	for i := range rs {
		wait := int64(-1)
		if rs[i].Wait != WaitBehind {
			wait = rs[i].Wait.Milliseconds()
		}
		positions, attempts = append(positions, rs[i].Position), append(attempts, int32(rs[i].Attempts))
		waits, failures = append(waits, wait), append(failures, rs[i].Failure)
	}
	return positions, attempts, waits, failures
}
