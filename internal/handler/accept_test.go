package handler_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/memnet"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// failing is a listener in memory that also accepts errors.
type failing struct {
	*memnet.Listener
	accepted chan net.Conn
	errs     chan error
}

// failing serves the public side on a listener that can fail. The channel gives what the
// server ended with.
func (s *server) failing(t *testing.T) (n *failing, ended chan error) {
	t.Helper()
	n = &failing{memnet.Listen(), make(chan net.Conn), make(chan error)}
	go func() {
		for {
			c, err := n.Listener.Accept()
			if err != nil {
				close(n.accepted)
				return
			}
			n.accepted <- c
		}
	}()
	ended = make(chan error, 1)
	srv := handler.NewServer(s.public, s.log)
	go func() { ended <- srv.Serve(handler.Stamped(n, s.options(0))) }()
	t.Cleanup(func() { must(t, srv.Close()) })
	return n, ended
}

func (f *failing) Accept() (net.Conn, error) {
	select {
	case c, ok := <-f.accepted:
		if !ok {
			return nil, net.ErrClosed
		}
		return c, nil
	case err := <-f.errs:
		return nil, err
	}
}

// acceptError is how the net package says that the system cannot accept.
func acceptError(errno syscall.Errno) error {
	return &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", errno)}
}

// TestAcceptFails: while the system cannot accept, the log says so as an error, more and
// more seldom, and each time is counted. Connections that are there are served at once,
// unless they hold the files that are missing, and new ones when it is over.
func TestAcceptFails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		errno syscall.Errno
		files bool
	}{
		{syscall.EMFILE, true}, {syscall.ENFILE, true}, {syscall.ENOBUFS, false}, {syscall.ENOMEM, false}, {syscall.EPERM, false},
	} {
		t.Run(tt.errno.Error(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, wechat.Plain)
				n, _ := s.failing(t)
				silent := n.Connect(t)
				replies := bufio.NewReader(silent)
				alive(t, silent, replies)
				failures := 0
				for until := time.Now().Add(10 * time.Second); time.Now().Before(until); failures++ {
					n.errs <- acceptError(tt.errno)
				}
				synctest.Wait()
				s.counted(t, `carrierhook_accept_errors_total{listener="public"}`, float64(failures))
				lines := s.logs.FilterMessage("accept failed").All()
				if failures < 10 || failures > 20 || len(lines) != failures {
					t.Errorf("%d lines of %d failures in ten seconds", len(lines), failures)
				}
				for _, l := range lines {
					if l.Level != zap.ErrorLevel || l.ContextMap()["listener"] != "public" {
						t.Errorf("%v, %v", l.Level, l.ContextMap())
					}
				}
				now := time.Now() // the listener is in its pause
				if tt.files {
					closed(t, silent)
				} else {
					alive(t, silent, replies)
				}
				if took := time.Since(now); took > 0 {
					t.Errorf("it was served or closed after %v", took)
				}
				again := n.Connect(t)
				alive(t, again, bufio.NewReader(again))
			})
		})
	}
}

// TestFilesAreGivenUp: where files are missing, each time the connection is closed that
// has been silent longest, and none that has only come or just been answered.
func TestFilesAreGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, _ := newServer(t, wechat.Plain).failing(t)
		first := n.Connect(t)
		time.Sleep(time.Second)
		second := n.Connect(t)
		time.Sleep(time.Second)
		n.errs <- acceptError(syscall.EMFILE)
		now := time.Now()
		closed(t, first)
		if took := time.Since(now); took > 0 {
			t.Errorf("it was closed after %v", took)
		}
		replies := bufio.NewReader(second)
		alive(t, second, replies)
		n.errs <- acceptError(syscall.EMFILE)
		synctest.Wait()
		alive(t, second, replies)
	})
}

// TestBrokenListener: one that will never accept again ends the server, which is no
// failure to accept.
func TestBrokenListener(t *testing.T) {
	t.Parallel()
	for _, err := range []error{acceptError(syscall.EBADF), acceptError(syscall.EINVAL), acceptError(syscall.ENOTSOCK), context.Canceled} {
		s := newServer(t, wechat.Plain)
		n, ended := s.failing(t)
		n.errs <- err
		if got := <-ended; !errors.Is(got, err) || errors.Is(got, http.ErrServerClosed) {
			t.Errorf("%v: the server ended with %v", err, got)
		}
		s.counted(t, `carrierhook_accept_errors_total{listener="public"}`, 0)
	}
}

// TestServerErrors: what net/http has to say of itself is an error of one kind, however
// its words differ, for the log is sampled by kind.
func TestServerErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, wechat.Plain)
		srv := handler.NewServer(s.public, s.log)
		for i := range 100 {
			srv.ErrorLog.Printf("http: fault %d", i)
		}
		lines := s.logs.FilterMessage("http server").All()
		if len(lines) != 10 || lines[0].Level != zap.ErrorLevel || lines[0].ContextMap()["error"] != "http: fault 0" {
			t.Errorf("the log:\n%s", s.written)
		}
	})
}
