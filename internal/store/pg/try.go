package pg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Try is one try of something on a connection of its own. It has to be ended.
type Try struct {
	Ctx    context.Context // of this try
	Conn   *pgxpool.Conn
	pool   *Pool
	cancel context.CancelFunc // nil: the context is the caller's
	begun  time.Time
}

// Try begins a try. It has half of the time that is left, so that a connection that
// has gone silent leaves time for another.
func (p *Pool) Try(ctx context.Context) (Try, error) {
	ctx, cancel := tryContext(ctx)
	t, err := p.acquire(ctx)
	if err != nil {
		cancel()
	}
	t.cancel = cancel
	return t, err
}

// errAllInUse says that no connection came free: nothing is wrong with them.
var errAllInUse = errors.New("all connections are in use")

// requestTrips are the round trips of a request: two, and none for a ROLLBACK.
const requestTrips = 2

func (p *Pool) acquire(ctx context.Context) (Try, error) {
	conn, err := p.Acquire(ctx)
	if err != nil {
		if use := p.Stat(); use.AcquiredConns() == use.MaxConns() {
			err = fmt.Errorf("%w: %w", errAllInUse, err)
		}
		return Try{}, &LostError{fmt.Errorf("connect: %w", err)}
	}
	if tripsExceedDeadline(ctx, conn.Conn(), requestTrips) {
		conn.Release()
		return Try{}, &LostError{ErrTooLate}
	}
	return Try{Ctx: ctx, Conn: conn, pool: p, begun: time.Now()}, nil
}

// End gives the connection back, and gives the error of the try its class. Where a
// connection has gone silent, leads to a server that takes no writes any more, or has
// statements that Postgres knows otherwise, the others of the pool will too: they are
// closed.
func (t *Try) End(err error) error {
	err = t.pool.classify(err)
	gone := t.Ctx.Err() != nil && silent(t.begun, heardOf(t.Conn.Conn()), time.Now(), t.pool.silentAfter)
	if err != nil && (gone || wrongServer(err) || StalePlan(err)) {
		t.pool.Reset()
	}
	t.Conn.Release()
	if t.cancel != nil {
		t.cancel()
	}
	return err
}

// silentAfter is how long nothing is heard of a connection that leads nowhere any
// more. One that was heard since then is slow, and is there.
const silentAfter = time.Second

// silent tells whether nothing was heard for too long of a connection that was used
// then. Of one that was used a moment ago nothing can be said yet.
func silent(used, heard, now time.Time, limit time.Duration) bool {
	late := now.Add(-limit)
	return used.Before(late) && heard.Before(late)
}

// Retry does something on a connection of its own, and does it again after a
// transient error, until ctx ends.
func (p *Pool) Retry(ctx context.Context, do func(context.Context, *pgxpool.Conn) error) error {
	var pause Backoff
	replanned := false
	for {
		t, err := p.Try(ctx)
		if err == nil {
			err = t.do(do)
		}
		if StalePlan(err) && !replanned {
			replanned = true
			continue
		}
		if err == nil || !Transient(err) || !pause.Wait(ctx) {
			return err
		}
		p.Retries.Inc()
	}
}

// Once does something within ctx.
func (p *Pool) Once(ctx context.Context, do func(context.Context, *pgxpool.Conn) error) error {
	t, err := p.acquire(ctx)
	if err != nil {
		return err
	}
	return t.do(do)
}

func (t *Try) do(do func(context.Context, *pgxpool.Conn) error) (err error) {
	defer func() { err = t.End(err) }() // in a panic too
	return do(t.Ctx, t.Conn)
}

func tryContext(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, max(time.Until(deadline)/2, 200*time.Millisecond))
}

// Rollback ends a transaction that is not to be committed, so that the connection can
// be used again, and returns err: as a lost connection if it was that. Where no time
// is left the pool closes the connection.
func Rollback(ctx context.Context, conn *pgxpool.Conn, err error) error {
	if err != nil && conn.Conn().IsClosed() {
		return &LostError{err}
	}
	if _, rerr := conn.Exec(ctx, "ROLLBACK"); rerr != nil && err == nil {
		return &LostError{fmt.Errorf("rollback: %w", rerr)}
	}
	return err
}

// LostIfClosed makes an error that cost the connection a lost connection.
func LostIfClosed(conn *pgxpool.Conn, err error) error {
	if err != nil && conn.Conn().IsClosed() {
		return &LostError{err}
	}
	return err
}
