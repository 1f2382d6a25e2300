package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// idleBeforePing is how long a connection may have been silent before it is
	// asked whether it still leads anywhere.
	idleBeforePing = time.Second

	// pingTimeout bounds that. It leaves room for more inside a push's deadline.
	pingTimeout = 500 * time.Millisecond

	// pingTrips are the round trips of a ping and of a push.
	pingTrips = 1 + pushTrips

	// warmTimeout bounds what a new connection does before it is given away: twice
	// what it takes with a database 400 ms away. Nobody waits for that longer than he
	// can: a push that gives up leaves the connection to be finished for the next.
	warmTimeout = 4 * time.Second

	// warmLock is how long it waits for a table that somebody has locked.
	warmLock = 10 * time.Millisecond
)

// checkIdle asks a connection that was idle whether it still leads anywhere. Where
// one does not, its siblings do not either: they are let go.
func (s *Store) checkIdle(ctx context.Context, conn *pgx.Conn) (good bool, err error) {
	if time.Since(heardOf(conn)) <= idleBeforePing {
		return true, nil
	}
	if farther(ctx, conn, pingTrips) {
		return true, errLate // it is fine for who has more time
	}
	ping, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := conn.Ping(ping); err != nil {
		if ctx.Err() == nil { // else it may be the asker's time that was short
			s.pool.Reset()
		}
		return false, ctx.Err()
	}
	return true, nil
}

// warmUp prepares what most pushes will ask, so that the first of them does not pay
// for it: far away from the database that takes longer than a push may. A schema
// that is missing or locked is for those to see who need it.
func (s *Store) warmUp(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, warmTimeout)
	defer cancel()
	err := s.prepare(ctx, conn)
	if err == nil {
		return nil
	}
	if _, rerr := conn.Exec(ctx, "ROLLBACK"); rerr != nil {
		return fmt.Errorf("prepare a new connection: %w", errors.Join(err, rerr))
	}
	return nil
}

// prepareMost asks what most pushes do, about nothing, in three round trips. The limits
// come first, by themselves: preparing waits for locks on tables too.
func (s *Store) prepare(ctx context.Context, conn *pgx.Conn) error {
	begin := fmt.Sprintf("BEGIN; SET LOCAL lock_timeout = %s; SET LOCAL statement_timeout = %s", millis(warmLock), millis(warmTimeout))
	if _, err := conn.Exec(ctx, begin, pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	var b pgx.Batch
	b.Queue(setLimits, millis(warmLock), millis(warmTimeout), millis(warmTimeout))
	(&cancelTransaction{store: s}).QueueLoad(&b, nil)
	b.Queue(cancelWaybills, []string{}, []string{}, [][]byte{}, time.Time{})
	sql, args := ledgerInsert(&time.Time{}, nil)
	b.Queue(sql, args...)
	(&bookTransaction{store: s}).QueueLoad(&b, nil)
	(&accountTransaction{store: s}).QueueLoad(&b, nil)
	(&deliverTransaction{store: s}).QueueLoad(&b, nil)
	b.Queue(readBindings, []*pgtype.UUID{})
	b.Queue(insertBindings, []*pgtype.UUID{}, []*pgtype.UUID{})
	for _, end := range []string{"COMMIT", "BEGIN", "COMMIT"} { // each has to be prepared as well
		b.Queue(end)
	}
	return execAll(ctx, conn, &b)
}

// connectBackoff keeps a server from asking for sessions that nobody can give:
// while no primary is there, each try would cost every server of a multi-host URL
// one. One try at a time goes out then, after a pause that doubles up to
// connectPause.
type connectBackoff struct {
	mu    sync.Mutex
	fails int // since the last success
	next  time.Time
	err   error // why the last try failed
	trial bool  // a try is under way after a failure
}

// connectPause is how long a primary that is back may have to wait for us.
const connectPause = time.Second

// allow is what comes before a connection is made.
func (b *connectBackoff) allow(context.Context, *pgx.ConnConfig) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails == 0 {
		return nil
	}
	if b.trial || time.Now().Before(b.next) {
		return fmt.Errorf("not tried again yet: %w", b.err)
	}
	b.trial = true
	return nil
}

// connectBackoff is a pgx.ConnectTracer, for that alone is told of connections that
// failed in the background.
var _ pgx.ConnectTracer = (*connectBackoff)(nil)

func (b *connectBackoff) TraceConnectStart(ctx context.Context, _ pgx.TraceConnectStartData) context.Context {
	return ctx
}

func (b *connectBackoff) TraceConnectEnd(_ context.Context, data pgx.TraceConnectEndData) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trial = false
	if data.Err == nil {
		b.fails, b.err = 0, nil
		return
	}
	pause := min(10*time.Millisecond<<min(b.fails, 10), connectPause)
	b.fails, b.err = b.fails+1, data.Err
	b.next = time.Now().Add(pause/2 + rand.N(pause/2))
}

func (b *connectBackoff) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (b *connectBackoff) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// watchConnections sets a pool up so.
func (s *Store) watchConnections(cfg *pgxpool.Config) {
	backoff := &connectBackoff{}
	cfg.ConnConfig.DialFunc = watched(cfg.ConnConfig.DialFunc)
	cfg.ConnConfig.OnNotice = countWarnings
	cfg.ConnConfig.Tracer = backoff
	cfg.BeforeConnect = backoff.allow
	cfg.AfterConnect = s.warmUp
	cfg.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false } // checkIdle does it
	cfg.PrepareConn = s.checkIdle
}
