package pg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// pingAfter is how long a connection may have been silent before it is pinged.
	pingAfter = time.Second

	// pingTimeout limits the ping. It leaves room for more inside a push's deadline.
	pingTimeout = 500 * time.Millisecond

	// pingTrips are the round trips of a ping and of a request.
	pingTrips = 1 + requestTrips

	// warmTimeout limits what a new connection does before it is used: twice
	// what it takes with a database 400 ms away. A push that gives up before leaves the
	// connection to be finished for the next one.
	warmTimeout = 4 * time.Second

	// warmLock is how long that waits for a table that is locked.
	warmLock = 10 * time.Millisecond
)

// checkIdle pings a connection that was idle. Where one leads nowhere, the others of
// the pool do not lead anywhere either: they are closed.
func (p *Pool) checkIdle(ctx context.Context, conn *pgx.Conn) (good bool, err error) {
	if time.Since(heardOf(conn)) <= p.pingAfter {
		return true, nil
	}
	if tripsExceedDeadline(ctx, conn, pingTrips) {
		return true, ErrTooLate // it is fine for a request with more time
	}
	ping, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := conn.Ping(ping); err != nil {
		if ctx.Err() == nil { // else the request's own time may have been too short
			p.Reset()
		}
		return false, ctx.Err()
	}
	return true, nil
}

// warmUp prepares the statements of most requests, so that the first of them does not
// pay for it: far away from the database that takes longer than a push may. A schema
// that is missing or locked is reported to those who need it.
func (p *Pool) warmUp(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, warmTimeout)
	defer cancel()
	err := p.prepareStatements(ctx, conn)
	if err == nil {
		return nil
	}
	if _, rerr := conn.Exec(ctx, "ROLLBACK"); rerr != nil {
		return fmt.Errorf("prepare a new connection: %w", errors.Join(err, rerr))
	}
	return nil
}

// prepareStatements runs the statements of Options.Prepare in three round trips. The
// limits come first, by themselves: preparing waits for locks on tables too.
func (p *Pool) prepareStatements(ctx context.Context, conn *pgx.Conn) error {
	limits := Timeouts{millis(warmLock), millis(warmTimeout), millis(warmTimeout)}
	begin := fmt.Sprintf("BEGIN; SET LOCAL lock_timeout = %s; SET LOCAL statement_timeout = %s", limits[0], limits[1])
	if _, err := conn.Exec(ctx, begin, pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	var b pgx.Batch
	if p.prepare != nil {
		p.prepare(&b, limits)
	}
	for _, end := range []string{"COMMIT", "BEGIN", "COMMIT"} { // each has to be prepared as well
		b.Queue(end)
	}
	return ExecAll(ctx, conn, &b)
}

// watchConnections sets the pool's hooks.
func (p *Pool) watchConnections(cfg *pgxpool.Config) {
	backoff := &connectBackoff{}
	cfg.ConnConfig.DialFunc = watched(cfg.ConnConfig.DialFunc)
	cfg.ConnConfig.OnNotice = CountWarnings
	cfg.ConnConfig.Tracer = backoff
	cfg.BeforeConnect = backoff.allow
	cfg.AfterConnect = p.warmUp
	cfg.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false } // checkIdle does it
	cfg.PrepareConn = p.checkIdle
}
