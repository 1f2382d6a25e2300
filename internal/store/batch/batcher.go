package batch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/store/pg"

	"github.com/prometheus/client_golang/prometheus"
)

// Options say how a Batcher works. All fields must be set.
type Options struct {
	Kind    string // of its requests, for errors and metrics
	Workers int    // transactions under way at a time
	Max     int    // requests in a batch
	Metrics *Metrics

	// Overloaded is the error of a request that no batch has time for.
	Overloaded error
	// OutcomeUnknown is part of an error when what was decided may be committed.
	OutcomeUnknown error
}

// Batcher decides the requests of one kind, together those that come at the same
// time.
type Batcher[J Job] struct {
	pool           *pg.Pool
	kind           string
	begin          func() Transaction[J]
	queue          queue[J]
	isolated       isolation[J]
	size           prometheus.Observer
	resolved       prometheus.Counter
	overloaded     error
	outcomeUnknown error
}

// sharedLockDivisor makes of the lock timeout what a batch of several owners waits. A
// request that has not had the lock by then goes on isolated, where no other waits with
// it.
const sharedLockDivisor = 8

// New makes a Batcher. begin gives a Transaction for each batch.
func New[J Job](pool *pg.Pool, o Options, begin func() Transaction[J]) *Batcher[J] {
	b := &Batcher[J]{
		pool: pool, kind: o.Kind, begin: begin, overloaded: o.Overloaded, outcomeUnknown: o.OutcomeUnknown,
		size: o.Metrics.size.WithLabelValues(o.Kind), resolved: o.Metrics.resolved,
	}
	shared := queueOptions[J]{run: b.Run, lock: pool.LockTimeout / sharedLockDivisor, workers: max(1, o.Workers), max: max(1, o.Max), overloaded: o.Overloaded}
	own := shared
	own.lock, own.workers = pool.LockTimeout, 1
	b.queue.queueOptions = shared
	b.isolated = isolation[J]{queueOptions: own, byOwner: map[string]*isolatedQueue[J]{}}
	return b
}

// errLocked says that a request waits for a row.
var errLocked = errors.New("the row is locked by another transaction")

// Do has a request decided, together with those that arrive at the same time, and
// keeps what was decided. After a transient error it is tried again until ctx ends. An
// error that is Options.OutcomeUnknown says that what was decided may be committed; any
// other says that it is not.
func (b *Batcher[J]) Do(ctx context.Context, j J) error {
	t := j.state()
	b.isolated.join(t, false)
	defer b.isolated.leave(t)
	var pause pg.Backoff
	var before error // why the last try failed
	for {
		var err error
		switch {
		case t.alone:
			err = b.Run(ctx, []J{j}, b.pool.LockTimeout)
		case t.isolated:
			err = b.isolated.queueOf(t).do(ctx, j)
		default:
			err = b.queue.do(ctx, j)
		}
		switch {
		case err == nil && t.Decided:
			return nil
		case errors.Is(err, b.overloaded):
			if before != nil {
				err = before // it was in a batch, and that is why it is not decided
			}
			return b.failure(t, err, nil)
		case pg.StalePlan(err) && !t.replanned:
			t.replanned, before = true, err
			continue
		case err == nil && t.BeforeRetry != nil:
			prepare := t.BeforeRetry
			t.BeforeRetry = nil
			if err = prepare(ctx); err == nil {
				continue
			}
		case err == nil:
			err = errLocked // waited for without a connection, which others need
		case errors.Is(err, errPanicked), t.shared && !pg.Transient(err) && !pg.StalePlan(err):
			t.alone, before = true, err // another request of the batch may be to blame
			continue
		case pg.LockTimeout(err) && !t.isolated:
			b.isolated.join(t, true)
			if before = err; t.shared {
				continue // it may be another one that has to wait
			}
		}
		if err != errLocked && !pg.Transient(err) || !pause.Wait(ctx) {
			return b.failure(t, err, before)
		}
		// What Postgres reported tells more than that it was not reached in time after.
		if pg.ServerError(err) || !pg.ServerError(before) && !errors.Is(err, pg.ErrTooLate) {
			before = err
		}
		b.pool.Retries.Inc()
	}
}

// failure is the error of the last try. Where that only says that the time was
// up, the try before it says what took it.
func (b *Batcher[J]) failure(t *Task, err, before error) error {
	if before != nil {
		err = fmt.Errorf("%w (after: %w)", err, before)
	}
	if t.InDoubt {
		return fmt.Errorf("%s: %w: %w", b.kind, b.outcomeUnknown, err)
	}
	return fmt.Errorf("%s: %w", b.kind, err)
}

// Waiting is, for tests, how many requests wait for a batch, isolated ones not counted.
func (b *Batcher[J]) Waiting() int { return b.queue.waits() }

// Observer is told of each batch that several owners may share. It is for tests.
type Observer struct {
	Begin func(owners []string)
	End   func(owners []string, err error)
}

// SetObserver is for tests, and has to be called before the first request.
func (b *Batcher[J]) SetObserver(o Observer) {
	b.queue.run = func(ctx context.Context, jobs []J, lock time.Duration) error {
		var owners []string
		for _, j := range jobs {
			owners = append(owners, j.state().Owner)
		}
		o.Begin(owners)
		err := b.Run(ctx, jobs, lock)
		o.End(owners, err)
		return err
	}
}
