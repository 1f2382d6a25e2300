package outbox

import (
	"slices"
	"time"

	"carrierhook/internal/store/events"
)

// stuckWait is when another server sends what this one was sending when it died: a request
// is over by then.
const stuckWait = 15 * time.Second

// stuck tells whether a request has been under way for so long that what comes after it
// must not wait for it.
type stuck func(*item) bool

// checkpoint gathers what is to be written, and what to do when it is: the results of what
// came from event_retry, and of the log the beginning that has been dealt with. A request
// that is stuck is written to event_retry as if it had failed: if this server dies,
// another sends it again.
func (w *window) checkpoint(is stuck) (c events.Checkpoint, written func()) {
	n := 0
	for ; n < len(w.log); n++ {
		it := w.log[n]
		if it.state == sending && is(it) {
			w.parcel(it.Parcel).park()
		} else if it.state == ready || it.state == waiting || it.state == sending {
			break
		}
		switch it.state {
		case sending:
			c.Add = append(c.Add, events.Retry{Delivery: it.Delivery, Wait: stuckWait})
		case behind:
			c.Add = append(c.Add, events.Retry{Delivery: it.Delivery, Wait: events.WaitBehind})
		case retried:
			c.Add = append(c.Add, it.retry())
		case dead:
			c.Bury = append(c.Bury, it.retry())
		}
	}
	c.To = w.taken
	if n < len(w.log) {
		c.To = w.log[n].Position - 1
	}
	gone := slices.Clone(w.log[:n])
	var results []*item
	for _, it := range w.retries {
		switch it.state {
		case delivered:
			c.Delivered = append(c.Delivered, it.Delivery)
		case retried:
			c.Again = append(c.Again, it.retry())
		case dead:
			c.Dead = append(c.Dead, it.retry())
		default:
			continue
		}
		results = append(results, it)
	}
	underWay := map[*item]bool{}
	for _, it := range gone {
		if it.state == sending {
			underWay[it] = true
		}
	}
	return c, func() { w.written(c.To, gone, underWay, results) }
}

// written forgets what was written.
func (w *window) written(to int64, gone []*item, underWay map[*item]bool, results []*item) {
	w.position = to
	w.log = w.log[len(gone):]
	for _, it := range gone {
		switch {
		case underWay[it]:
			if it.state == retried || it.state == dead { // it has failed meanwhile
				w.parcel(it.Parcel).unstored--
			}
			it.stored = true
			w.retries[it.Position] = it
		case it.state != delivered:
			w.parcel(it.Parcel).unstored--
		}
		w.forget(it.Parcel)
	}
	for _, it := range results {
		delete(w.retries, it.Position)
	}
}

func (it *item) retry() events.Retry {
	return events.Retry{Delivery: it.Delivery, Wait: it.wait, Failure: it.failure, Sent: it.sent}
}

// isStuck is the rule for one that has much to send, or little.
func isStuck(now time.Time, full bool, typical time.Duration) stuck {
	limit := time.Second
	if full {
		limit = min(limit, max(100*time.Millisecond, 4*typical))
	}
	return func(it *item) bool { return now.Sub(it.sent) > limit }
}
