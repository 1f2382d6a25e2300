package outbox

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"carrierhook/internal/store/events"

	"go.uber.org/zap"
)

// checkpoint writes what became of events, or that this server is still there. It tells
// whether there was something to write.
func (n *engine) checkpoint(ctx context.Context, now time.Time) bool {
	n.when.checkpoint = now
	c, written := n.window.checkpoint(isStuck(now, n.window.full(), n.typical))
	if now.Sub(n.when.renewal) < renewEvery && c.To == n.window.position && !n.disable &&
		len(c.Add)+len(c.Bury)+len(c.Again)+len(c.Dead)+len(c.Delivered) == 0 {
		n.results = 0
		return false
	}
	n.complete(&c)
	n.results, n.failure = 0, ""
	n.begin(func() func() {
		s, due, err := n.outbox.Log.Checkpoint(ctx, c)
		return func() {
			if err != nil {
				n.results++
				n.checkpointFailed(c.Failure, err)
				return
			}
			written()
			n.written(c, s, now)
			n.someDue = n.someDue || due
		}
	})
	return true
}

func (n *engine) complete(c *events.Checkpoint) {
	c.Lease, c.Until, c.Failing, c.Failure, c.Disable = n.lease, leaseTime, n.health.failing, n.failure, n.disable
}

func (n *engine) checkpointFailed(failure string, err error) {
	if n.failure == "" {
		n.failure = failure
	}
	if errors.Is(err, events.ErrLeaseLost) {
		n.over = true
		n.log.Info("lease of an endpoint was lost")
		return
	}
	n.failed("results of events could not be written", err)
}

// written takes what a checkpoint has changed, which began then.
func (n *engine) written(c events.Checkpoint, s events.State, begun time.Time) {
	n.when.renewal = begun
	n.ends.Reset(time.Until(begun.Add(leaseTime - leaseMargin)))
	n.lease.Position = c.To
	if c.Disable {
		n.disable = false
	}
	if s != n.lease.State {
		n.log.Warn("endpoint changed", zap.Bool("paused", s.Paused), zap.Bool("disabled", s.Disabled))
	}
	n.lease.State = s
}

// failed logs that the database did not do what it should, now and then.
func (n *engine) failed(what string, err error) {
	if now := time.Now(); now.After(n.complain) {
		n.complain = now.Add(time.Minute)
		n.log.Warn(what, zap.Error(err))
	}
}

func (n *engine) readDue(ctx context.Context, limit int) {
	n.someDue = false
	except := slices.Collect(maps.Keys(n.window.retries))
	n.begin(func() func() {
		all, err := n.outbox.Log.Due(ctx, n.endpoint.Name, except, limit)
		var due []events.Delivery
		if err == nil && len(all) > 0 {
			due, err = n.endpoint.Sender.Select(ctx, all)
		}
		return func() {
			if err != nil {
				n.failed("events that are due could not be read", err)
				return
			}
			n.someDue = len(all) == limit // there may be more
			n.window.takeRetries(due, false)
			if len(due) < len(all) {
				n.results += n.window.passOver(all)
			}
		}
	})
}

func (n *engine) readPage(ctx context.Context) {
	page := n.page(pageSize)
	n.begin(func() func() {
		read, next, err := n.read(ctx, page)
		return func() {
			if err != nil {
				n.failed("events could not be read", err)
				n.when.page = time.Now().Add(time.Second)
				return
			}
			n.window.takeLog(read, next)
		}
	})
}

// read reads a page of the log, and leaves out what no request is made for.
func (n *engine) read(ctx context.Context, p events.Page) (page []events.Delivery, next int64, err error) {
	page, next, err = n.outbox.Log.ReadPage(ctx, p)
	if err == nil && len(page) > 0 {
		page, err = n.endpoint.Sender.Select(ctx, page)
	}
	return page, next, err
}

func (n *engine) page(limit int) events.Page {
	return events.Page{
		Endpoint: n.endpoint.Name, Kinds: n.endpoint.Kinds, After: n.window.taken, UpTo: n.outbox.Horizon.Position(), Limit: limit,
	}
}

// leave writes what is left to write, if it may be written, and lets another server have
// the endpoint at once.
func (n *engine) leave(ctx context.Context) {
	n.endpoint.Sender.Leave()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if !n.over {
		n.window.rewind()
		c, _ := n.window.checkpoint(func(*item) bool { return true })
		n.complete(&c)
		if _, _, err := n.outbox.Log.Checkpoint(ctx, c); err != nil {
			n.log.Warn("results of events could not be written", zap.Error(err))
		}
	}
	if err := n.outbox.Log.Release(ctx, n.lease); err != nil {
		n.log.Warn("lease of an endpoint could not be released", zap.Error(err))
	}
}
