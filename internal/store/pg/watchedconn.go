package pg

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// watchedConn notes when something was last heard, and how far away the other end is.
type watchedConn struct {
	net.Conn
	heard atomic.Int64 // nanoseconds since the start of time
	said  atomic.Int64 // likewise; 0: that was answered
	trip  atomic.Int64 // the shortest time in which anything was answered; 0: nothing was
}

func (c *watchedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		now := time.Now().UnixNano()
		c.heard.Store(now)
		if said := c.said.Swap(0); said != 0 {
			if trip := c.trip.Load(); trip == 0 || now-said < trip {
				c.trip.Store(max(now-said, 1))
			}
		}
	}
	return n, err
}

// Write succeeds towards a peer that has hung up: why it did is there to be
// read, and tells a transaction that was ended from one that may be committed.
func (c *watchedConn) Write(b []byte) (int, error) {
	c.said.Store(time.Now().UnixNano())
	n, err := c.Conn.Write(b)
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		return len(b), nil
	}
	return n, err
}

func watched(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		w := &watchedConn{Conn: c}
		w.heard.Store(time.Now().UnixNano())
		return w, nil
	}
}

// watchedOf is the connection below; nil where it is not one of the store's.
func watchedOf(conn *pgx.Conn) *watchedConn {
	c := conn.PgConn().Conn()
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	w, _ := c.(*watchedConn)
	return w
}

// heardOf is when the server at the other end has last said something.
func heardOf(conn *pgx.Conn) time.Time {
	if w := watchedOf(conn); w != nil {
		return time.Unix(0, w.heard.Load())
	}
	return time.Time{}
}

// tripsExceedDeadline tells whether so many round trips take longer than is left: begun all the
// same they would cost the connection, which a request with more time can use.
func tripsExceedDeadline(ctx context.Context, conn *pgx.Conn, trips int64) bool {
	w := watchedOf(conn)
	deadline, ok := ctx.Deadline()
	return ok && w != nil && int64(time.Until(deadline)) < trips*w.trip.Load()
}
