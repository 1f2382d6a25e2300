package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"carrierhook/internal/redacted"
	"carrierhook/internal/store/pg"
)

// queueOptions say how a queue works.
type queueOptions[J any] struct {
	run        func(ctx context.Context, jobs []J, lock time.Duration) error // decides a batch; the error is everybody's
	lock       time.Duration                                                 // how long a batch waits for locks
	workers    int                                                           // batches under way at a time
	max        int                                                           // jobs in a batch
	overloaded error                                                         // of a job that no batch has time for
}

// queue lets requests that wait share a transaction. A batch is what came in while the
// batches before it were under way: no request waits for company, and one that comes
// alone is a batch of one at once.
//
// It does not know what its jobs are.
type queue[J any] struct {
	queueOptions[J]

	mu      sync.Mutex
	waiting []*waiter[J]
	working int
	took    time.Duration // by the last batch; 0 if that failed, which says nothing of the next
	fault   error         // why the last batch failed; nil if it did not
}

type waiter[J any] struct {
	ctx  context.Context
	job  J
	done chan error // the queue does not touch the job after its answer

	// prompt is set for one that found a worker free. It is tried in any case: what a
	// slow batch took says little of a later one, which has to be seen.
	prompt bool
}

// left is how much time a waiter has; ok is false where there is no limit.
func (w *waiter[J]) left() (left time.Duration, ok bool) {
	d, ok := w.ctx.Deadline()
	return time.Until(d), ok
}

// do hands a job in and returns when its batch has run, which ends by the job's own
// deadline. One that still waits when ctx ends leaves.
func (q *queue[J]) do(ctx context.Context, job J) error {
	w := &waiter[J]{ctx: ctx, job: job, done: make(chan error, 1)}
	q.mu.Lock()
	q.waiting = append(q.waiting, w)
	start := q.working < q.workers
	if start {
		q.working++
		w.prompt = true
	}
	q.mu.Unlock()
	if start {
		go q.work()
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
	}
	if err := q.leave(w); err != nil {
		return err
	}
	return <-w.done
}

// leave takes a waiter out of the queue, and gives the error of one that was in no
// batch. It is nil if the waiter is in a batch already.
func (q *queue[J]) leave(w *waiter[J]) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch i := slices.Index(q.waiting, w); i {
	case -1:
		return nil
	case 0: // mostly: the oldest leave first
		q.waiting = q.waiting[1:]
	default:
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	return q.turnedAway()
}

// turnedAway is the error of a job that no batch has time for: where the last batch
// failed, that is why.
func (q *queue[J]) turnedAway() error {
	if q.fault != nil {
		return &pg.LostError{Err: fmt.Errorf("%w, and was turned away before it was looked up; the last batch: %w", pg.ErrTooLate, q.fault)}
	}
	return q.overloaded
}

// work runs batches until nothing waits, so that an idle queue has no goroutine to
// stop.
func (q *queue[J]) work() {
	for {
		batch := q.next()
		if len(batch) == 0 {
			return
		}
		jobs := make([]J, len(batch))
		for i, w := range batch {
			jobs[i] = w.job
		}
		ctx, cancel := earliest(batch)
		begun := time.Now()
		err := q.guarded(ctx, jobs)
		cancel()
		q.mu.Lock()
		if q.took, q.fault = time.Since(begun), err; err != nil {
			q.took = 0
		}
		q.mu.Unlock()
		for _, w := range batch {
			w.done <- err
		}
	}
}

// errPanicked says that a batch panicked.
var errPanicked = errors.New("panic in a batch")

// guarded runs a batch. A panic is its error, for nothing above this goroutine would
// recover it, and the program would end with everybody else's requests. The value may
// be an order. Its requests go on alone, and the one to blame panics again where its
// sender's handler logs the stack.
func (q *queue[J]) guarded(ctx context.Context, jobs []J) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%w: %s", errPanicked, redacted.Panic(fault))
		}
	}()
	return q.run(ctx, jobs, q.lock)
}

// earliest ends by the deadline of the waiter that has the least time left: they came
// within moments of each other.
func earliest[J any](batch []*waiter[J]) (context.Context, context.CancelFunc) {
	var first time.Time
	for _, w := range batch {
		if d, ok := w.ctx.Deadline(); ok && (first.IsZero() || d.Before(first)) {
			first = d
		}
	}
	if first.IsZero() {
		return context.WithCancel(context.Background())
	}
	return context.WithDeadline(context.Background(), first)
}

// next takes the oldest jobs, in the order in which they came. One that has less
// time left than twice what the last batch took is answered instead: it would be late,
// and make the others of its batch late.
func (q *queue[J]) next() (batch []*waiter[J]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := 0
	for _, w := range q.waiting {
		if len(batch) == q.max {
			break
		}
		taken++
		if left, ok := w.left(); ok && left < 2*q.took && !(w.prompt && left > 0) {
			w.done <- q.turnedAway()
			continue
		}
		batch = append(batch, w)
	}
	if q.waiting = q.waiting[taken:]; len(q.waiting) == 0 {
		q.waiting = nil // let go of what has been answered
	}
	if len(batch) == 0 {
		q.working--
	}
	return batch
}

func (q *queue[J]) waits() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}
