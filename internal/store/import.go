package store

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// Import loads a CSV file, and tells Options.Say for whom it waits. It needs sessions of
// its own: a pooler in transaction mode does not do. Shops without Options.Delivery are
// instant.ErrNoKey.
func (s *Store) Import(ctx context.Context, kind csvimport.Kind, r io.Reader) (csvimport.Report, error) {
	if kind.NeedsKey() && s.Instant.Seals == nil {
		return csvimport.Report{}, instant.ErrNoKey
	}
	var session atomic.Uint32 // its pid; 0: there is none yet
	engine := csvimport.Engine{
		Connect: func(ctx context.Context) (*pgx.Conn, error) {
			conn, err := s.session(ctx)
			if err == nil {
				session.Store(conn.PgConn().PID())
			}
			return conn, err
		},
		Clock:        s.clock,
		HashPassword: express.HashFor,
		OpenSecret:   s.Instant.Seals.Open,
		SealSecret:   s.Instant.Seals.Seal,
	}
	var report csvimport.Report
	waits := waitLog{what: "the import", say: s.say}
	err := waits.during(ctx, func(ctx context.Context) (w pg.Wait, waits bool, err error) {
		if session.Load() == 0 {
			return w, false, nil
		}
		return pg.ReadLockWait(ctx, s.pool, session.Load())
	}, func() (err error) {
		report, err = engine.Import(ctx, kind, r)
		return err
	})
	if pg.LockTimeout(err) {
		err = fmt.Errorf("%w; it waited for %s", err, waits.lastSeen())
	}
	return report, s.pool.ExplainDenied(err)
}

// session takes a connection out of the pool for good.
func (s *Store) session(ctx context.Context) (*pgx.Conn, error) {
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return pooled.Hijack(), nil
}
