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

// FirstByte tells when the request of ctx began to arrive at a server of NewServer;
// now, at another one.
func FirstByte(ctx context.Context) time.Time {
	if sc, ok := ctx.Value(connKey{}).(*stampedConn); ok {
		if t := sc.first.Load(); t != nil {
			return *t
		}
	}
	return time.Now()
}

// Working says that the request of ctx has arrived whole and is worked on: until it is
// answered, its connection is not closed to make room for another.
func Working(ctx context.Context) {
	if sc, ok := ctx.Value(connKey{}).(*stampedConn); ok {
		sc.conns.move(sc, nil)
	}
}

// overLimit tells whether the connection of ctx should be closed with its answer,
// because there are too many.
func overLimit(ctx context.Context) bool {
	sc, ok := ctx.Value(connKey{}).(*stampedConn)
	return ok && sc.conns.over()
}
