package handler

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// grace is how long a connection may be without a request, or a request on its way,
// before it goes for a newcomer. Whoever has just connected, or just been answered,
// may be writing.
const grace = time.Second

// crowd is the open connections of a listener. At the limit a newcomer, who may be
// the load balancer's probe, makes another go: the one that has been without a
// request longest, or else the one whose request takes longest to arrive. Where all
// are worked for, or have only come, the limit is exceeded, and those go that are
// answered. Those that are not worked for do not exceed it, however short their time.
//
// Every request passes here three times, so nothing is searched for.
type crowd struct {
	max int // 0: any number

	mu      sync.Mutex
	closed  bool
	open    int
	waiting int   // of those, in a queue
	idle    queue // without a request
	begun   queue // with one that nobody knows yet: it may be a stranger's
}

// queue is connections in the order in which they came into it.
type queue struct{ first, last *stampedConn }

func (q *queue) push(c *stampedConn) {
	c.crowd.waiting++
	c.in, c.before, c.after, c.since = q, q.last, nil, time.Now()
	if q.last == nil {
		q.first = c
	} else {
		q.last.after = c
	}
	q.last = c
}

// remove takes a connection out of the queue that it is in, if it is in one.
func (c *stampedConn) remove() {
	if c.in == nil {
		return
	}
	c.crowd.waiting--
	if c.before == nil {
		c.in.first = c.after
	} else {
		c.before.after = c.after
	}
	if c.after == nil {
		c.in.last = c.before
	} else {
		c.after.before = c.before
	}
	c.in, c.before, c.after = nil, nil, nil
}

// add takes a newcomer in, and makes room for it; nil: nobody is let in any more.
func (c *crowd) add(conn net.Conn) *stampedConn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = conn.Close()
		return nil
	}
	if c.max > 0 && c.open >= c.max {
		if goes := c.dispensable(); goes != nil {
			c.drop(goes)
			_ = goes.Conn.Close()
		}
	}
	c.open++
	sc := &stampedConn{Conn: conn, crowd: c}
	c.idle.push(sc)
	return sc
}

// dispensable is the connection that goes for a newcomer; nil: none.
func (c *crowd) dispensable() *stampedConn {
	for _, longest := range []*stampedConn{c.idle.first, c.begun.first} {
		if longest != nil && (c.waiting >= c.max || time.Since(longest.since) >= grace) {
			return longest
		}
	}
	return nil
}

func (c *crowd) drop(sc *stampedConn) {
	if sc.gone {
		return
	}
	sc.gone = true
	sc.remove()
	c.open--
}

// move puts a connection into a queue, nil: into none, which is that of those whose
// request is worked on.
func (c *crowd) move(sc *stampedConn, to *queue) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if sc.gone {
		return
	}
	sc.remove()
	if to != nil {
		to.push(sc)
	}
}

func (c *crowd) leave(sc *stampedConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(sc)
}

// over tells whether there are more than there should be.
func (c *crowd) over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.max > 0 && c.open > c.max
}

// close lets nobody in any more, and closes the connections that nobody serves yet.
func (c *crowd) close() (first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	first, c.closed = !c.closed, true
	for sc := c.idle.first; sc != nil; sc = sc.after {
		if !sc.given.Load() {
			_ = sc.Conn.Close() // whoever waits for its first byte drops it
		}
	}
	return first
}

// stampedConn notes when the first byte of the request under way came.
//
// WeChat's patience begins when it sends, not when the last header has arrived.
type stampedConn struct {
	net.Conn
	crowd *crowd
	first atomic.Pointer[time.Time] // nil while no request is under way
	given atomic.Bool               // to the server

	// The crowd's.
	in            *queue
	before, after *stampedConn
	since         time.Time // it came into its queue
	gone          bool
}

func (c *stampedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.first.Load() == nil {
		c.begin()
	}
	return n, err
}

// begin notes the first byte of a request.
func (c *stampedConn) begin() {
	now := time.Now()
	if c.first.CompareAndSwap(nil, &now) {
		c.crowd.move(c, &c.crowd.begun)
	}
}

// end forgets a request that has been answered.
func (c *stampedConn) end() {
	c.crowd.move(c, &c.crowd.idle)
	c.first.Store(nil)
}

func (c *stampedConn) Close() error {
	c.crowd.leave(c)
	return c.Conn.Close()
}
