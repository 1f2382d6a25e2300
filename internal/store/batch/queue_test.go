package batch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// newQueue makes a queue whose batches are run by the test.
func newQueue[J any](workers, max int, run func(jobs []J) error) *queue[J] {
	return &queue[J]{queueOptions: queueOptions[J]{workers: workers, max: max, overloaded: errOverloaded,
		run: func(_ context.Context, jobs []J, _ time.Duration) error { return run(jobs) }}}
}

// A request that comes alone is a batch of one; what comes while batches are under
// way is the next batch, in the order in which it came.
func TestQueueWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var batches [][]int
		release := make(chan struct{})
		q := newQueue(1, 4, func(jobs []int) error {
			batches = append(batches, jobs)
			<-release
			return nil
		})
		var wg sync.WaitGroup
		for n := range 7 {
			wg.Go(func() {
				if err := q.do(context.Background(), n); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // so that the order is known
			if len(batches) != 1 || len(batches[0]) != 1 || len(q.waiting) != n {
				t.Fatalf("after %d requests: batches %v, and %d wait", n+1, batches, len(q.waiting))
			}
		}
		close(release)
		wg.Wait()
		if got := fmt.Sprint(batches); got != "[[0] [1 2 3 4] [5 6]]" {
			t.Errorf("got batches %s", got)
		}
		synctest.Wait() // the worker sees that nothing waits after the last answer
		if len(q.waiting) != 0 || q.working != 0 {
			t.Errorf("%d requests and %d workers are left", len(q.waiting), q.working)
		}
	})
}

// No more batches are under way than there are workers, and no job is forgotten.
func TestQueueWorkers(t *testing.T) {
	t.Parallel()
	var now, peak, all atomic.Int64
	q := newQueue(3, 8, func(jobs []int) error {
		peak.Store(max(peak.Load(), now.Add(1)))
		defer now.Add(-1)
		all.Add(int64(len(jobs)))
		return nil
	})
	var wg sync.WaitGroup
	for i := range 2000 {
		wg.Go(func() { _ = q.do(context.Background(), i) })
	}
	wg.Wait()
	if all.Load() != 2000 || peak.Load() > 3 {
		t.Errorf("%d jobs were in batches, %d batches at a time", all.Load(), peak.Load())
	}
}

// The error of a batch is everybody's, and the next batch runs all the same.
func TestQueueErrors(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	q := newQueue(1, 8, func(jobs []int) error {
		if jobs[0] == 1 {
			return bad
		}
		return nil
	})
	if err := q.do(context.Background(), 1); !errors.Is(err, bad) {
		t.Errorf("got %v", err)
	}
	if err := q.do(context.Background(), 2); err != nil {
		t.Errorf("got %v", err)
	}
}

// A batch ends by the deadline of the job that has the least time left, and one whose
// jobs have all time has no deadline.
func TestBatchDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		let, deadlines := make(chan bool), make(chan time.Duration, 3)
		q := newQueue[int](1, 8, nil)
		q.run = func(ctx context.Context, _ []int, _ time.Duration) error {
			d, ok := ctx.Deadline()
			if !ok {
				d = time.Now()
			}
			deadlines <- time.Until(d)
			<-let
			return nil
		}
		var all sync.WaitGroup
		for i, left := range []time.Duration{0, time.Hour, time.Minute, 2 * time.Hour} {
			ctx, stop := t.Context(), func() {}
			if left > 0 {
				ctx, stop = context.WithTimeout(ctx, left)
			}
			all.Go(func() {
				defer stop()
				if err := q.do(ctx, i); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		if first := <-deadlines; first != 0 {
			t.Errorf("without a deadline: %v", first)
		}
		let <- true
		if second := <-deadlines; second != time.Minute {
			t.Errorf("three together: %v", second)
		}
		close(let)
		all.Wait()
	})
}
