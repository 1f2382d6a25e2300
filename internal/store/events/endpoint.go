package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Lease is the right to deliver to an endpoint, of one server at a time. Its ID is new
// with each lease: what an older one writes is refused.
type Lease struct {
	Endpoint string
	ID       [16]byte
	Position int64 // events up to here are delivered, or in event_retry or event_dead
	Failing  bool  // for the server that had it before
	// Epoch is what the holder knows of the log by: in another one it writes nothing.
	// Empty: any.
	Epoch string
	State
}

// State is what may keep an endpoint from getting events.
type State struct {
	Paused   bool
	Disabled bool
}

// AddEndpoints adds those of a configuration that are new: they get what comes after a
// position. It notes that all of them are in a configuration, as each checkpoint does.
func (d *Deliveries) AddEndpoints(ctx context.Context, names []string, position int64) error {
	return d.with(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		_, err := conn.Exec(ctx, `INSERT INTO event_endpoint (name, position, first_position)
			SELECT name, $2, $2 FROM unnest($1::text[]) AS name ORDER BY name
			ON CONFLICT (name) DO UPDATE SET seen_at = clock_timestamp()`, names, position)
		if err != nil {
			return fmt.Errorf("add endpoints: %w", err)
		}
		return nil
	})
}

// Names gives the endpoints that servers were started with, now or formerly.
func (d *Deliveries) Names(ctx context.Context) (names []string, err error) {
	err = d.with(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		rows, _ := conn.Query(ctx, `SELECT name FROM event_endpoint ORDER BY name`)
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the names of endpoints: %w", err)
	}
	return names, nil
}

// Lease takes an endpoint for a time if no other server has it.
func (d *Deliveries) Lease(ctx context.Context, name string, id [16]byte, until time.Duration) (l Lease, ok bool, err error) {
	l = Lease{Endpoint: name, ID: id}
	err = d.with(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		return conn.QueryRow(ctx, `UPDATE event_endpoint
			SET leased_by = $2, leased_until = clock_timestamp() + $3
			WHERE name = (SELECT name FROM event_endpoint
				WHERE name = $1 AND (leased_until IS NULL OR leased_until < clock_timestamp())
				FOR UPDATE SKIP LOCKED)
			RETURNING position, paused_at IS NOT NULL, disabled_at IS NOT NULL, failing_since IS NOT NULL`, name, pgtype.UUID{Bytes: id, Valid: true}, until).
			Scan(&l.Position, &l.Paused, &l.Disabled, &l.Failing)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return l, false, nil
	}
	if err != nil {
		return l, false, fmt.Errorf("lease endpoint %s: %w", name, err)
	}
	return l, true, nil
}

// Release lets another server take the endpoint at once.
func (d *Deliveries) Release(ctx context.Context, l Lease) error {
	return d.with(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		_, err := conn.Exec(ctx, `UPDATE event_endpoint SET leased_by = NULL, leased_until = NULL WHERE name = $1 AND leased_by = $2`,
			l.Endpoint, pgtype.UUID{Bytes: l.ID, Valid: true})
		if err != nil {
			return fmt.Errorf("release endpoint %s: %w", l.Endpoint, err)
		}
		return nil
	})
}

// Pause keeps an endpoint from getting events, on all servers. by is the name of the API
// token.
func (d *Deliveries) Pause(ctx context.Context, name, by string) error {
	return d.change(ctx, name, func(ctx context.Context, tx pgx.Tx, _ int64) error {
		_, err := tx.Exec(ctx, `UPDATE event_endpoint SET paused_at = coalesce(paused_at, clock_timestamp()), paused_by = $2 WHERE name = $1`, name, by)
		return err
	})
}

// Resume ends a pause, and lets an endpoint that has disabled itself get events again.
func (d *Deliveries) Resume(ctx context.Context, name string) error {
	return d.change(ctx, name, func(ctx context.Context, tx pgx.Tx, _ int64) error {
		_, err := tx.Exec(ctx, `UPDATE event_endpoint SET paused_at = NULL, paused_by = '', disabled_at = NULL WHERE name = $1`, name)
		return err
	})
}
