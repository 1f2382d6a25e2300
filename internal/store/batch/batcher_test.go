package batch

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/store/pg"
)

// A stale plan is the fault of no request of the batch: none of them goes on alone.
func TestStalePlanInBatch(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	b := onNetwork(t, 1, func() {
		t.Error("a request went on alone")
		stop()
	})
	batches := 0
	b.queue.run = func(_ context.Context, jobs []*job, _ time.Duration) error {
		batches++
		jobs[0].shared = true
		return &pg.StalePlanError{Err: errors.New("stale")}
	}
	if err := b.Do(ctx, jobOf("B")); !pg.StalePlan(err) || batches != 2 {
		t.Errorf("%v, after %d batches", err, batches)
	}
}

// A panic ends no program: the batch's requests go on alone, and the one to blame
// panics where its handler can recover. The error shows what the runtime says, and of
// any other value the type: it may contain an order.
func TestPanic(t *testing.T) {
	t.Parallel()
	for name, panics := range map[string]struct {
		with any
		want string
	}{
		"a value":         {struct{ Name string }{"secret"}, "panic in a batch: a struct { Name string }"},
		"a text":          {"no place for secret", "panic in a batch: a string"},
		"an error":        {errors.New("no place for secret"), "panic in a batch: a *errors.errorString"},
		"a runtime error": {nil, "panic in a batch: runtime error: index out of range [1] with length 0"},
	} {
		b := onNetwork(t, 1, func() {})
		b.queue.run = func(context.Context, []*job, time.Duration) error {
			if panics.with == nil {
				_ = name[:0][1]
			}
			panic(panics.with)
		}
		if err := b.queue.do(t.Context(), jobOf("B")); err == nil || err.Error() != panics.want {
			t.Errorf("%s: got %v, want %s", name, err, panics.want)
		}
		blamed := jobOf("B")
		func() {
			defer func() {
				if recover() == nil || !blamed.alone {
					t.Errorf("%s: the request to blame did not panic alone", name)
				}
			}()
			b.pool = nil // what a request needs that goes alone
			b.Do(t.Context(), blamed)
		}()
		b.queue.run = func(_ context.Context, jobs []*job, _ time.Duration) error {
			jobs[0].Decided = true
			return nil
		}
		if err := b.Do(t.Context(), jobOf("B")); err != nil {
			t.Errorf("%s: the next: %v", name, err)
		}
	}
}

// A request that is turned away is in no batch after all, whatever batch it was in before.
func TestTurnedAwayAfterBatch(t *testing.T) {
	t.Parallel()
	var dials atomic.Int64
	b := onNetwork(t, 1, func() { dials.Add(1) })
	q := &b.queue
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	one, other := jobOf("B"), jobOf("A")
	full, let, decided := make(chan bool), make(chan bool), make(chan error, 1)
	q.run = func(_ context.Context, jobs []*job, _ time.Duration) error {
		if jobs[0] == other {
			close(full)
			<-let
			other.Decided = true
			return nil
		}
		one.shared = true
		one.BeforeRetry = func(context.Context) error { // has to be done before the next try
			go func() { decided <- b.Do(t.Context(), other) }()
			<-full
			return nil
		}
		return nil
	}
	answer := make(chan error, 1)
	go func() { answer <- b.Do(ctx, one) }()
	<-full
	for q.waits() == 0 {
		runtime.Gosched()
	}
	q.mu.Lock()
	q.waiting[0].ctx, stop = context.WithTimeout(t.Context(), 0) // it has no time left, and its push has
	q.mu.Unlock()
	defer stop()
	close(let)
	if err := <-answer; !errors.Is(err, errOverloaded) || dials.Load() != 0 {
		t.Errorf("%v, and connected %d times", err, dials.Load())
	}
	if err := <-decided; err != nil {
		t.Error(err)
	}
}

// Both workers are stuck, and so is a merchant's own queue, with requests that have more
// time: hundreds that have less leave when theirs is up, while the workers still are.
func TestCrowdLeavesStuckWorkers(t *testing.T) {
	t.Parallel()
	b := onNetwork(t, 2, func() {})
	let, stuck := make(chan bool), make(chan bool)
	run := func(_ context.Context, jobs []*job, _ time.Duration) error {
		stuck <- true
		<-let
		for _, j := range jobs {
			j.Decided = true
		}
		return nil
	}
	b.queue.run, b.isolated.run = run, run
	var first sync.WaitGroup
	request := func(isolated bool, left time.Duration) error {
		ctx, stop := context.WithTimeout(t.Context(), left)
		defer stop()
		j := jobOf(map[bool]string{true: "isolated", false: "B"}[isolated])
		if isolated {
			b.isolated.join(&j.Task, true)
		}
		return b.Do(ctx, j)
	}
	for _, isolated := range []bool{false, false, true} {
		first.Go(func() {
			if err := request(isolated, time.Hour); err != nil {
				t.Error(err)
			}
		})
		<-stuck
	}
	var crowd sync.WaitGroup
	for i := range 600 {
		crowd.Go(func() {
			if err := request(i%2 == 0, time.Duration(50+i)*time.Millisecond); !errors.Is(err, errOverloaded) {
				t.Errorf("request %d: %v", i, err)
			}
		})
	}
	crowd.Wait() // or the test is
	close(let)
	first.Wait()
	if n := b.Waiting(); n != 0 || b.Isolated() != 0 {
		t.Errorf("%d wait, and %d merchants are isolated", n, b.Isolated())
	}
}
