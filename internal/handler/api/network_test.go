package api_test

import (
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/handler"

	"go.uber.org/zap"
)

// network is a listener whose connections are in memory, so that time is exact in a
// bubble of testing/synctest.
type network struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// inMemory serves on a network of its own until the end of the test.
func (s *server) inMemory(t testing.TB) *network {
	t.Helper()
	n := &network{conns: make(chan net.Conn), closed: make(chan struct{})}
	srv := handler.NewServer(s, zap.NewNop())
	done := make(chan error, 1)
	go func() { done <- srv.Serve(n) }()
	t.Cleanup(func() {
		must(t, srv.Close())
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
		time.Sleep(2 * time.Second) // in which both sides see that a connection has ended
	})
	return n
}

// connect returns the client's side of a new connection, which ends with the test.
func (n *network) connect(t testing.TB) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	t.Cleanup(func() { client.Close() })
	n.conns <- server
	return client
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
