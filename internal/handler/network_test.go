package handler_test

import (
	"net/http"
	"testing"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/memnet"
)

// patience is what a test waits at most where only a fault makes it wait.
const patience = 2 * time.Minute

// inMemory serves a handler, as a rule a server's public side, on a network of its
// own.
func (s *server) inMemory(t testing.TB, h http.Handler) *memnet.Listener {
	t.Helper()
	return s.inMemoryWith(t, h, 0)
}

// inMemoryWith is inMemory with so many connections at most.
func (s *server) inMemoryWith(t testing.TB, h http.Handler, max int) *memnet.Listener {
	t.Helper()
	n := memnet.Listen()
	memnet.Serve(t, handler.NewServer(h, s.log), handler.Stamped(n, s.options(max)))
	return n
}
