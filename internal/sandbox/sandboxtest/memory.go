package sandboxtest

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// WaitPatience is for waits that only a hang makes as long.
const WaitPatience = 2 * time.Minute

// InMemory is a client of servers, by the names of their hosts, on a network of
// pipes, for bubbles of testing/synctest: all of it waits in a way that they know,
// so that time passes only when nobody has anything to do.
func InMemory(tb testing.TB, servers map[string]http.Handler) *http.Client {
	tb.Helper()
	// A bubble's clock begins in the year 2000, when a time in seconds had nine digits.
	time.Sleep(10 * 365 * 24 * time.Hour)
	hosts := map[string]*pipes{}
	for host, h := range servers {
		ln := &pipes{dialled: make(chan net.Conn), closed: make(chan struct{})}
		hosts[host+":80"] = ln
		srv := &http.Server{Handler: h}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = srv.Serve(ln)
		}()
		tb.Cleanup(func() {
			srv.Close()
			<-ended
		})
	}
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, addr string) (net.Conn, error) { return hosts[addr].dial(ctx) },
	}}
}

// pipes is a listener.
type pipes struct {
	dialled chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
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
