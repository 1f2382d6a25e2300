package history

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

// cable is one server's way to Postgres, with a hand on it.
type cable struct {
	listener net.Listener
	socket   atomic.Value // where Postgres is now, a string

	mu    sync.Mutex
	links map[*link]bool
	ended sync.WaitGroup

	unplugged atomic.Bool  // whoever connects is hung up on
	stalled   atomic.Int64 // what is being held up on links that are stalled
	silence   silence
	ambush    atomic.Pointer[ambush]
}

// link is one connection through the cable.
type link struct {
	cable        *cable
	near, far    net.Conn
	begun        atomic.Bool // Postgres has said that a transaction is open
	written      atomic.Bool // and something has been written to it
	deaf         atomic.Bool // what Postgres answers is not awaited
	mute         atomic.Bool // something was swallowed, so that nothing fits any more
	stalledUntil atomic.Int64
	closed       chan struct{}
	once         sync.Once
}

// ambush waits for transactions to come to their COMMIT, and cuts there.
type ambush struct {
	where string
	left  atomic.Int64
	then  func(*cable) // nil: nothing more
	hits  *tally
}

// Where an ambush cuts.
const (
	beforeCommit   = "COMMIT never arrived"
	withinCommit   = "COMMIT arrived in part"
	afterCommit    = "COMMIT sent, answer not awaited"
	beforeAnswer   = "COMMIT done, answer swallowed"
	answerAndCable = "COMMIT done, answer swallowed, Postgres out of reach"
)

// newCable is a way to the Postgres on a socket.
func newCable(tb testing.TB, socket string) *cable {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	storetest.Must(tb, err)
	c := &cable{listener: listener, links: map[*link]bool{}}
	c.socket.Store(socket)
	c.ended.Go(c.accept)
	tb.Cleanup(func() {
		listener.Close()
		c.unplugged.Store(true)
		c.cut()
		c.ended.Wait()
	})
	return c
}

func (c *cable) accept() {
	for {
		near, err := c.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("unix", c.socket.Load().(string))
		if err != nil || c.unplugged.Load() {
			near.Close()
			if err == nil {
				far.Close()
			}
			continue
		}
		l := &link{cable: c, near: near, far: far, closed: make(chan struct{})}
		c.mu.Lock()
		c.links[l] = true
		c.mu.Unlock()
		c.ended.Go(l.up)
		c.ended.Go(l.down)
	}
}

// cut cuts every connection and tells how many there were.
func (c *cable) cut() int {
	links := c.present()
	for _, l := range links {
		l.cut()
	}
	return len(links)
}

// stall holds up whatever is on its way on the connections that there are, and
// delivers it late, even if whoever sent it has gone by then.
func (c *cable) stall(d time.Duration) int {
	links := c.present()
	until := time.Now().Add(d).UnixNano()
	for _, l := range links {
		l.stalledUntil.Store(until)
	}
	return len(links)
}

// unplugFor cuts every connection and lets no other be made for a time.
func (c *cable) unplugFor(d time.Duration) {
	c.unplugged.Store(true)
	c.cut()
	time.AfterFunc(d, func() { c.unplugged.Store(false) })
}

func (c *cable) present() (links []*link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for l := range c.links {
		links = append(links, l)
	}
	return links
}

func (l *link) cut() {
	l.once.Do(func() {
		close(l.closed)
		l.near.Close()
		l.far.Close()
		l.cable.mu.Lock()
		delete(l.cable.links, l)
		l.cable.mu.Unlock()
	})
}

// caught tells whether an ambush of one of these kinds is set, and takes one hit
// of it.
func (c *cable) caught(where ...string) *ambush {
	a := c.ambush.Load()
	if a == nil {
		return nil
	}
	for _, w := range where {
		if a.where == w && a.left.Add(-1) >= 0 {
			a.hits.fault(a.where, 1)
			return a
		}
	}
	return nil
}

// up carries what the server says to Postgres. In a transaction that is open the
// next that it says is what it writes, with the COMMIT behind it.
func (l *link) up() {
	defer l.end()
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.near.Read(buffer)
		if err != nil {
			return
		}
		said := buffer[:n]
		if l.swallows() {
			continue
		}
		l.wait()
		if l.begun.Swap(false) {
			l.written.Store(true)
			switch a := l.cable.caught(beforeCommit, withinCommit, afterCommit); {
			case a == nil:
			case a.where == beforeCommit:
				return
			case a.where == withinCommit:
				_, _ = l.far.Write(said[:n*2/3]) // it is cut in any case
				return
			default:
				l.deaf.Store(true) // the answer may be faster than the cut
				_, _ = l.far.Write(said)
				return
			}
		}
		if _, err := l.far.Write(said); err != nil {
			return
		}
	}
}

var (
	// Postgres is ready for more, and a transaction is open.
	inTransaction = []byte{'Z', 0, 0, 0, 5, 'T'}
	// Postgres has committed.
	committed = []byte("C\x00\x00\x00\x0bCOMMIT\x00")
)

// down carries what Postgres says back.
func (l *link) down() {
	defer l.end()
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.far.Read(buffer)
		if err != nil {
			return
		}
		said := buffer[:n]
		if l.swallows() {
			continue
		}
		l.wait()
		if l.deaf.Load() {
			return
		}
		if bytes.Contains(said, committed) && l.written.Swap(false) {
			if a := l.cable.caught(beforeAnswer, answerAndCable); a != nil {
				if a.then != nil {
					a.then(l.cable)
				}
				return
			}
		}
		// Before it is passed on: the answer may come at once.
		l.begun.Store(bytes.HasSuffix(said, inTransaction))
		if _, err := l.near.Write(said); err != nil {
			return
		}
	}
}

// wait lasts as long as the link is stalled. What was under way when it began
// is delivered, even if the other end has closed the connection meanwhile. It
// goes in steps, for a stall may be made shorter.
func (l *link) wait() {
	l.cable.stalled.Add(1)
	defer l.cable.stalled.Add(-1)
	for {
		d := time.Until(time.Unix(0, l.stalledUntil.Load()))
		if d <= 0 {
			return
		}
		select {
		case <-time.After(min(d, 10*time.Millisecond)):
		case <-l.closed:
			return
		}
	}
}
