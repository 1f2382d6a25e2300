package handler_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/memnet"
	"carrierhook/internal/wechat"
)

// listen serves a server's public side with so many connections at most.
func (s *server) listen(t *testing.T, max int) string {
	t.Helper()
	ln := s.accepts(t, max)
	memnet.Serve(t, handler.NewServer(s.public, s.log), ln)
	return ln.Addr().String()
}

// alive asks for /healthz, and fails the test unless it is answered.
func alive(t *testing.T, c net.Conn, replies *bufio.Reader) {
	t.Helper()
	_, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	must(t, err)
	if res, body := answered(t, replies); res.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %q", res.StatusCode, body)
	}
}

// closed waits until the other side has closed a connection without an answer.
func closed(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience)) // which fails for a closed one in memory
	var failed net.Error
	if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil || errors.As(err, &failed) && failed.Timeout() {
		t.Errorf("read %d bytes, %v: not closed", n, err)
	}
}

// TestSilentLongestIsClosed: where as many are connected as may be, the one that has
// been silent longest is closed, spoken or not, and the new one is answered.
func TestSilentLongestIsClosed(t *testing.T) {
	t.Parallel()
	addr := newServer(t, wechat.Plain).listen(t, 3)
	spoke := dial(t, addr)
	spokeReplies := bufio.NewReader(spoke)
	alive(t, spoke, spokeReplies)
	silent := dial(t, addr)
	between := dial(t, addr)
	betweenReplies := bufio.NewReader(between)
	alive(t, between, betweenReplies) // all three are there
	alive(t, spoke, spokeReplies)     // which makes silent the one that was silent longest
	probe := dial(t, addr)
	alive(t, probe, bufio.NewReader(probe))
	closed(t, silent)
	alive(t, between, betweenReplies)
	alive(t, spoke, spokeReplies)
}

// TestInFlightStays: a connection whose push is being decided is not closed to make
// room, however long that takes.
func TestInFlightStays(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	deciding, decide := s.store.cancelsInSteps()
	addr := s.listen(t, 1)
	push := dial(t, addr)
	_, err := io.WriteString(push, cancelPush())
	must(t, err)
	<-deciding
	for range 3 {
		probe := dial(t, addr)
		alive(t, probe, bufio.NewReader(probe))
	}
	close(decide)
	if res, got := answered(t, bufio.NewReader(push)); res.StatusCode != http.StatusOK || !strings.Contains(string(got), "<ResultCode>0<") {
		t.Errorf("status %d, %q", res.StatusCode, got)
	}
}

// TestOpenedAhead: the time that a header may take counts from its first byte. The
// server does not get a connection that has said nothing.
func TestOpenedAhead(t *testing.T) {
	t.Parallel()
	ln := newServer(t, wechat.Plain).accepts(t, 0)
	defer ln.Close()
	silent, speaks := dial(t, ln.Addr().String()), dial(t, ln.Addr().String())
	for _, c := range []net.Conn{speaks, silent} {
		_, err := io.WriteString(c, "x")
		must(t, err)
		accepted, err := ln.Accept()
		must(t, err)
		defer accepted.Close()
		if accepted.RemoteAddr().String() != c.LocalAddr().String() {
			t.Errorf("accepted %v, and %v has spoken", accepted.RemoteAddr(), c.LocalAddr())
		}
	}
}

// TestListenerLeavesNothing: closing it closes those that have said nothing, and
// ends a waiting Accept.
func TestListenerLeavesNothing(t *testing.T) {
	t.Parallel()
	ln := newServer(t, wechat.Plain).accepts(t, 0)
	silent := dial(t, ln.Addr().String())
	speaks := dial(t, ln.Addr().String())
	_, err := io.WriteString(speaks, "x")
	must(t, err)
	c, err := ln.Accept() // silent came before it
	must(t, err)
	defer c.Close()
	failed := make(chan error, 1)
	go func() {
		_, err := ln.Accept()
		failed <- err
	}()
	must(t, ln.Close())
	if err := <-failed; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
	closed(t, silent)
}

// TestHead: HEAD is GET without the body, at every health check.
func TestHead(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	for path, h := range map[string][]http.Handler{
		"/healthz": {s.public, s.internal}, "/readyz": {s.public, s.internal}, "/metrics": {s.internal},
	} {
		for _, h := range h {
			n := s.inMemory(t, h)
			var status int // of the GET
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				c := n.Connect(t)
				go io.WriteString(c, method+" "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
				res, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
				must(t, err)
				body, err := io.ReadAll(res.Body)
				must(t, err)
				if status == 0 {
					status = res.StatusCode
				}
				if res.StatusCode == http.StatusMethodNotAllowed || res.StatusCode != status || (method == http.MethodHead) != (len(body) == 0) {
					t.Errorf("%s %s: status %d, %d bytes", method, path, res.StatusCode, len(body))
				}
			}
		}
	}
}

// TestSilentForLong: a connection that was opened ahead is served however long it
// has been silent. One that has begun to speak, later, runs out of the time that a
// header has.
func TestSilentForLong(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	ln := s.accepts(t, 0)
	srv := handler.NewServer(s.public, s.log)
	srv.ReadHeaderTimeout = time.Second
	memnet.Serve(t, srv, ln)
	silent := dial(t, ln.Addr().String())
	slow := dial(t, ln.Addr().String())
	_, err := io.WriteString(slow, "G")
	must(t, err)
	_, err = io.Copy(io.Discard, slow) // until it is closed
	must(t, err)
	alive(t, silent, bufio.NewReader(silent))
}

// TestDrainClosesSilentConnections: a server that goes closes at once what has
// nothing to say, and finishes what is under way.
func TestDrainClosesSilentConnections(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	deciding, decide := s.store.cancelsInSteps()
	ln := s.accepts(t, 0)
	srv := handler.NewServer(s.public, s.log)
	memnet.Serve(t, srv, ln)
	silent, spoke, push := dial(t, ln.Addr().String()), dial(t, ln.Addr().String()), dial(t, ln.Addr().String())
	alive(t, spoke, bufio.NewReader(spoke))
	_, err := io.WriteString(push, cancelPush())
	must(t, err)
	<-deciding
	drained := make(chan error, 1)
	go func() { drained <- srv.Shutdown(context.Background()) }()
	closed(t, silent)
	closed(t, spoke)
	select {
	case err := <-drained:
		t.Errorf("drained with a push under way: %v", err)
	default:
	}
	close(decide)
	if res, got := answered(t, bufio.NewReader(push)); res.StatusCode != http.StatusOK {
		t.Errorf("status %d, %q", res.StatusCode, got)
	}
	must(t, <-drained)
}
