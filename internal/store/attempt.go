package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// attempt does one try of something on a connection of its own. A try has half
// of the time that is left, so that a connection that has gone silent leaves
// time for another.
func (s *Store) try(ctx context.Context, do func(context.Context, *pgxpool.Conn) error) error {
	try, cancel := tryContext(ctx)
	defer cancel()
	return s.once(try, do)
}

// pushTrips are the round trips of a push: two, and none for a ROLLBACK.
const pushTrips = 2

// silentFor is how long nothing is heard of a connection that leads nowhere any
// more. One that was heard since then is slow, and is there.
const silentFor = time.Second

// silent tells whether nothing was heard for too long of a connection that was asked
// then. Of one that was asked a moment ago nothing can be said yet.
func silent(asked, heard, now time.Time, patience time.Duration) bool {
	late := now.Add(-patience)
	return asked.Before(late) && heard.Before(late)
}

// persist does something on a connection of its own, and does it again after a
// fault that may pass, until ctx ends.
func (s *Store) retry(ctx context.Context, do func(context.Context, *pgxpool.Conn) error) error {
	var pause backoff
	replanned := false
	for {
		err := s.try(ctx, do)
		if stalePlan(err) && !replanned {
			replanned = true
			continue
		}
		if err == nil || !transient(err) || !pause.wait(ctx) {
			return err
		}
		s.metrics.retries.Inc()
	}
}

// errAllInUse says that no connection came free: nothing is wrong with them.
var errAllInUse = errors.New("all connections are in use")

// onConn does something on a connection, once. Where one connection has gone
// silent, leads to a server that takes no writes any more, or has statements that
// Postgres knows otherwise, the others of the pool will too: they are let go.
func (s *Store) once(ctx context.Context, do func(context.Context, *pgxpool.Conn) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		if use := s.pool.Stat(); use.AcquiredConns() == use.MaxConns() {
			err = fmt.Errorf("%w: %w", errAllInUse, err)
		}
		return &lostError{fmt.Errorf("connect: %w", err)}
	}
	defer conn.Release()
	if farther(ctx, conn.Conn(), pushTrips) {
		return &lostError{errLate}
	}
	asked := time.Now()
	err = planFault(do(ctx, conn))
	gone := ctx.Err() != nil && silent(asked, heardOf(conn.Conn()), time.Now(), s.silence)
	if err != nil && (gone || wrongServer(err) || stalePlan(err)) {
		s.pool.Reset()
	}
	return err
}

func tryContext(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, max(time.Until(deadline)/2, 200*time.Millisecond))
}

// answerTime is left of a try, at the least, for Postgres's word that something
// took too long and for the ROLLBACK.
const answerTime = 50 * time.Millisecond

// errLate says that a try had so little time that nothing was asked of Postgres.
var errLate = errors.New("no time is left for another try")

// timeouts are the parameters of setTimeouts, in milliseconds.
type timeouts [3]any

// tryTimeouts are as long as asked for, or as what is left of a try allows: a
// wait for a lock ends by Postgres's word before the try does, and so does a
// second one after it. A client that stopped waiting first would have to close
// the connection, and could not know whether its COMMIT was carried out.
func tryTimeouts(ctx context.Context, lock, statement time.Duration) (timeouts, error) {
	idle := statement
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		left -= max(left/4, answerTime)
		if left < answerTime/5 {
			return timeouts{}, &lostError{errLate} // another who shared the try may have more
		}
		lock, statement = min(lock, left/2), min(statement, left)
	}
	lock = max(lock, time.Millisecond) // 0 would be no limit
	return timeouts{millis(lock), millis(statement), millis(idle)}, nil
}

// rollback ends a transaction that is not to be committed, so that the
// connection can be used again, and returns err: as a lost connection if that
// is what it was. Where there is no time left the pool closes the connection.
func rollback(ctx context.Context, conn *pgxpool.Conn, err error) error {
	if err != nil && conn.Conn().IsClosed() {
		return &lostError{err}
	}
	if _, rerr := conn.Exec(ctx, "ROLLBACK"); rerr != nil && err == nil {
		return &lostError{fmt.Errorf("rollback: %w", rerr)}
	}
	return err
}

// lostIfClosed makes an error that cost the connection a lost connection.
func lostIfClosed(conn *pgxpool.Conn, err error) error {
	if err != nil && conn.Conn().IsClosed() {
		return &lostError{err}
	}
	return err
}
