package outbox

import (
	"context"
	"time"

	"carrierhook/internal/store/events"

	"go.uber.org/zap"
)

const (
	expireEvery = time.Minute
	expireChunk = 256
	probeScan   = 16 // events that are read for one that is sent
)

// startHalted begins what is to be done while nothing is taken from the log: what has
// become too old is given up, and a failing endpoint is probed. It says when to look
// again.
func (n *engine) startHalted(requests, database context.Context, now time.Time) (next time.Time) {
	if now.Sub(n.when.expiry) >= expireEvery {
		n.expire(database, now)
		return now.Add(renewEvery)
	}
	next = n.when.expiry.Add(expireEvery)
	if !n.health.failing || n.lease.Paused || n.lease.Disabled || n.disable {
		return nextOf(next, n.health.next(), now)
	}
	if n.health.waits(now) {
		return nextOf(next, n.health.next(), now)
	}
	n.probe(requests, database, now)
	return next
}

// nextOf is the other time if it comes before t and is not past: one that is would have the
// engine look a thousand times a second.
func nextOf(t, other, now time.Time) time.Time {
	if other.After(now) && other.Before(t) {
		return other
	}
	return t
}

// probe sends one event out of turn, each time another one, by turns of event_retry and of
// the log: the endpoint may fail at the one and take the other.
func (n *engine) probe(requests, database context.Context, now time.Time) {
	n.probes++
	fromLog := n.probes%2 == 0
	page, after := n.page(probeScan), n.probed
	n.begin(func() func() {
		var due, read []events.Delivery
		var next int64
		var err error
		if !fromLog {
			due, err = n.outbox.Log.First(database, n.endpoint.Name, after)
		}
		if err == nil && len(due) == 0 {
			read, next, err = n.read(database, page)
		}
		return func() {
			n.health.wait(now, minProbe) // also where there is nothing to send
			switch {
			case err != nil:
				n.failed("events could not be read", err)
				return
			case len(due)+len(read) == 0 && next > page.After: // passed over: what comes next may be sent
				n.health.until = time.Time{}
				n.window.taken = next
				return
			case len(due) > 0:
				n.probed = due[0].Position
				n.window.takeRetries(due, true)
			default:
				n.window.takeProbe(read, next)
			}
			if !n.sendNext(requests, time.Now()) {
				n.health.wait(now, n.again.Sub(now))
			}
		}
	})
}

// expire gives up what is not kept any longer. That is longer than the schedule lasts, so that
// an endpoint that works again soon is sent what waited for it.
func (n *engine) expire(ctx context.Context, now time.Time) {
	age, why := n.outbox.Retention, "the endpoint is failing"
	switch {
	case n.lease.Paused || n.lease.Disabled:
		why = "the endpoint is paused or disabled"
	case n.wait.why != "":
		why = n.wait.why
	}
	page := n.page(expireChunk)
	n.begin(func() func() {
		var read []events.Delivery
		var next int64
		old, err := n.outbox.Log.Old(ctx, n.endpoint.Name, age, expireChunk)
		if err == nil && len(old) == 0 {
			read, next, err = n.read(ctx, page)
		}
		return func() {
			if err != nil {
				n.failed("events could not be read", err)
				n.when.expiry = now
				return
			}
			more := n.giveUp(old, read, next, age, why)
			if len(old)+len(read) == 0 && next > page.After { // passed over
				n.window.taken, more = next, true
			}
			if !more {
				n.when.expiry = now
			}
		}
	})
}

func (n *engine) giveUp(old, read []events.Delivery, next int64, age time.Duration, why string) bool {
	dead := 0
	for _, d := range old {
		n.window.bury(d, true, why)
		dead++
	}
	for i, d := range read {
		if d.Age <= age {
			next = d.Position - 1
			read = read[:i]
			break
		}
	}
	if len(read) > 0 {
		n.window.taken = next
		for _, d := range read {
			n.window.bury(d, false, why)
			dead++
		}
	}
	if dead > 0 {
		n.results += dead
		n.log.Error("events are dead: they are too old", zap.Int("events", dead), zap.String("why", why))
	}
	return dead > 0
}
