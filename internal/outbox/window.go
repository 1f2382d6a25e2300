package outbox

import (
	"slices"
	"time"

	"carrierhook/internal/store/events"
)

// itemState is where an event is between the log and its endpoint.
type itemState int

const (
	ready     itemState = iota // may be sent
	waiting                    // one of its parcel that is in memory comes first
	behind                     // one of its parcel that is or will be in event_retry comes first
	sending                    // under way
	delivered                  // to be written
	retried                    // failed, to be written
	dead                       // given up, to be written
)

// item is an event in memory.
type item struct {
	events.Delivery
	state   itemState
	stored  bool // it has a row in event_retry
	probe   bool
	sent    time.Time
	wait    time.Duration // of one that has failed
	failure string
}

// parcel is what is in memory of one. Of each, one event is sent at a time.
type parcel struct {
	current  *item   // ready or sending
	waiting  []*item // of the log, after it
	unstored int     // failed or behind, and not in event_retry yet: later ones go there too
}

// window is what an endpoint's server has in memory: what it took from the log since the
// last checkpoint, in order, and what it took from event_retry. All its methods are called
// by one goroutine.
type window struct {
	position int64   // of the last checkpoint
	taken    int64   // the log is read up to here
	log      []*item // in order, up to taken
	retries  map[int64]*item
	parcels  map[string]*parcel
	queue    []*item // ready, in the order in which they became so
	sending  int
}

func newWindow(position int64) *window {
	return &window{position: position, taken: position, retries: map[int64]*item{}, parcels: map[string]*parcel{}}
}

func (w *window) parcel(name string) *parcel {
	p := w.parcels[name]
	if p == nil {
		p = &parcel{}
		w.parcels[name] = p
	}
	return p
}

// forget drops a parcel of which nothing is in memory.
func (w *window) forget(name string) {
	if p := w.parcels[name]; p != nil && p.current == nil && len(p.waiting) == 0 && p.unstored == 0 {
		delete(w.parcels, name)
	}
}

// takeLog takes a page of the log, up to next.
func (w *window) takeLog(page []events.Delivery, next int64) {
	w.taken = next
	for _, d := range page {
		it := &item{Delivery: d}
		w.log = append(w.log, it)
		p := w.parcel(d.Parcel)
		switch {
		case d.Behind || p.unstored > 0:
			it.state = behind
			p.unstored++
		case p.current != nil:
			it.state = waiting
			p.waiting = append(p.waiting, it)
		default:
			w.makeReady(p, it)
		}
	}
}

// takeProbe takes a page of the log up to the first event that may be sent. What is before
// it goes to event_retry, behind those of its parcels.
func (w *window) takeProbe(page []events.Delivery, next int64) {
	first := slices.IndexFunc(page, func(d events.Delivery) bool { return !d.Behind })
	if first >= 0 {
		page, next = page[:first+1], page[first].Position
	}
	w.takeLog(page, next)
	for _, it := range w.log {
		if it.state == behind {
			it.state, it.wait = retried, events.WaitBehind // rewind keeps it
		}
		it.probe = it.state == ready
	}
}

// takeRetries takes what is due, but for what is in memory.
func (w *window) takeRetries(due []events.Delivery, probe bool) {
	for _, d := range due {
		p := w.parcel(d.Parcel)
		if p.current == nil && w.retries[d.Position] == nil {
			it := &item{Delivery: d, stored: true, probe: probe}
			w.retries[d.Position] = it
			w.makeReady(p, it)
		}
		w.forget(d.Parcel)
	}
}

func (w *window) makeReady(p *parcel, it *item) {
	it.state, p.current = ready, it
	w.queue = append(w.queue, it)
}

// next gives what is sent next; nil: nothing may be.
func (w *window) next(now time.Time) *item {
	if len(w.queue) == 0 {
		return nil
	}
	it := w.queue[0]
	w.queue = w.queue[1:]
	it.state, it.sent = sending, now
	w.sending++
	return it
}

// delivered notes a success; the next of the parcel may be sent.
func (w *window) deliver(it *item) {
	it.state = delivered
	p := w.free(it)
	if len(p.waiting) > 0 {
		first := p.waiting[0]
		p.waiting = p.waiting[1:]
		w.makeReady(p, first)
	}
	w.forget(it.Parcel)
}

// fail notes a failure; what comes later in the parcel has to wait for it in event_retry.
func (w *window) fail(it *item, state itemState) {
	it.state = state
	p := w.free(it)
	if !it.stored {
		p.unstored++
	}
	p.park()
	w.forget(it.Parcel)
}

// putBack makes one that was under way as if it had not been taken. Of the log that is
// rewind's.
func (w *window) putBack(it *item) {
	w.free(it)
	if it.stored {
		delete(w.retries, it.Position)
		w.forget(it.Parcel)
		return
	}
	w.makeReady(w.parcel(it.Parcel), it)
}

func (w *window) free(it *item) *parcel {
	w.sending--
	p := w.parcel(it.Parcel)
	p.current = nil
	return p
}

func (p *parcel) park() {
	for _, it := range p.waiting {
		it.state = behind
		p.unstored++
	}
	p.waiting = nil
}

// rewind forgets what was not tried, as far as nothing that was tried comes after it in
// the log. What stays goes to event_retry.
func (w *window) rewind() {
	keep := len(w.log)
	for keep > 0 && (w.log[keep-1].state == ready || w.log[keep-1].state == waiting || w.log[keep-1].state == behind) {
		keep--
	}
	for _, it := range w.log[keep:] {
		p := w.parcel(it.Parcel)
		if it.state == behind {
			p.unstored--
		}
		if p.current == it {
			p.current = nil
		}
	}
	dropped := w.log[keep:]
	w.log = w.log[:keep]
	w.taken = w.position
	if keep > 0 {
		w.taken = w.log[keep-1].Position
	}
	for _, it := range dropped {
		p := w.parcel(it.Parcel)
		p.waiting = nil // those that stay are parked below
	}
	for _, it := range w.log {
		if it.state == waiting {
			it.state = behind
			w.parcel(it.Parcel).unstored++
			w.parcel(it.Parcel).waiting = nil
		}
	}
	for _, it := range w.queue {
		p := w.parcel(it.Parcel)
		switch {
		case it.stored:
			delete(w.retries, it.Position)
			p.current = nil
		case it.state == ready && p.current == it:
			p.current = nil
			it.state, it.wait = retried, 0
			p.unstored++
		}
	}
	w.queue = nil
	for name := range w.parcels {
		w.forget(name)
	}
}

// full tells whether no more of the log is to be read.
func (w *window) full() bool { return len(w.log) > maxWindow-pageSize || w.size() >= maxBytes }

// size is how much the bodies are together.
func (w *window) size() (bytes int) {
	for _, it := range w.log {
		bytes += len(it.Body)
	}
	for _, it := range w.retries {
		bytes += len(it.Body)
	}
	return bytes
}

// clean tells whether nothing is in memory that is not in the database.
func (w *window) clean() bool { return len(w.log) == 0 && len(w.retries) == 0 && w.taken == w.position }

// bury gives up an event that is not in memory.
func (w *window) bury(d events.Delivery, stored bool, why string) {
	it := &item{Delivery: d, stored: stored, state: dead, failure: why}
	if stored {
		w.retries[d.Position] = it
		return
	}
	w.log = append(w.log, it)
	w.parcel(d.Parcel).unstored++
}
