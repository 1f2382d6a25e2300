package pg

import (
	"context"
	"fmt"
	"time"

	"carrierhook/internal/redacted"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/singleflight"
)

// Flight fetches something from the database once for all callers that need it at the
// same time.
type Flight struct {
	Pool  *Pool
	group singleflight.Group
}

// FlightTime limits one fetch.
const FlightTime = 10 * time.Second

// Do fetches, or waits for a fetch that is under way. A fetch goes on when the caller
// that began it leaves. It takes at most half of the time that this caller had left, so
// that after a connection that has gone silent there is time for another.
func (f *Flight) Do(ctx context.Context, fetch func(context.Context, *pgxpool.Conn) error) error {
	done := f.group.DoChan("", func() (_ any, err error) {
		defer func() { // a panic in this goroutine would end the program
			if fault := recover(); fault != nil {
				err = fmt.Errorf("panic: %s", redacted.Panic(fault))
			}
		}()
		wait := FlightTime
		if deadline, ok := ctx.Deadline(); ok {
			wait = min(wait, max(time.Until(deadline)/2, 200*time.Millisecond))
		}
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
		defer cancel()
		fetch := func(ctx context.Context, conn *pgxpool.Conn) error { return LostIfClosed(conn, fetch(ctx, conn)) }
		err = f.Pool.Once(try, fetch)
		if StalePlan(err) {
			err = f.Pool.Once(try, fetch)
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
