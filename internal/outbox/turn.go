package outbox

import (
	"context"
	"time"
)

// start begins what is to be read or written next, and says when to look again.
func (n *engine) start(requests, database context.Context, halted, stopping bool) time.Duration {
	if n.busy {
		return renewEvery
	}
	now, w := time.Now(), n.window
	if n.wantsCheckpoint(now) && n.checkpoint(database, now) {
		return renewEvery
	}
	next := n.when.renewal.Add(renewEvery)
	if retry := n.when.checkpoint.Add(checkpointEvery); next.Before(retry) {
		next = retry
	}
	sooner := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	if n.dirty() {
		sooner(n.when.checkpoint.Add(checkpointEvery))
	}
	switch {
	case stopping:
	case halted:
		if w.sending == 0 && w.clean() {
			sooner(n.startHalted(requests, database, now))
		}
	default:
		if room := maxRetries - len(w.retries); room > 0 && w.size() < maxBytes {
			if n.someDue || now.Sub(n.when.due) >= dueEvery {
				n.when.due = now
				n.readDue(database, room)
				break
			}
			sooner(n.when.due.Add(dueEvery))
		}
		if w.full() || w.taken >= n.outbox.Horizon.Position() {
			break
		}
		if now.Sub(n.when.page) >= pageEvery {
			n.when.page = now
			n.readPage(database)
			break
		}
		sooner(n.when.page.Add(pageEvery))
	}
	return max(time.Millisecond, next.Sub(now))
}

// untilRoom is the shorter of a wait and that for room for the next request.
func (n *engine) untilRoom(wait time.Duration) time.Duration {
	if left := time.Until(n.again); left > 0 && len(n.window.queue) > 0 {
		return min(wait, left)
	}
	return wait
}

func (n *engine) begin(do func() (then func())) {
	n.busy = true
	go func() { n.done <- do() }()
}

func (n *engine) dirty() bool {
	return n.results > 0 || n.disable || n.window.taken != n.window.position
}

// wantsCheckpoint leaves a pause after each, also after one that failed.
func (n *engine) wantsCheckpoint(now time.Time) bool {
	since := now.Sub(n.when.checkpoint)
	if n.results >= maxResults && since >= checkpointEvery/10 {
		return true
	}
	return since >= checkpointEvery && (n.dirty() || now.Sub(n.when.renewal) >= renewEvery)
}
