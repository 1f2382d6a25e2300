package store

import (
	"context"
	"io"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/instant"

	"github.com/jackc/pgx/v5"
)

// Import loads a CSV file. It needs sessions of its own: a pooler in transaction mode
// does not do. Shops without Options.Delivery are instant.ErrNoKey.
func (s *Store) Import(ctx context.Context, kind csvimport.Kind, r io.Reader) (csvimport.Report, error) {
	if kind.NeedsKey() && s.Instant.Seals == nil {
		return csvimport.Report{}, instant.ErrNoKey
	}
	engine := csvimport.Engine{
		Connect:      s.session,
		Clock:        s.clock,
		HashPassword: express.HashFor,
		OpenSecret:   s.Instant.Seals.Open,
		SealSecret:   s.Instant.Seals.Seal,
	}
	report, err := engine.Import(ctx, kind, r)
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
