package history

import (
	"sync/atomic"
	"time"
)

// silence is an outage of which nobody is told, such as a firewall that drops
// everything: nothing arrives, nothing is refused, and connections stay open, new
// ones too.
type silence struct {
	until     atomic.Int64
	swallowed atomic.Int64 // messages that were lost
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
// other end is not told: Postgres keeps the session, with its locks.
func (l *link) end() {
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
