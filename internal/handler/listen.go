package handler

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Silence is how long a connection may say nothing. A proxy opens connections ahead
// of the requests that it will have, and keeps them between two; it gives them up
// sooner than we do, so that none is closed just as the proxy uses it.
const Silence = 2 * time.Minute

// Listen listens on a TCP address for NewServer. No more than max connections are
// open, 0: any number: at the limit the one that has been silent longest is closed,
// and never the newcomer, who may be the load balancer's probe.
//
// A connection is given to the server once its first byte has come. Until then it
// costs little, and the time that a request may take does not run yet.
func Listen(addr string, max int) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return newListener(ln, max), nil
}

func newListener(ln net.Listener, max int) *listener {
	l := &listener{
		Listener: ln, max: max, open: map[*stampedConn]struct{}{},
		spoke: make(chan *stampedConn), failed: make(chan error), closed: make(chan struct{}),
	}
	go l.accept()
	return l
}

type listener struct {
	net.Listener
	max    int
	spoke  chan *stampedConn // connections whose first byte has come
	failed chan error        // of the listener below
	closed chan struct{}

	mu      sync.Mutex
	open    map[*stampedConn]struct{}
	closing bool
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
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return net.ErrClosed
	}
	l.closing = true
	close(l.closed)
	for c := range l.open {
		if !c.given.Load() {
			_ = c.Conn.Close()
		}
	}
	return l.Listener.Close()
}

// accept takes connections for as long as there is a listener. What goes wrong
// meanwhile, such as too many open files, net/http is told: it logs that and comes
// back after a pause.
func (l *listener) accept() {
	for {
		c, err := l.Listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			select {
			case l.failed <- err:
				continue
			case <-l.closed:
				return
			}
		}
		if sc := l.add(c); sc != nil {
			go l.await(sc)
		}
	}
}

// add makes room for a connection.
func (l *listener) add(c net.Conn) *stampedConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		_ = c.Close()
		return nil
	}
	sc := &stampedConn{Conn: c, listener: l}
	sc.heard.Store(time.Now().UnixNano())
	if l.max > 0 && len(l.open) >= l.max {
		if silent := l.silentLongest(); silent != nil {
			delete(l.open, silent)
			_ = silent.Conn.Close()
		}
	}
	l.open[sc] = struct{}{}
	return sc
}

// silentLongest is the connection that was heard longest ago and that nobody works
// for; nil where all are worked for. It looks at each, which is cheap beside a new
// connection.
func (l *listener) silentLongest() (longest *stampedConn) {
	for c := range l.open {
		if !c.busy.Load() && (longest == nil || c.heard.Load() < longest.heard.Load()) {
			longest = c
		}
	}
	return longest
}

func (l *listener) forget(c *stampedConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
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

// stampedConn notes when the first byte of the request under way came.
//
// WeChat's patience begins when it sends, not when the last header has arrived.
type stampedConn struct {
	net.Conn
	listener *listener
	first    atomic.Pointer[time.Time] // nil while no request is under way
	heard    atomic.Int64              // when something came last, in nanoseconds of the epoch
	given    atomic.Bool               // to the server
	busy     atomic.Bool               // a push is being decided
}

func (c *stampedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		now := time.Now()
		c.heard.Store(now.UnixNano())
		if c.first.Load() == nil {
			c.first.CompareAndSwap(nil, &now)
		}
	}
	return n, err
}

func (c *stampedConn) Close() error {
	c.listener.forget(c)
	return c.Conn.Close()
}

// awaitFirstByte waits until there is a byte to read, notes it and leaves it there.
// Of what is no connection of the system's nothing is known before it is read.
func (c *stampedConn) awaitFirstByte() error {
	raw, ok := c.Conn.(syscall.Conn)
	if !ok {
		return nil
	}
	if err := c.SetReadDeadline(time.Now().Add(Silence)); err != nil {
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
	now := time.Now()
	c.first.Store(&now)
	return c.SetReadDeadline(time.Time{})
}
