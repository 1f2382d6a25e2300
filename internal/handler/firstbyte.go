package handler

import (
	"context"
	"net"
	"net/http"
	"time"
)

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

// working marks the connection of ctx as one that somebody works for, which is not
// closed to make room for another, until done is called.
func working(ctx context.Context) (done func()) {
	sc, ok := ctx.Value(connKey{}).(*stampedConn)
	if !ok {
		return func() {}
	}
	sc.busy.Store(true)
	return func() {
		sc.heard.Store(time.Now().UnixNano()) // it was not silent: we were
		sc.busy.Store(false)
	}
}
