package conformance

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// inBubble runs a test in a bubble of testing/synctest. What the test's servers wait
// there costs no time, and nobody is late.
func inBubble(t *testing.T, f func(*testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		// A bubble's clock begins in the year 2000, when a time in seconds had nine digits.
		time.Sleep(10 * 365 * 24 * time.Hour)
		f(t)
	})
}

// inMemory is a client of a server on a network of pipes, which wait in a way that
// a bubble knows.
func inMemory(t testing.TB, h http.Handler) *http.Client {
	t.Helper()
	ln, ended := &pipes{dialled: make(chan net.Conn), closed: make(chan struct{})}, make(chan struct{})
	srv := &http.Server{Handler: h}
	go func() {
		defer close(ended)
		_ = srv.Serve(ln)
	}()
	t.Cleanup(func() {
		srv.Close()
		<-ended
	})
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: ln.dial}}
}

// pipes is a listener.
type pipes struct {
	dialled chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.dialled <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialled:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Net: "memory"} }
