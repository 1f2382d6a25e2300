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
		sc.end()
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

// working marks the connection of ctx, until its request is answered, as one that
// somebody works for: it is not closed to make room for another.
func working(ctx context.Context) {
	if sc, ok := ctx.Value(connKey{}).(*stampedConn); ok {
		sc.crowd.move(sc, nil)
	}
}

// crowded tells whether the connection of ctx had better go: there are too many, and
// it has its answer.
func crowded(ctx context.Context) bool {
	sc, ok := ctx.Value(connKey{}).(*stampedConn)
	return ok && sc.crowd.over()
}
