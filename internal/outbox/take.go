package outbox

import (
	"slices"
	"time"

	"carrierhook/internal/store/events"
)

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

// passOver makes of what is due, and was not taken, what is done: by hand or formerly it came
// to event_retry, and no request is made for it. It tells how many they are.
func (w *window) passOver(due []events.Delivery) (n int) {
	for _, d := range due {
		p := w.parcel(d.Parcel)
		if p.current == nil && w.retries[d.Position] == nil {
			w.retries[d.Position] = &item{Delivery: d, stored: true, state: delivered}
			n++
		}
		w.forget(d.Parcel)
	}
	return n
}

func (w *window) makeReady(p *parcel, it *item) {
	it.state, p.current = ready, it
	w.queue = append(w.queue, it)
}

// next gives the first of the queue, to be sent.
func (w *window) next(now time.Time) *item {
	it := w.queue[0]
	w.queue = w.queue[1:]
	it.state, it.sent = sending, now
	w.sending++
	return it
}
