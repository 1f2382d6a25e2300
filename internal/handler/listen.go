package handler

import (
	"errors"
	"net"
	"syscall"
	"time"

	"carrierhook/internal/handler/bounded"

	"go.uber.org/zap"
)

// silence is how long a connection may say nothing. A proxy opens connections ahead
// of the requests that it will have, and keeps them between two; it gives them up
// sooner than we do, so that none is closed just as the proxy uses it.
const silence = 2 * time.Minute

// maxPause is how long a listener that cannot accept waits at most before it tries again.
const maxPause = time.Second

// ListenOptions say how connections are accepted.
type ListenOptions struct {
	Name    string // PublicListener or InternalListener
	Max     int    // connections that are open; 0: any number
	Log     *zap.Logger
	Metrics *ListenerMetrics
}

// Listen listens on a TCP address for NewServer. No more than the maximum of
// connections are open as long as there is one that can be closed for a new one: see
// connections.
//
// A connection is given to the server once its first byte has come. Until then it
// costs little, and the time that a request may take does not run yet.
func Listen(addr string, o ListenOptions) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return newListener(ln, o), nil
}

func newListener(ln net.Listener, o ListenOptions) *listener {
	l := &listener{
		Listener: ln, conns: connections{max: o.Max, report: &report{o.Name, bounded.Log(o.Log), o.Metrics}},
		spoke: make(chan *stampedConn), failed: make(chan error), closed: make(chan struct{}),
	}
	go l.accept()
	return l
}

type listener struct {
	net.Listener
	conns  connections
	spoke  chan *stampedConn // connections whose first byte has come
	failed chan error        // of the listener below
	closed chan struct{}
}

// Accept gives the next connection that has something to say.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.spoke:
		return c, nil
	case err := <-l.failed:
		return nil, err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close also closes the connections that have not said anything. The others are
// the server's.
func (l *listener) Close() error {
	if !l.conns.close() {
		return net.ErrClosed
	}
	close(l.closed)
	return l.Listener.Close()
}

// accept takes connections for as long as there is a listener. While the system has no
// room for one it tries again, and does not keep those waiting that it has already.
func (l *listener) accept() {
	var pause time.Duration
	for {
		c, err := l.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil && broken(err):
			select {
			case l.failed <- err:
			case <-l.closed:
			}
			return
		case err != nil:
			pause = min(max(5*time.Millisecond, 2*pause), maxPause)
			l.cannotAccept(err)
			select {
			case <-time.After(pause):
			case <-l.closed:
				return
			}
			continue
		}
		pause = 0
		if sc := l.conns.add(c); sc != nil {
			go l.await(sc)
		}
	}
}

// broken tells whether a listener will never accept again. What the system says of a
// connection, of the network or of its own resources passes.
func broken(err error) bool {
	errno, ok := errors.AsType[syscall.Errno](err)
	return !ok || errno == syscall.EBADF || errno == syscall.EINVAL || errno == syscall.ENOTSOCK
}

// cannotAccept notes why a connection was not accepted. Where files are what is missing,
// another connection gives its own up.
func (l *listener) cannotAccept(err error) {
	r := l.conns.report
	r.metrics.acceptErrors.WithLabelValues(r.listener).Inc()
	r.log.Error("accept failed", zap.String("listener", r.listener), zap.Error(err))
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		l.conns.makeRoom()
	}
}

// await gives a connection to the server when it has something to say.
func (l *listener) await(c *stampedConn) {
	if err := c.awaitFirstByte(); err != nil {
		_ = c.Close()
		return
	}
	c.given.Store(true)
	select {
	case l.spoke <- c:
	case <-l.closed:
		_ = c.Close()
	}
}

// awaitFirstByte waits until there is a byte to read, notes it and leaves it there.
// Of what is no connection of the system's nothing is known before it is read.
func (c *stampedConn) awaitFirstByte() error {
	raw, ok := c.Conn.(syscall.Conn)
	if !ok {
		return nil
	}
	if err := c.SetReadDeadline(time.Now().Add(silence)); err != nil {
		return err
	}
	rc, err := raw.SyscallConn()
	if err != nil {
		return err
	}
	var n int
	var failed error
	err = rc.Read(func(fd uintptr) (done bool) {
		var b [1]byte
		for {
			n, _, failed = syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
			if failed != syscall.EINTR {
				return failed != syscall.EAGAIN
			}
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	if n == 0 {
		return net.ErrClosed // by the other side, without a word
	}
	c.begin()
	return c.SetReadDeadline(time.Time{})
}
