package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/store/batch"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	readKnown = `SELECT greatest((SELECT max(at) FROM push), (SELECT max(booked_at) FROM booking_contact)),
		c.checked_at, c.trusted_at
	FROM (VALUES (true)) AS k (one)
	LEFT JOIN clock c USING (one)`

	noteChecked = `INSERT INTO clock (checked_at) VALUES ($1)
		ON CONFLICT (one) DO UPDATE SET checked_at = excluded.checked_at`

	noteTrusted = `INSERT INTO clock (checked_at, trusted_at) VALUES ($1, $1)
		ON CONFLICT (one) DO UPDATE SET checked_at = excluded.checked_at, trusted_at = excluded.trusted_at`
)

// CheckClock tells whether data may be erased by the database's clock. An error that
// is ErrClockNotTrusted says that it may not, and why; the Clock is whole then too.
func (s *Store) CheckClock(ctx context.Context) (c Clock, err error) {
	err = s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		c, err = s.checkClock(ctx, conn)
		return err
	})
	return c, err
}

// TrustClock notes that the database's clock, as it is now, is right.
func (s *Store) TrustClock(ctx context.Context) (c Clock, err error) {
	err = s.pool.Transact(ctx, func(tx pgx.Tx) error {
		if c, err = s.readClock(ctx, tx); err != nil {
			return err
		}
		c.Trusted, c.Checked = c.Database, c.Database
		_, err := tx.Exec(ctx, noteTrusted, c.Trusted)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("trust the clock: %w", err)
	}
	return c, nil
}

// checkClock is CheckClock on a connection that somebody has. What erases takes its
// time from here, and not from the database again: a clock that jumps meanwhile
// erases nothing.
func (s *Store) checkClock(ctx context.Context, conn *pgxpool.Conn) (Clock, error) {
	c, err := s.readClock(ctx, conn)
	if err != nil {
		return c, err
	}
	doubt := c.doubt()
	sure := c.Database
	if doubt != nil {
		sure = c.lastSure()
	}
	if sure.IsZero() {
		return c, doubt
	}
	if _, err := conn.Exec(ctx, noteChecked, sure); err != nil {
		return c, errors.Join(doubt, fmt.Errorf("note until when the clock was right: %w", err))
	}
	return c, doubt
}

func (s *Store) readClock(ctx context.Context, conn querier) (c Clock, err error) {
	c.Before = s.clock()
	if err := conn.QueryRow(ctx, batch.ReadClock).Scan(&c.Database); err != nil {
		return c, fmt.Errorf("read the clock: %w", err)
	}
	c.After = s.clock()
	s.metrics.clockDifference.Set(c.Difference().Seconds())
	var newest, checked, trusted *time.Time
	if err := conn.QueryRow(ctx, readKnown).Scan(&newest, &checked, &trusted); err != nil {
		return c, fmt.Errorf("read what the clock is compared with: %w", err)
	}
	for of, at := range map[*time.Time]*time.Time{&c.Newest: newest, &c.Checked: checked, &c.Trusted: trusted} {
		if at != nil {
			*of = *at
		}
	}
	return c, nil
}
