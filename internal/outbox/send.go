package outbox

import (
	"context"
	"math/rand/v2"
	"time"

	"carrierhook/internal/event"

	"go.uber.org/zap"
)

type sentItem struct {
	item   *item
	result Result
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
	if len(n.window.queue) == 0 || now.Before(n.again) {
		return false
	}
	if ok, again := n.endpoint.Sender.Admit(now); !ok {
		n.again = again
		return false
	}
	it := n.window.next(now)
	d, cursor := it.Delivery, event.Cursor{Epoch: n.lease.Epoch, Position: it.Position}.String()
	go func() { n.sent <- sentItem{it, n.endpoint.Sender.Send(ctx, &d, cursor)} }()
	return true
}

// finish takes what became of a request; cancelled says that we ended it.
func (n *engine) finish(sent sentItem, cancelled bool) {
	it, r, now := sent.item, sent.result, time.Now()
	if !r.OK && !r.Dead && cancelled {
		n.window.putBack(it)
		return
	}
	n.metrics.attempt(r.Kind)
	answers := !r.NoRequest && (r.OK || r.Refused || r.Dead)
	if answers || r.Postponed && !r.NoRequest {
		n.answered(r.OK && it.sent.After(n.wait.since))
	}
	if r.Postponed {
		n.postpone(it, r, now)
		return
	}
	n.results++
	if answers && n.wait.why != "" && it.sent.After(n.wait.since) {
		n.log.Info("endpoint does not wait any more")
		*n.wait = wait{}
	}
	if r.OK {
		n.typical += (now.Sub(it.sent) - n.typical) / 16
		n.window.deliver(it)
		return
	}
	n.failure = r.Failure
	if r.Dead {
		it.Attempts++
		it.failure = r.Failure
		n.kill(it)
		return
	}
	n.tell(it, r, now)
	if r.Refused {
		n.retry(it, r)
		return
	}
	if it.sent.After(n.wait.since) {
		*n.wait = wait{} // it fails by itself
	}
	if r.Gone {
		n.disable = true
		n.log.Error("endpoint disabled itself", zap.String("failure", r.Failure))
	}
	if n.health.failed(it.Position, r, it.probe, it.sent, now) {
		n.log.Warn("endpoint is failing", zap.String("failure", r.Failure))
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
	it.failure = r.Failure
	n.window.fail(it, retried)
}

// postpone makes an event as if it had not been sent, and has the endpoint wait. It is
// logged when it begins, and when the reason is another one. Where that is this server's,
// another one gets the lease.
func (n *engine) postpone(it *item, r Result, now time.Time) {
	n.window.putBack(it)
	n.failure = r.Failure
	if n.wait.why != r.Failure {
		n.log.Warn("endpoint waits", zap.String("why", r.Failure), zap.Duration("for", r.RetryAfter.Round(time.Second)))
	}
	*n.wait = wait{why: r.Failure, since: now, until: now.Add(max(r.RetryAfter, minProbe)), elsewhere: r.Elsewhere}
	n.health.postpone(n.wait.until)
	n.away = n.away || r.Elsewhere
}

// tell logs a failure, now and then.
func (n *engine) tell(it *item, r Result, now time.Time) {
	if now.After(n.logged) {
		n.logged = now.Add(time.Minute)
		n.log.Info("event was not taken", zap.Stringer("id", it.ID), zap.String("kind", string(it.Kind)),
			zap.String("result", r.Kind), zap.String("failure", r.Failure), zap.Int("attempt", it.Attempts+1))
	}
}

// answered notes that the endpoint works.
func (n *engine) answered(taken bool) {
	if n.health.answered(taken) {
		n.log.Info("endpoint works again")
	}
}

func (n *engine) retry(it *item, r Result) {
	it.Attempts++
	it.failure = r.Failure
	wait, again := n.outbox.plan.next(it.Attempts, rand.Float64())
	if !again {
		n.kill(it)
		return
	}
	it.wait = max(wait, r.RetryAfter)
	n.window.fail(it, retried)
}

// kill has an event dead, and logs each: somebody has to decide what becomes of it.
func (n *engine) kill(it *item) {
	n.log.Error("event is dead", zap.Stringer("id", it.ID), zap.String("kind", string(it.Kind)), zap.String("failure", it.failure))
	n.window.fail(it, dead)
}
