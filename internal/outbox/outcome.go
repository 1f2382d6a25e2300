package outbox

import "carrierhook/internal/store/events"

// deliver notes a success; the next of the parcel may be sent.
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
