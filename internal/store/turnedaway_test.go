package store

import (
	"context"
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"
)

// slowly is a gatherer whose sets take as long as they are told to, and fail as they
// are told to, on a bubble's clock. It notes what was settled.
type slowly struct {
	queue[string]
	mu      sync.Mutex
	settled []string
	takes   time.Duration
	fails   error
}

func newSlowly() *slowly {
	s := &slowly{}
	s.queue = queue[string]{workers: 1, max: 8, run: func(set []string) error {
		s.mu.Lock()
		s.settled = append(s.settled, set...)
		takes, fails := s.takes, s.fails
		s.mu.Unlock()
		time.Sleep(takes)
		return fails
	}}
	return s
}

// ask hands a job in with so much time left.
func (s *slowly) ask(t *testing.T, job string, left time.Duration) (answered chan error) {
	answered = make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), left)
	go func() {
		defer cancel()
		answered <- s.do(ctx, job)
	}()
	synctest.Wait()
	return answered
}

// A job that waits leaves when its own time is up, whatever those do that are before
// it, and is never looked up.
func TestWaitingJobLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlowly()
		s.takes = time.Hour
		first := s.ask(t, "first", 2*time.Hour)
		begun := time.Now()
		second, third := s.ask(t, "second", 3*time.Second), s.ask(t, "third", 4*time.Second)
		for job, want := range map[chan error]time.Duration{second: 3 * time.Second, third: 4 * time.Second} {
			if err := <-job; !errors.Is(err, waybill.ErrOverloaded) || time.Since(begun) > 4*time.Second {
				t.Errorf("%v after %v, want it after %v", err, time.Since(begun), want)
			}
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
		if len(s.settled) != 1 || s.waits() != 0 {
			t.Errorf("settled %q, %d wait", s.settled, s.waits())
		}
		synctest.Wait()
	})
}

// A set takes no job that has less time left than twice what the last set took.
func TestSetTakesNoLateJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlowly()
		s.takes = time.Second
		first := s.ask(t, "first", time.Minute)
		late, early := s.ask(t, "late", 2900*time.Millisecond), s.ask(t, "early", 3100*time.Millisecond)
		begun := time.Now()
		if err := <-late; !errors.Is(err, waybill.ErrOverloaded) || time.Since(begun) != time.Second {
			t.Errorf("late: %v after %v", err, time.Since(begun))
		}
		if first, early := <-first, <-early; first != nil || early != nil {
			t.Errorf("%v, %v", first, early)
		}
		if len(s.settled) != 2 || s.settled[1] != "early" {
			t.Errorf("settled %q", s.settled)
		}
		synctest.Wait()
	})
}

// After a set that failed every job is tried that has any time left, and one that
// has none says why the set failed: it was not the number of them.
func TestTurnedAwayInOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlowly()
		gone := errors.New("the database is gone")
		s.takes, s.fails = 2*time.Second, gone
		first, second := s.ask(t, "first", 4*time.Second), s.ask(t, "second", 2500*time.Millisecond)
		if err := <-first; !errors.Is(err, gone) {
			t.Errorf("first: %v", err)
		}
		third := s.ask(t, "third", 400*time.Millisecond) // behind the second's set
		err := <-third
		if !errors.Is(err, gone) || errors.Is(err, waybill.ErrOverloaded) || !pg.Transient(err) {
			t.Errorf("third: %v", err)
		}
		if err := <-second; !errors.Is(err, gone) || len(s.settled) != 2 {
			t.Errorf("second: %v, settled %q", err, s.settled)
		}
		synctest.Wait()
	})
}

// One slow set is not the reason to turn everybody away that comes after it.
func TestPromptJobIsTried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlowly()
		s.takes = 3 * time.Second
		if err := <-s.ask(t, "slow", time.Minute); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		s.takes = 0
		for _, job := range []string{"second", "third"} {
			if err := <-s.ask(t, job, 4*time.Second); err != nil {
				t.Errorf("%s: %v", job, err)
			}
			synctest.Wait()
		}
	})
}

// Who is turned away is not looked up after all, whoever was in a set with him before.
func TestTurnedAwayAfterSet(t *testing.T) {
	t.Parallel()
	var dials atomic.Int64
	s, err := Open(t.Context(), Options{URL: "postgres://nobody@localhost/none", MaxConns: 1, BatchWorkers: 1, BatchSize: 8,
		hooks: hooks{dial: func(context.Context, string, string) (net.Conn, error) {
			dials.Add(1)
			return nil, errors.New("there is no network")
		}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g := &s.cancels.queue
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	job, other := newCancelJob(waybill.CancelRequest{BizID: "B"}), newCancelJob(waybill.CancelRequest{BizID: "A"})
	full, let, settled := make(chan bool), make(chan bool), make(chan error, 1)
	g.run = func(set []*cancelJob) error {
		if set[0] == other {
			close(full)
			<-let
			other.Decided = true
			return nil
		}
		job.shared = true
		job.First = func(context.Context) error { // has to be done before the next try
			go func() { settled <- s.cancels.Do(t.Context(), other) }()
			<-full
			return nil
		}
		return nil
	}
	answer := make(chan error, 1)
	go func() { answer <- s.cancels.Do(ctx, job) }()
	<-full
	for g.waits() == 0 {
		runtime.Gosched()
	}
	g.mu.Lock()
	g.waiting[0].ctx, stop = context.WithTimeout(t.Context(), 0) // it has no time left, and its push has
	g.mu.Unlock()
	defer stop()
	close(let)
	if err := <-answer; !errors.Is(err, waybill.ErrOverloaded) || dials.Load() != 0 {
		t.Errorf("%v, and connected %d times", err, dials.Load())
	}
	if err := <-settled; err != nil {
		t.Error(err)
	}
}

// Both workers are stuck, and so is a merchant's own lane, with requests that have more
// time: hundreds that have less leave when theirs is up, while the workers still are.
func TestCrowdLeavesStuckWorkers(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Options{URL: "postgres://nobody@localhost/none", MaxConns: 1, BatchWorkers: 2, BatchSize: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	let, stuck := make(chan bool), make(chan bool)
	settle := func(set []*cancelJob) error {
		stuck <- true
		<-let
		for _, j := range set {
			j.Decided = true
		}
		return nil
	}
	s.cancels.queue.run, s.cancels.isolated.run = settle, settle
	var first sync.WaitGroup
	ask := func(apart bool, left time.Duration) error {
		ctx, stop := context.WithTimeout(t.Context(), left)
		defer stop()
		j := newCancelJob(waybill.CancelRequest{BizID: map[bool]string{true: "apart", false: "B"}[apart]})
		if apart {
			s.cancels.isolated.join(&j.Task, true)
		}
		return s.cancels.Do(ctx, j)
	}
	for _, apart := range []bool{false, false, true} {
		first.Go(func() {
			if err := ask(apart, time.Hour); err != nil {
				t.Error(err)
			}
		})
		<-stuck
	}
	var crowd sync.WaitGroup
	for i := range 600 {
		crowd.Go(func() {
			if err := ask(i%2 == 0, time.Duration(50+i)*time.Millisecond); !errors.Is(err, waybill.ErrOverloaded) {
				t.Errorf("request %d: %v", i, err)
			}
		})
	}
	crowd.Wait() // or the test is
	close(let)
	first.Wait()
	if n := s.cancels.queue.waits(); n != 0 || s.Isolated() != 0 {
		t.Errorf("%d wait, in no lane, and there are %d lanes", n, s.Isolated())
	}
}
