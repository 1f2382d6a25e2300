//go:build interop

package interop

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

// freeAddress is an address of this machine that nobody else listens on, and a port.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	ln, err := net.Listen("tcp", fmt.Sprintf("127.%d.%d.%d:0", 1+rand.N(200), 1+rand.N(200), 1+rand.N(200)))
	storetest.Must(tb, err)
	defer ln.Close()
	return ln.Addr().String()
}

// from dials an address as somebody who has another one.
func from(source, address string) func(context.Context) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(source)}}
	return func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", address) }
}

// idler opens connections to a proxy from an address of its own, and leaves them at
// one step of a push.
type idler struct {
	testing.TB
	dial  func(context.Context) (net.Conn, error)
	trust *tls.Config
}

// The steps of a push at which a connection can stay.
const (
	silent     = "nothing said"
	handshake  = "half a TLS handshake"
	secured    = "a TLS handshake"
	halfHeader = "half a header"
	halfBody   = "half a body"
)

// open opens connections and leaves them at a step. They are closed at the test's end.
func (i idler) open(n int, step string) []net.Conn {
	i.Helper()
	conns := make([]net.Conn, n)
	errs := make([]error, n)
	var work sync.WaitGroup
	for worker := range 8 {
		work.Go(func() {
			for at := worker; at < n; at += 8 {
				conns[at], errs[at] = i.one(step)
			}
		})
	}
	work.Wait()
	for _, c := range conns {
		if c != nil {
			i.Cleanup(func() { _ = c.Close() })
		}
	}
	if err := errors.Join(errs...); err != nil {
		i.Fatalf("%s: %.500v", step, err)
	}
	return conns
}

func (i idler) one(step string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	raw, err := i.dial(ctx)
	if step == silent && errors.Is(err, syscall.ECONNRESET) {
		return nil, nil // refused, and before the dialer had looked
	}
	if err != nil || step == silent {
		return raw, err
	}
	if step == handshake {
		_, err = raw.Write([]byte{22}) // begins a TLS record
		return raw, err
	}
	c := tls.Client(raw, i.trust)
	if err := c.HandshakeContext(ctx); err != nil {
		return raw, err
	}
	said := map[string]string{
		halfHeader: "POST " + pushPath + "?signature=x HTTP/1.1\r\nHost: hook.example.com\r\n",
		halfBody:   "POST " + pushPath + "?signature=x HTTP/1.1\r\nHost: hook.example.com\r\nContent-Length: 1000\r\n\r\n{",
	}[step]
	_, err = io.WriteString(c, said)
	return c, err
}

// answered opens connections on which a request got its answer, and leaves them open.
func (i idler) answered(n, status int, request string) []net.Conn {
	i.Helper()
	conns := make([]net.Conn, n)
	for at := range conns { // one after the other: none may wait so long that it is closed
		c := i.open(1, secured)[0]
		conns[at] = c
		if _, err := io.WriteString(c, request); err != nil {
			i.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode != status {
			i.Fatalf("%.40q: %v, %v, want %d", request, res, err, status)
		}
	}
	return conns
}

// stillOpen counts the connections that the proxy has neither refused, closed nor
// answered.
func stillOpen(conns []net.Conn) int {
	var open atomic.Int32
	var work sync.WaitGroup
	for _, c := range conns {
		if c == nil {
			continue
		}
		work.Go(func() {
			_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
			if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
				open.Add(1)
			}
		})
	}
	work.Wait()
	return int(open.Load())
}

// closedBy waits until the proxy has closed all the connections.
func closedBy(tb testing.TB, what string, conns []net.Conn) {
	tb.Helper()
	for _, c := range conns {
		if c == nil {
			continue
		}
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			tb.Fatalf("%s: a connection stays open", what)
		}
	}
}

// drip goes on with what connections have begun to say, a byte at a time, until they
// are closed. ended waits for that.
func drip(conns []net.Conn) (ended func()) {
	var work sync.WaitGroup
	for _, c := range conns {
		work.Go(func() {
			for {
				if _, err := io.WriteString(c, "x"); err != nil {
					return
				}
				time.Sleep(100 * time.Millisecond)
			}
		})
	}
	return work.Wait
}
