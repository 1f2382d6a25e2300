package handler

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// stampedConn notes when the first byte of the request under way came.
//
// WeChat's patience begins when it sends, not when the last header has arrived.
type stampedConn struct {
	net.Conn
	conns *connections
	first atomic.Pointer[time.Time] // nil while no request is under way
	given atomic.Bool               // to the server

	// The queue that it is in.
	in            *queue
	before, after *stampedConn
	since         time.Time // it came into its queue
	gone          bool
}

func (c *stampedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.first.Load() == nil {
		c.begin()
	}
	return n, err
}

// begin notes the first byte of a request.
func (c *stampedConn) begin() {
	now := time.Now()
	if c.first.CompareAndSwap(nil, &now) {
		c.conns.move(c, &c.conns.arriving)
	}
}

// end forgets a request that has been answered.
func (c *stampedConn) end() {
	c.conns.move(c, &c.conns.idle)
	c.first.Store(nil)
}

func (c *stampedConn) Close() error {
	c.conns.leave(c)
	return c.Conn.Close()
}

type connKey struct{}

// connContext makes the connection reachable from its requests.
func connContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// connOf is the connection of a request; nil: not one of Listen's.
func connOf(ctx context.Context) *stampedConn {
	c, _ := ctx.Value(connKey{}).(*stampedConn)
	return c
}

// connState forgets a request that has been answered.
func connState(c net.Conn, s http.ConnState) {
	if sc, ok := c.(*stampedConn); ok && s == http.StateIdle {
		sc.end()
	}
}

// FirstByte tells when the request of ctx began to arrive at a server of NewServer;
// now, at another one.
func FirstByte(ctx context.Context) time.Time {
	if c := connOf(ctx); c != nil {
		if t := c.first.Load(); t != nil {
			return *t
		}
	}
	return time.Now()
}

// Working says that the request of ctx has arrived whole and is worked on: until it is
// answered, its connection is not closed to make room for another.
func Working(ctx context.Context) {
	if c := connOf(ctx); c != nil {
		c.conns.move(c, nil)
	}
}

// overLimit tells whether the connection of ctx should be closed with its answer,
// because there are too many.
func overLimit(ctx context.Context) bool {
	c := connOf(ctx)
	return c != nil && c.conns.over()
}
