package outbox

import (
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
