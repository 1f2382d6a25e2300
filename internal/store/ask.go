package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/prometheus/client_golang/prometheus"
)

// task is what a request of any kind has with it on its way through as many
// transactions as it takes.
type Task struct {
	ctx   context.Context // the asker's, for its deadline
	Owner string

	shared   bool // its last set had others in it
	isolated bool // it goes with its own merchant's only; see lanes
	alone    bool // it goes without others from now on

	// first is what has to be done before the next try, without a transaction.
	// The last one found it missing.
	First func(context.Context) error

	// inDoubt is set when a transaction that was to change something was sent to
	// commit and the connection went away, or Postgres warned.
	InDoubt bool
	// replanned is set when a statement's plan turned out to be stale: that is tried
	// again once.
	replanned bool
	// found is set when what was to be done turned out to have been done before.
	Resolved bool
	Decided  bool // and kept; holds where the try has ended without an error
}

func (t *Task) state() *Task { return t }

// fails ends the job with an error that the last try has found.
func (t *Task) Fail(err error) {
	t.First = func(context.Context) error { return err }
}

// job is a request with its decision, once there is one.
type Job interface {
	state() *Task
	Changes() bool // whether its decision changes more than the ledger
}

// clerk decides the requests of one kind, together those that come at the same
// time.
type Batcher[J Job] struct {
	store    *Store
	name     string
	begin    func() Transaction[J]
	isolated isolation[J]
	queue    queue[J]
	setSize  prometheus.Observer
}

// sharedPatience is the part of the lock timeout that a set of several
// merchants waits. Who has not had the lock by then waits in a lane, where it
// keeps nobody else from being answered.
const sharedLockShare = 8

func newBatcher[J Job](s *Store, o Options, name string, begin func() Transaction[J]) *Batcher[J] {
	c := &Batcher[J]{store: s, name: name, begin: begin}
	c.setSize = s.metrics.batchSize.WithLabelValues(name)
	shared := func(set []J) error { return c.settleSet(set, s.pool.LockTimeout/sharedLockShare) }
	apart := func(set []J) error { return c.settleSet(set, s.pool.LockTimeout) }
	c.queue = queue[J]{run: shared, workers: max(1, o.BatchWorkers), max: max(1, o.BatchSize)}
	c.isolated = isolation[J]{run: apart, max: c.queue.max, byBizID: map[string]*isolatedQueue[J]{}}
	return c
}

// errHeld says that somebody else has the waybill locked.
var errLocked = errors.New("the waybill is locked by another transaction")

// ask has a request decided, together with whoever asks at the same time, and
// keeps what was decided. What may pass is tried again until ctx ends. An error
// that is ledger.ErrOutcomeUnknown says that what was decided may be kept; any
// other says that it is not.
func (c *Batcher[J]) Do(ctx context.Context, j J) error {
	t := j.state()
	t.ctx = ctx
	c.isolated.join(t, false)
	defer c.isolated.leave(t)
	var pause pg.Backoff
	var before error // why the last try failed
	for {
		err := c.try(ctx, j)
		switch {
		case err == nil && t.Decided:
			return nil
		case errors.Is(err, waybill.ErrOverloaded):
			if before != nil {
				err = before // it was looked up, and that is why it is not decided
			}
			return t.failure(c.name, err, nil)
		case pg.StalePlan(err) && !t.replanned:
			t.replanned, before = true, err
			continue
		case err == nil && t.First != nil:
			first := t.First
			t.First = nil
			if err = first(ctx); err == nil {
				continue
			}
		case err == nil:
			err = errLocked // waited for without a connection, which others need
		case t.shared && !pg.Transient(err) && !pg.StalePlan(err):
			t.alone, before = true, err // a neighbour may be to blame
			continue
		case pg.LockTimeout(err) && !t.isolated:
			c.isolated.join(t, true)
			if before = err; t.shared {
				continue // it may be a neighbour who has to wait
			}
		}
		if err != errLocked && !pg.Transient(err) || !pause.Wait(ctx) {
			return t.failure(c.name, err, before)
		}
		// What Postgres said tells more than that it was not reached in time after.
		if pg.ServerError(err) || !pg.ServerError(before) && !errors.Is(err, pg.ErrTooLate) {
			before = err
		}
		c.store.pool.Retries.Inc()
	}
}

// try is one transaction, shared unless a shared one has failed.
func (c *Batcher[J]) try(ctx context.Context, j J) error {
	switch t := j.state(); {
	case t.alone:
		t.shared = false
		return c.settle(ctx, []J{j})
	case t.isolated:
		return c.isolated.queueOf(t).do(ctx, j)
	}
	return c.queue.do(ctx, j)
}

// settleSet settles a set that came together, by the deadline of the most
// pressed: they came within moments of each other.
func (c *Batcher[J]) settleSet(set []J, lock time.Duration) error {
	c.setSize.Observe(float64(len(set)))
	ctx := context.Background()
	for _, j := range set {
		t := j.state()
		t.shared = len(set) > 1
		if d, ok := t.ctx.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, d)
			defer cancel()
		}
	}
	return c.settleWithin(ctx, set, lock)
}

// failure is the error of the last try. Where that only says that the time was
// up, the try before it says what took it.
func (t *Task) failure(name string, err, before error) error {
	if before != nil {
		err = fmt.Errorf("%w (after: %w)", err, before)
	}
	if t.InDoubt {
		return fmt.Errorf("%s: %w: %w", name, ledger.ErrOutcomeUnknown, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}
