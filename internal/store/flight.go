package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/singleflight"
)

// flight lets all who want the same thing of the database at the same time wait
// for one who fetches it.
type flight struct {
	pool  *pgxpool.Pool
	group singleflight.Group
}

// flightTime is the most time that fetching may take.
const flightTime = 10 * time.Second

// do fetches, or waits for who is fetching already. Fetching does not end with
// the asker who happened to be the first. It has half of the time that this one
// has left, so that a connection that has gone silent leaves time for another.
func (f *flight) do(ctx context.Context, fetch func(context.Context, *pgxpool.Conn) error) error {
	done := f.group.DoChan("", func() (any, error) {
		wait := flightTime
		if deadline, ok := ctx.Deadline(); ok {
			wait = min(wait, max(time.Until(deadline)/2, 200*time.Millisecond))
		}
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
		defer cancel()
		err := f.onConn(try, fetch)
		if err != nil && (wrongServer(err) || try.Err() != nil) {
			f.pool.Reset()
		}
		return nil, err
	})
	select {
	case r := <-done:
		return r.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *flight) onConn(ctx context.Context, fetch func(context.Context, *pgxpool.Conn) error) error {
	conn, err := f.pool.Acquire(ctx)
	if err != nil {
		return &lostError{fmt.Errorf("connect: %w", err)}
	}
	defer conn.Release()
	err = fetch(ctx, conn)
	if err != nil && conn.Conn().IsClosed() {
		return &lostError{err}
	}
	return err
}
