// Package pushlog writes and lists the ledger: an entry for each push that was
// decided. It also binds the signatures of plain pushes, which cover no body, to the
// bodies that came with them.
//
// It knows no event's rules: reasons and result codes come in.
package pushlog

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Log is the ledger in Postgres. It is safe for use by many goroutines.
type Log struct {
	pool       *pg.Pool
	resultCode func(event, reason string) int

	readUntil atomic.Int64 // Unix nanoseconds: see NoteConflict
}

// New makes a Log. resultCode gives the number of an event's answer for a reason of
// the rules.
func New(pool *pg.Pool, resultCode func(event, reason string) int) *Log {
	return &Log{pool: pool, resultCode: resultCode}
}

// Prepare queues what most pushes write and read, for a new connection.
func Prepare(b *pgx.Batch) {
	QueueRows(b, time.Time{}, nil)
	b.Queue(readBindings, newColumn(0))
	b.Queue(bindSignatures, newColumn(0), newColumn(0))
	b.Queue(checkSignatures, newColumn(0), newColumn(0))
}

// ResultCode is the number of an event's answer for a reason of the rules.
func (l *Log) ResultCode(event, reason string) int { return l.resultCode(event, reason) }

// Row is the row of a decision, without its ids.
func (l *Log) Row(p ledger.Push, reason string, repeat bool) Row {
	code := int32(l.ResultCode(p.Event, reason))
	return Row{Push: p, ResultCode: &code, Reason: reason, Repeat: repeat}
}

// writeTimeout is how long a push of such an event may wait for its row: its answer
// does not depend on it.
const writeTimeout = time.Second

// Write keeps a push of an event that nothing is decided about. code is the result
// code of the answer; nil: it has none. A transient error is tried again, for a second.
// ledger.ErrReplayed says that the push was not accepted.
func (l *Log) Write(ctx context.Context, p ledger.Push, reason string, code *int) error {
	r := Row{Push: p, Reason: reason}
	if code != nil {
		c := int32(*code)
		r.ResultCode = &c
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	err := l.pool.Retry(ctx, func(ctx context.Context, conn *pgxpool.Conn) error { return l.write(ctx, conn, r) })
	if err != nil {
		return fmt.Errorf("write push: %w", err)
	}
	return nil
}

func (l *Log) write(ctx context.Context, conn *pgxpool.Conn, r Row) error {
	limits, err := pg.TryTimeouts(ctx, l.pool.LockTimeout, l.pool.StatementTimeout)
	if err != nil {
		return err
	}
	var b pgx.Batch
	b.Queue("BEGIN")
	b.Queue(pg.SetTimeouts, limits[:]...)
	if of := r.Push.Binding; of != nil { // before the row, which would be written for nothing
		queueBindings(&b, checkSignatures, []*ledger.Binding{of})
	}
	sql, args := InsertRows(nil, []Row{r})
	b.Queue(sql, args...)
	b.Queue("COMMIT")
	if err = pg.ExecAll(ctx, conn, &b); err != nil {
		err = pg.Rollback(ctx, conn, err)
	}
	if server, ok := errors.AsType[*pgconn.PgError](err); ok && l.NoteConflict(server) {
		return ledger.ErrReplayed
	}
	return err
}
