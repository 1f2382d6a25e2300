package store

import (
	"context"
	"io"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// Import loads a CSV file. It needs sessions of its own: a pooler in transaction mode
// does not do. Shops without Options.Delivery are ErrNoDeliveryKey.
func (s *Store) Import(ctx context.Context, kind csvimport.Kind, r io.Reader) (csvimport.Report, error) {
	if kind.NeedsKey() && s.seals == nil {
		return csvimport.Report{}, ErrNoDeliveryKey
	}
	engine := csvimport.Engine{
		Connect:      s.session,
		CommitBehind: pg.CommitBehind,
		Transient:    transientImport,
		HashPassword: hashAnew,
		OpenSecret:   s.seals.open,
		SealSecret:   s.seals.seal,
	}
	return engine.Import(ctx, kind, r)
}

// session takes a connection out of the pool for good.
func (s *Store) session(ctx context.Context) (*pgx.Conn, error) {
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return pooled.Hijack(), nil
}

// hashAnew keeps the hash that the password opens: hashed anew it would look like
// another one.
func hashAnew(hash, pwd string) (string, error) {
	if hash != "" && passwordMatches(hash, pwd) {
		return hash, nil
	}
	return hashPassword(pwd)
}
