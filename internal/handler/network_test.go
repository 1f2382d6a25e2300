package handler_test

import (
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/handler"
)

// patience is what a test waits at most where only a mistake makes it wait.
const patience = 2 * time.Minute

// network is a listener that is handed its connections. Those of connect are in
// memory, so that a bubble of testing/synctest knows when all that was sent has
// been read: there a test's time is exact, however busy the machine is.
type network struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newNetwork() *network {
	return &network{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *network) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "pipe"} }

// connect returns the client's side of a new connection, which ends with the test.
func (n *network) connect(t testing.TB) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	t.Cleanup(func() { client.Close() })
	n.conns <- server
	return client
}

// inMemory serves a handler, as a rule a server's public side, on a network of its
// own.
func (s *server) inMemory(t testing.TB, h http.Handler) *network {
	t.Helper()
	return s.inMemoryWith(t, h, 0)
}

// inMemoryWith is inMemory with so many connections at most.
func (s *server) inMemoryWith(t testing.TB, h http.Handler, max int) *network {
	t.Helper()
	n := newNetwork()
	serve(t, handler.NewServer(h, s.log), handler.Stamped(n, max))
	return n
}

// serve serves until the end of the test.
func serve(t testing.TB, srv *http.Server, ln net.Listener) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	t.Cleanup(func() {
		must(t, srv.Close())
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	})
}
