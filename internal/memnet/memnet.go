// Package memnet is a network in memory, for tests: a bubble of testing/synctest knows
// when all that was sent has been read, so time is exact there, however busy the machine.
package memnet

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
)

// Listener accepts the connections that Connect makes.
type Listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Listen makes a listener.
func Listen() *Listener {
	return &Listener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Connect returns the client's side of a new connection, which ends with the test.
func (l *Listener) Connect(tb testing.TB) net.Conn {
	tb.Helper()
	c, err := l.Dial(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	return c
}

// Dial returns the client's side of a new connection.
func (l *Listener) Dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	return client, l.Offer(ctx, server)
}

// Offer hands the listener a connection, and waits until it accepts.
func (l *Listener) Offer(ctx context.Context, c net.Conn) error {
	select {
	case l.conns <- c:
		return nil
	case <-l.closed:
		return net.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Accept waits for a connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr is the same for all listeners.
func (l *Listener) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "pipe"} }

// Serve serves until the end of the test.
func Serve(tb testing.TB, srv *http.Server, ln net.Listener) {
	tb.Helper()
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	tb.Cleanup(func() {
		if err := srv.Close(); err != nil {
			tb.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			tb.Errorf("serve: %v", err)
		}
	})
}

// Client is a client of servers, by the names of their hosts.
func Client(tb testing.TB, servers map[string]http.Handler) *http.Client {
	tb.Helper()
	hosts := map[string]*Listener{}
	for host, h := range servers {
		hosts[host+":80"] = Listen()
		Serve(tb, &http.Server{Handler: h}, hosts[host+":80"])
	}
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, addr string) (net.Conn, error) { return hosts[addr].Dial(ctx) },
	}}
}
