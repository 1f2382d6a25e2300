package batch

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/store/pg"
)

// slowly is a queue whose batches take as long as they are told to, and fail as they
// are told to, on a bubble's clock. It notes what was in them.
type slowly struct {
	*queue[string]
	mu      sync.Mutex
	decided []string
	takes   time.Duration
	fails   error
}

func newSlowly() *slowly {
	s := &slowly{}
	s.queue = newQueue(1, 8, func(jobs []string) error {
		s.mu.Lock()
		s.decided = append(s.decided, jobs...)
		takes, fails := s.takes, s.fails
		s.mu.Unlock()
		time.Sleep(takes)
		return fails
	})
	return s
}

// handIn hands a job in with so much time left.
func (s *slowly) handIn(t *testing.T, job string, left time.Duration) (answered chan error) {
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
		first := s.handIn(t, "first", 2*time.Hour)
		begun := time.Now()
		second, third := s.handIn(t, "second", 3*time.Second), s.handIn(t, "third", 4*time.Second)
		for job, want := range map[chan error]time.Duration{second: 3 * time.Second, third: 4 * time.Second} {
			if err := <-job; !errors.Is(err, errOverloaded) || time.Since(begun) > 4*time.Second {
				t.Errorf("%v after %v, want it after %v", err, time.Since(begun), want)
			}
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
		if len(s.decided) != 1 || s.waits() != 0 {
			t.Errorf("decided %q, %d wait", s.decided, s.waits())
		}
		synctest.Wait()
	})
}

// A batch takes no job that has less time left than twice what the last batch took.
func TestBatchTakesNoLateJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlowly()
		s.takes = time.Second
		first := s.handIn(t, "first", time.Minute)
		late, early := s.handIn(t, "late", 2900*time.Millisecond), s.handIn(t, "early", 3100*time.Millisecond)
		begun := time.Now()
		if err := <-late; !errors.Is(err, errOverloaded) || time.Since(begun) != time.Second {
			t.Errorf("late: %v after %v", err, time.Since(begun))
		}
		if first, early := <-first, <-early; first != nil || early != nil {
			t.Errorf("%v, %v", first, early)
		}
		if len(s.decided) != 2 || s.decided[1] != "early" {
			t.Errorf("decided %q", s.decided)
		}
		synctest.Wait()
	})
}

// After a batch that failed every job is tried that has any time left, and one that
// has none says why the batch failed: it was not the number of them.
func TestTurnedAwayInOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlowly()
		gone := errors.New("the database is gone")
		s.takes, s.fails = 2*time.Second, gone
		first, second := s.handIn(t, "first", 4*time.Second), s.handIn(t, "second", 2500*time.Millisecond)
		if err := <-first; !errors.Is(err, gone) {
			t.Errorf("first: %v", err)
		}
		third := s.handIn(t, "third", 400*time.Millisecond) // behind the second's batch
		err := <-third
		if !errors.Is(err, gone) || errors.Is(err, errOverloaded) || !pg.Transient(err) {
			t.Errorf("third: %v", err)
		}
		if err := <-second; !errors.Is(err, gone) || len(s.decided) != 2 {
			t.Errorf("second: %v, decided %q", err, s.decided)
		}
		synctest.Wait()
	})
}

// One slow batch is not the reason to turn everybody away that comes after it.
func TestPromptJobIsTried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlowly()
		s.takes = 3 * time.Second
		if err := <-s.handIn(t, "slow", time.Minute); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		s.takes = 0
		for _, job := range []string{"second", "third"} {
			if err := <-s.handIn(t, job, 4*time.Second); err != nil {
				t.Errorf("%s: %v", job, err)
			}
			synctest.Wait()
		}
	})
}
