package history

import (
	"context"
	"sync/atomic"
	"time"
)

// silence is an outage that nobody is notified of, such as a firewall that drops
// everything: nothing arrives, nothing is refused, and connections stay open, new
// ones too.
type silence struct {
	until     atomic.Int64
	swallowed atomic.Int64 // messages that were lost
	untold    atomic.Int64 // ends of connections that the other end does not know of yet
}

func (s *silence) now() bool { return time.Now().UnixNano() < s.until.Load() }

// hush begins a silence. A connection that lost something stays without a word for
// ever: what came behind the hole would make no sense. The others live on.
func (c *cable) hush(d time.Duration) { c.silence.until.Store(time.Now().Add(d).UnixNano()) }

// swallows tells whether what was just said is lost.
func (l *link) swallows() bool {
	if !l.mute.Load() && !l.cable.silence.now() {
		return false
	}
	l.mute.Store(true)
	l.cable.silence.swallowed.Add(1)
	return true
}

// end is the end of a connection at one of its ends. While there is silence the
// other end does not see it: Postgres keeps the session, with its locks.
func (l *link) end() {
	l.cable.silence.untold.Add(1)
	defer l.cable.silence.untold.Add(-1)
	for l.cable.silence.now() {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-l.closed:
			return
		}
	}
	l.cut()
}

// leadTo makes Postgres another one, for connections that are made from now on.
func (c *cable) leadTo(socket string) { c.socket.Store(socket) }

// hush loses whatever is said, and so what was under way: hits are the messages
// that were lost. It outlasts the patience of a try, of a push and sometimes of the
// API.
func (s *saboteur) hush(context.Context) (int, error) {
	c := s.server().cable
	before := c.silence.swallowed.Load()
	d := 300*time.Millisecond + s.upTo(max(1700*time.Millisecond, *outage))
	c.hush(d)
	time.Sleep(d)
	return int(c.silence.swallowed.Load() - before), nil
}
