package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// attempt does one try of something on a connection of its own. A try has half
// of the time that is left, so that a connection that has gone silent leaves
// time for another. Where one connection has gone silent, or leads to a server
// that takes no writes any more, the others of the pool will too: they are let
// go.
func (s *Store) attempt(ctx context.Context, do func(context.Context, *pgxpool.Conn) error) error {
	try, cancel := tryContext(ctx)
	defer cancel()
	err := s.onConn(try, do)
	if err != nil && (wrongServer(err) || try.Err() != nil && ctx.Err() == nil) {
		s.pool.Reset()
	}
	return err
}

func (s *Store) onConn(ctx context.Context, do func(context.Context, *pgxpool.Conn) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return &lostError{fmt.Errorf("connect: %w", err)}
	}
	defer conn.Release()
	return do(ctx, conn)
}

func tryContext(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, max(time.Until(deadline)/2, 200*time.Millisecond))
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
