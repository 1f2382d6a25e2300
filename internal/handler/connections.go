package handler

import (
	"net"
	"sync"
	"time"
)

// grace is how long a connection may be without a request, or a request on its way,
// before it is closed for a new one. A client that has just connected, or just been
// answered, may be writing.
const grace = time.Second

// connections are the open ones of a listener. At the limit a new one, which may be
// the load balancer's probe, closes another: the one that has been without a request
// longest, or else the one whose request takes longest to arrive. Where all have a
// request that is worked on, or have only come, the limit is exceeded, and connections
// are closed when they are answered. Those without such a request do not exceed it,
// however new they are.
//
// Every request passes here three times, so nothing is searched for.
type connections struct {
	max    int // 0: any number
	report *report

	mu       sync.Mutex
	closed   bool
	open     int
	waiting  int   // of those, in a queue
	idle     queue // without a request
	arriving queue // with one that is not authenticated yet
}

// queue is connections in the order in which they came into it.
type queue struct{ first, last *stampedConn }

func (q *queue) push(c *stampedConn) {
	c.conns.waiting++
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
	c.conns.waiting--
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

// add takes a new connection and makes room for it; nil: the listener is closed.
func (c *connections) add(conn net.Conn) *stampedConn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = conn.Close()
		return nil
	}
	if c.max > 0 && c.open >= c.max {
		c.closeLongest()
	}
	c.open++
	sc := &stampedConn{Conn: conn, conns: c}
	c.idle.push(sc)
	return sc
}

// makeRoom closes a connection for one that the system has no room for.
func (c *connections) makeRoom() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closeLongest()
}

func (c *connections) closeLongest() {
	if old := c.toClose(); old != nil {
		c.drop(old)
		_ = old.Conn.Close()
	}
}

// toClose is the connection that is closed for a new one; nil: none.
func (c *connections) toClose() *stampedConn {
	for _, longest := range []*stampedConn{c.idle.first, c.arriving.first} {
		if longest != nil && (c.max > 0 && c.waiting >= c.max || time.Since(longest.since) >= grace) {
			return longest
		}
	}
	return nil
}

func (c *connections) drop(sc *stampedConn) {
	if sc.gone {
		return
	}
	sc.gone = true
	sc.remove()
	c.open--
}

// move puts a connection into a queue, nil: into none, which is that of those whose
// request is worked on.
func (c *connections) move(sc *stampedConn, to *queue) {
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

func (c *connections) leave(sc *stampedConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(sc)
}

// over tells whether there are more than the limit.
func (c *connections) over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.max > 0 && c.open > c.max
}

// close takes no new connection any more, and closes those that are not served yet.
func (c *connections) close() (first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	first, c.closed = !c.closed, true
	for sc := c.idle.first; sc != nil; sc = sc.after {
		if !sc.given.Load() {
			_ = sc.Conn.Close() // await drops it
		}
	}
	return first
}
