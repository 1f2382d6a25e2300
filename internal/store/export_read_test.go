package store

import (
	"context"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/pushlog"

	"github.com/jackc/pgx/v5"
)

// ListStatement is what a question about the record asks of Postgres.
func ListStatement(q ledger.Filter) *pgx.QueuedQuery {
	var b pgx.Batch
	pushlog.QueueList(&b, q)
	return b.QueuedQueries[0]
}

// HoldSlowRead is a slow read that takes until release.
func (s *Store) HoldSlowRead(ctx context.Context) (release func(), err error) {
	let, begun, over := make(chan bool), make(chan bool), make(chan error, 1)
	go func() {
		over <- s.pool.Read(ctx, true, func(*pgx.Batch) {}, func(pgx.BatchResults) error {
			close(begun)
			<-let
			return nil
		})
	}()
	select {
	case <-begun:
	case err := <-over:
		return nil, err
	}
	return func() {
		close(let)
		<-over
	}, nil
}
