package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/singleflight"
)

// flight lets all who want the same thing of the database at the same time wait
// for one who fetches it.
type flight struct {
	store *Store
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
		fetch := func(ctx context.Context, conn *pgxpool.Conn) error { return lostIfClosed(conn, fetch(ctx, conn)) }
		err := f.store.once(try, fetch)
		if stalePlan(err) {
			err = f.store.once(try, fetch)
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
