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

	// What of the request under way net/http answers by itself.
	handled atomic.Bool // a handler has the request: what is written is its answer
	head    [12]byte    // the connection's first bytes, as many as PROXY protocol needs to be known
	seen    int         // of them
	ended   bool        // nothing more comes
	noted   bool        // that no handler got the request; the connection ends with it

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
	if c.seen < len(c.head) {
		c.seen += copy(c.head[c.seen:], b[:n])
	}
	c.ended = err != nil
	return n, err
}

func (c *stampedConn) Write(b []byte) (int, error) {
	if !c.handled.Load() {
		c.answeredByServer(b)
	}
	return c.Conn.Write(b)
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
	c.handled.Store(false)
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

// connState forgets a request that has been answered, and notes one that never was.
func connState(c net.Conn, s http.ConnState) {
	sc, ok := c.(*stampedConn)
	switch {
	case !ok:
	case s == http.StateIdle:
		sc.end()
	case s == http.StateClosed && sc.first.Load() != nil && !sc.handled.Load():
		sc.endedUnanswered()
	}
}

// handled marks the connections of the requests that h gets.
func handled(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := connOf(r.Context()); c != nil {
			c.handled.Store(true)
		}
		h.ServeHTTP(w, r)
	})
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
