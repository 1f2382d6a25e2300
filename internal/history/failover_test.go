package history

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// What goes wrong with a synchronous standby.
const (
	standbyGone     = "COMMITs waited for a synchronous standby that was gone"
	waitCancelled   = "wait for the standby cancelled by an operator"
	promoted        = "Postgres killed, its standby promoted"
	promotedWithout = "Postgres killed, its standby promoted, COMMITs lost that waited for it"
)

// window is a time of the run.
type window struct{ from, to time.Duration }

// encloses tells whether an operation began and was answered within a window.
func (w window) encloses(o operation) bool { return w.from < o.call && o.end < w.to }

// touches tells whether an operation was under way at some time of a window.
func (w window) touches(o operation) bool { return o.call <= w.to && w.from <= o.end }

// loseStandby has every commit wait for a standby that is not there. Between the
// moment at which commits are seen to wait and the one at which the standby comes,
// no answer may say that anything was written.
func (s *saboteur) loseStandby(ctx context.Context) (waited int, err error) {
	to := context.WithoutCancel(ctx) // what was begun is ended
	w := s.world
	conn, err := pgx.Connect(to, w.database)
	if err != nil {
		return 0, err
	}
	defer conn.Close(to)
	probe, err := pgx.Connect(to, w.database)
	if err != nil {
		return 0, err
	}
	defer probe.Close(to)
	var comes atomic.Bool
	written := make(chan error, 1)
	go func() { written <- writeUntil(to, probe, &comes) }()
	err = w.await(to, "gone", `NOT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync') AND
		EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = '')`)
	absent := window{from: time.Since(w.begun)}
	if err == nil {
		waited, err = s.holdCommits(ctx, conn)
	}
	absent.to = time.Since(w.begun)
	w.absent = append(w.absent, absent)
	comes.Store(true)
	return waited, errors.Join(err, w.await(to, w.names, "true"), <-written)
}

// writeUntil commits something again and again; the last one is let go when the
// standby comes.
func writeUntil(ctx context.Context, conn *pgx.Conn, over *atomic.Bool) error {
	for !over.Load() {
		if _, err := conn.Exec(ctx, "SELECT pg_logical_emit_message(true, 'history', '')"); err != nil {
			return err
		}
	}
	return nil
}

// holdCommits lets commits wait for a standby, and an operator end the wait now and
// then: Postgres warns, and the commit stands where no standby has it. More than
// once, for those that wait first began before the standby was gone. Others end
// because the server gives up. It tells how many waited.
func (s *saboteur) holdCommits(ctx context.Context, conn *pgx.Conn) (waited int, err error) {
	const servers = ` FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'carrierhook'`
	to := context.WithoutCancel(ctx)
	for range 4 {
		var now, cancelled int
		s.await(ctx, 2*s.pause, func() bool {
			err = conn.QueryRow(to, "SELECT count(*)"+servers).Scan(&now)
			return now > 0 || err != nil
		})
		if err != nil {
			return 0, err
		}
		time.Sleep(s.upTo(200 * time.Millisecond))
		if err := conn.QueryRow(to, "SELECT count(*) FILTER (WHERE pg_cancel_backend(pid))"+servers).Scan(&cancelled); err != nil {
			return 0, err
		}
		waited += now
		s.tally.fault(waitCancelled, cancelled)
		time.Sleep(s.upTo(300 * time.Millisecond))
	}
	return waited, nil
}

// promoteWhole kills the primary while its standby has all that was answered.
func (s *saboteur) promoteWhole(ctx context.Context) (int, error) {
	return s.promote(ctx, func(*pgx.Conn) (int, error) { return 1, nil })
}

// promoteWithout first lets the standby miss some commits.
func (s *saboteur) promoteWithout(ctx context.Context) (int, error) {
	return s.promote(ctx, func(conn *pgx.Conn) (int, error) {
		s.world.replication.unplugged.Store(true)
		s.world.replication.cut()
		return s.holdCommits(ctx, conn)
	})
}

// promote puts the standby in the place of the primary, and has another follow it.
// What only reads have shown since the standby last had everything may be gone.
func (s *saboteur) promote(ctx context.Context, before func(*pgx.Conn) (int, error)) (hits int, err error) {
	to, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	w := s.world
	conn, err := pgx.Connect(to, w.database)
	if err != nil {
		return 0, err
	}
	defer conn.Close(to)
	forgotten := window{from: time.Since(w.begun)}
	var shown string
	if err := conn.QueryRow(to, "SELECT pg_current_wal_flush_lsn()::text").Scan(&shown); err != nil {
		return 0, err
	}
	if err := until(to, conn, `EXISTS (SELECT FROM pg_stat_replication WHERE flush_lsn >= '`+shown+`')`); err != nil {
		return 0, err
	}
	if hits, err = before(conn); err != nil {
		return 0, err
	}
	if err := w.postgres.Kill(); err != nil {
		return 0, err
	}
	forgotten.to = time.Since(w.begun)
	w.forgotten = append(w.forgotten, forgotten)
	if err := w.promote(to); err != nil {
		return 0, err
	}
	return hits, w.follow(to, s.tb)
}
