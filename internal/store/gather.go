package store

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"
)

// gatherer lets requests that wait share a transaction. A set is what came in
// while the sets before it were under way: nobody waits for company, and a
// request that comes alone is a set of one at once.
//
// It knows nothing of what its jobs are. Every kind of request has one of its
// own.
type queue[J any] struct {
	run     func([]J) error // decides a whole set; the error is everybody's
	workers int             // sets under way at a time
	max     int             // jobs in a set

	mu      sync.Mutex
	waiting []*waiter[J]
	working int
	took    time.Duration // by the last set; 0 if that failed, which says nothing of the next
	fault   error         // why the last set failed; nil if it did not
}

type waiter[J any] struct {
	ctx  context.Context
	job  J
	done chan error // nobody else touches the job from its answer on

	// prompt is set for one that found a worker free. It is tried in any case: what a
	// set took that was slow says little of a later one, which has to be seen.
	prompt bool
}

// left is how much time a ticket has; ok is false where it has all.
func (t *waiter[J]) left() (left time.Duration, ok bool) {
	d, ok := t.ctx.Deadline()
	return time.Until(d), ok
}

// do hands a job in and returns when the set that it was in is settled, which ends
// by the job's own deadline. One that still waits when ctx ends leaves.
func (g *queue[J]) do(ctx context.Context, job J) error {
	t := &waiter[J]{ctx: ctx, job: job, done: make(chan error, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, t)
	start := g.working < g.workers
	if start {
		g.working++
		t.prompt = true
	}
	g.mu.Unlock()
	if start {
		go g.work()
	}
	select {
	case err := <-t.done:
		return err
	case <-ctx.Done():
	}
	if err := g.leave(t); err != nil {
		return err
	}
	return <-t.done
}

// leave takes a ticket out of those that wait, and gives the error of one that was
// never looked up. It is nil if the ticket is in a set already.
func (g *queue[J]) leave(t *waiter[J]) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch i := slices.Index(g.waiting, t); i {
	case -1:
		return nil
	case 0: // mostly: the oldest leave first
		g.waiting = g.waiting[1:]
	default:
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	return g.turnedAway()
}

// turnedAway is the error of a job that no set has time for: where the last set
// failed, that is why.
func (g *queue[J]) turnedAway() error {
	if g.fault != nil {
		return &pg.LostError{Err: fmt.Errorf("%w, and was turned away before it was looked up; the last set: %w", pg.ErrTooLate, g.fault)}
	}
	return waybill.ErrOverloaded
}

// work settles sets until nothing waits, so that an idle store has no goroutine
// to stop.
func (g *queue[J]) work() {
	for {
		set := g.next()
		if len(set) == 0 {
			return
		}
		g.serve(set)
	}
}

// next takes the oldest jobs, in the order in which they came. One that has less
// time left than twice what the last set took is answered instead: it would be late,
// and make the others of its set late.
func (g *queue[J]) next() (set []*waiter[J]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	taken := 0
	for _, t := range g.waiting {
		if len(set) == g.max {
			break
		}
		taken++
		if left, ok := t.left(); ok && left < 2*g.took && !(t.prompt && left > 0) {
			t.done <- g.turnedAway()
			continue
		}
		set = append(set, t)
	}
	if g.waiting = g.waiting[taken:]; len(g.waiting) == 0 {
		g.waiting = nil // let go of what has been answered
	}
	if len(set) == 0 {
		g.working--
	}
	return set
}

// settleSet answers a set. A panic is an error like another: it must not take
// down everybody else's pushes with the program.
func (g *queue[J]) serve(set []*waiter[J]) {
	jobs := make([]J, len(set))
	for i, t := range set {
		jobs[i] = t.job
	}
	begun := time.Now()
	err := g.guarded(jobs)
	g.mu.Lock()
	if g.took, g.fault = time.Since(begun), err; err != nil {
		g.took = 0
	}
	g.mu.Unlock()
	for _, t := range set {
		t.done <- err
	}
}

func (g *queue[J]) guarded(jobs []J) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic while settling a set: %v", fault)
		}
	}()
	return g.run(jobs)
}
