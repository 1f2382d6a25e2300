package handler

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// WeChat's patience begins when it sends, not when the last header has arrived.
// So each connection notes when the first byte of the request under way came.

type stampedListener struct{ net.Listener }

func (l stampedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &stampedConn{Conn: c}, nil
}

type stampedConn struct {
	net.Conn
	first atomic.Pointer[time.Time] // nil while no request is under way
}

func (c *stampedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.first.Load() == nil {
		now := time.Now()
		c.first.CompareAndSwap(nil, &now)
	}
	return n, err
}

type connKey struct{}

// connContext makes the connection reachable from its requests.
func connContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// connState forgets a request that has been answered.
func connState(c net.Conn, s http.ConnState) {
	if sc, ok := c.(*stampedConn); ok && s == http.StateIdle {
		sc.first.Store(nil)
	}
}

// firstByte tells when the request of ctx began to arrive; now, if its
// connection was not watched.
func firstByte(ctx context.Context) time.Time {
	if sc, ok := ctx.Value(connKey{}).(*stampedConn); ok {
		if t := sc.first.Load(); t != nil {
			return *t
		}
	}
	return time.Now()
}
