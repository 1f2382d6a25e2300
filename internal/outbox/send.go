package outbox

import (
	"context"
	"math/rand/v2"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"

	"go.uber.org/zap"
)

// sender sends one event. *client is one.
type sender interface {
	send(ctx context.Context, d *events.Delivery, cursor string) result
}

type sentItem struct {
	item   *item
	result result
}

// fill sends what may be sent.
func (n *engine) fill(ctx context.Context) {
	now := time.Now()
	for range n.health.room(n.window.sending, now) {
		if !n.sendNext(ctx, now) {
			return
		}
	}
}

func (n *engine) sendNext(ctx context.Context, now time.Time) bool {
	it := n.window.next(now)
	if it == nil {
		return false
	}
	d, cursor := it.Delivery, event.Cursor{Epoch: n.lease.Epoch, Position: it.Position}.String()
	go func() { n.sent <- sentItem{it, n.client.send(ctx, &d, cursor)} }()
	return true
}

// finish takes what became of a request; cancelled says that we ended it.
func (n *engine) finish(sent sentItem, cancelled bool) {
	it, r, now := sent.item, sent.result, time.Now()
	if !r.ok && cancelled {
		n.window.putBack(it)
		return
	}
	n.results++
	n.metrics.attempt(r.kind)
	if r.ok || r.refused {
		n.answered()
	}
	if r.ok {
		n.typical += (now.Sub(it.sent) - n.typical) / 16
		n.window.deliver(it)
		return
	}
	n.failure = r.failure
	n.tell(it, r, now)
	if r.refused {
		n.retry(it, r)
		return
	}
	if r.gone {
		n.disable = true
		n.log.Error("webhook endpoint disabled itself: status 410")
	}
	if n.health.failed(it.Position, r, it.probe, it.sent, now) {
		n.log.Warn("webhook endpoint is failing", zap.String("failure", r.failure))
	}
	if !it.probe {
		n.retry(it, r)
		return
	}
	if it.stored {
		n.window.putBack(it)
		return
	}
	// Out of the log, so that the next probe is another event.
	it.failure = r.failure
	n.window.fail(it, retried)
}

// tell logs a failure, now and then.
func (n *engine) tell(it *item, r result, now time.Time) {
	if now.After(n.logged) {
		n.logged = now.Add(time.Minute)
		n.log.Info("webhook request failed", zap.Stringer("id", it.ID), zap.String("kind", string(it.Kind)),
			zap.String("result", r.kind), zap.String("failure", r.failure), zap.Int("attempt", it.Attempts+1))
	}
}

// answered notes that the endpoint works.
func (n *engine) answered() {
	if n.health.answered() {
		n.log.Info("webhook endpoint works again")
	}
}

func (n *engine) retry(it *item, r result) {
	it.Attempts++
	it.failure = r.failure
	wait, again := n.outbox.plan.next(it.Attempts, rand.Float64())
	if !again {
		n.log.Error("event is dead", zap.Stringer("id", it.ID), zap.String("kind", string(it.Kind)), zap.String("failure", r.failure))
		n.window.fail(it, dead)
		return
	}
	it.wait = max(wait, r.retryAfter)
	n.window.fail(it, retried)
}
