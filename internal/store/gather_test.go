package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// A request that comes alone is a set of one; what comes while sets are under
// way is the next set, in the order in which it came.
func TestGatherWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sets [][]int
		release := make(chan struct{})
		g := queue[int]{workers: 1, max: 4, run: func(set []int) error {
			sets = append(sets, set)
			<-release
			return nil
		}}
		var wg sync.WaitGroup
		for n := range 7 {
			wg.Go(func() {
				if err := g.do(context.Background(), n); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // so that the order is known
			if len(sets) != 1 || len(sets[0]) != 1 || len(g.waiting) != n {
				t.Fatalf("after %d requests: sets %v, and %d wait", n+1, sets, len(g.waiting))
			}
		}
		close(release)
		wg.Wait()
		if got := fmt.Sprint(sets); got != "[[0] [1 2 3 4] [5 6]]" {
			t.Errorf("got sets %s", got)
		}
		synctest.Wait() // the worker sees that nothing waits after the last answer
		if len(g.waiting) != 0 || g.working != 0 {
			t.Errorf("%d requests and %d workers are left", len(g.waiting), g.working)
		}
	})
}

func (g *queue[J]) waits() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

// No more sets are under way than there are workers, and nobody is forgotten.
func TestGatherWorkers(t *testing.T) {
	t.Parallel()
	var now, most, jobs atomic.Int64
	g := queue[int]{workers: 3, max: 8, run: func(set []int) error {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		jobs.Add(int64(len(set)))
		return nil
	}}
	var wg sync.WaitGroup
	for i := range 2000 {
		wg.Go(func() { _ = g.do(context.Background(), i) })
	}
	wg.Wait()
	if jobs.Load() != 2000 || most.Load() > 3 {
		t.Errorf("%d jobs settled, %d sets at a time", jobs.Load(), most.Load())
	}
}

// The error of a set is everybody's, also when it was a panic, and the next set
// is settled all the same.
func TestGatherErrors(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	g := queue[int]{workers: 1, max: 8, run: func(set []int) error {
		switch set[0] {
		case 1:
			return bad
		case 2:
			panic("oh")
		}
		return nil
	}}
	if err := g.do(context.Background(), 1); !errors.Is(err, bad) {
		t.Errorf("got %v", err)
	}
	if err := g.do(context.Background(), 2); err == nil || !strings.Contains(err.Error(), "oh") {
		t.Errorf("got %v", err)
	}
	if err := g.do(context.Background(), 3); err != nil {
		t.Errorf("got %v", err)
	}
}
