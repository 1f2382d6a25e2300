package store

import (
	"fmt"
	"sync"
)

// gatherer lets requests that wait share a transaction. A set is what came in
// while the sets before it were under way: nobody waits for company, and a
// request that comes alone is a set of one at once.
//
// It knows nothing of what its jobs are. Every kind of request has one of its
// own.
type gatherer[J any] struct {
	settle  func([]J) error // decides a whole set; the error is everybody's
	workers int             // sets under way at a time
	most    int             // jobs in a set

	mu      sync.Mutex
	waiting []ticket[J]
	working int
}

type ticket[J any] struct {
	job  J
	done chan error
}

// do hands a job in and returns when the set that it was in is settled.
func (g *gatherer[J]) do(job J) error {
	t := ticket[J]{job, make(chan error, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, t)
	start := g.working < g.workers
	if start {
		g.working++
	}
	g.mu.Unlock()
	if start {
		go g.work()
	}
	return <-t.done
}

// work settles sets until nothing waits, so that an idle store has no goroutine
// to stop.
func (g *gatherer[J]) work() {
	for {
		set := g.next()
		if len(set) == 0 {
			return
		}
		g.settleSet(set)
	}
}

// next takes the oldest jobs, in the order in which they came.
func (g *gatherer[J]) next() []ticket[J] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), g.most)
	if n == 0 {
		g.working--
		return nil
	}
	set := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	if len(g.waiting) == 0 {
		g.waiting = nil // let go of what has been answered
	}
	return set
}

// settleSet answers a set. A panic is an error like another: it must not take
// down everybody else's pushes with the program.
func (g *gatherer[J]) settleSet(set []ticket[J]) {
	jobs := make([]J, len(set))
	for i, t := range set {
		jobs[i] = t.job
	}
	err := g.guarded(jobs)
	for _, t := range set {
		t.done <- err
	}
}

func (g *gatherer[J]) guarded(jobs []J) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic while settling a set: %v", fault)
		}
	}()
	return g.settle(jobs)
}
