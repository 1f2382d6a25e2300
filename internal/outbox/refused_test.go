package outbox

import (
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/store/events"
)

var unprocessable = Result{Refused: true, Kind: "status_4xx", Failure: "status 422"}

// acceptedBy counts the events from one position on that were accepted before a time.
func (s *scripted) acceptedBy(at time.Time, from int64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	positions := map[int64]bool{}
	for _, a := range s.sent {
		if a.ok && a.position >= from && a.at.Before(at) {
			positions[a.position] = true
		}
	}
	return len(positions)
}

// However many events are refused, what comes after them arrives at once.
func TestRefusedHoldNothingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h, begun := newMemLog(), newHorizon(), time.Now()
		s := newScripted(func(d *events.Delivery, _ int) (Result, time.Duration) {
			if d.Position <= 70 {
				return unprocessable, 10 * time.Millisecond
			}
			return accepted, 10 * time.Millisecond
		})
		stop := start(t, log, h, s, standard)
		log.put(h, append(many(70, 1), "A", "B", "C")...)
		time.Sleep(time.Minute)
		stop()
		if n := s.acceptedBy(begun.Add(3*time.Second), 71); n != 3 {
			t.Errorf("%d of 3 within seconds", n)
		}
		for p, r := range log.retries {
			if r.Attempts != 2 {
				t.Errorf("%d: %d attempts in a minute", p, r.Attempts)
			}
		}
	})
}

// An endpoint that was down, and refuses what it is probed with, works again. The attempt
// counts.
func TestRefusedProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h, begun := newMemLog(), newHorizon(), time.Now()
		s := newScripted(func(d *events.Delivery, _ int) (Result, time.Duration) {
			switch {
			case time.Since(begun) < time.Minute:
				return refused, 10 * time.Millisecond
			case d.Position <= 300:
				return unprocessable, 10 * time.Millisecond
			}
			return accepted, 10 * time.Millisecond
		})
		stop := start(t, log, h, s, standard)
		log.put(h, many(330, 1)...)
		time.Sleep(2 * time.Minute)
		stop()
		if n := s.acceptedBy(begun.Add(time.Minute+maxProbe+10*time.Second), 301); n != 30 {
			t.Errorf("%d of 30", n)
		}
		for p := range int64(300) {
			if r := log.retries[p+1]; r == nil || r.Attempts == 0 {
				t.Errorf("%d: %+v", p+1, r)
			}
		}
	})
}

// An endpoint that fails at one kind for good is probed with each event that waits, so that
// one that it takes is found: also behind events that wait for others of their parcel.
func TestProbesTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newScripted(func(d *events.Delivery, _ int) (Result, time.Duration) {
			if d.Position <= 70 {
				return refused, 10 * time.Millisecond
			}
			return accepted, 10 * time.Millisecond
		})
		stop := start(t, log, h, s, standard)
		log.put(h, many(70, 1)...)
		time.Sleep(time.Second)
		log.put(h, many(70, 1)...) // behind
		log.put(h, "A", "B", "C")
		time.Sleep(20 * time.Minute)
		if n := s.acceptedBy(time.Now(), 141); n != 3 {
			t.Errorf("%d of 3 in twenty minutes", n)
		}
		time.Sleep(2 * time.Hour)
		stop()
		s.mu.Lock()
		defer s.mu.Unlock()
		for p := range int64(70) {
			if s.times[p+1] < 2 {
				t.Errorf("%d was sent %d times", p+1, s.times[p+1])
			}
		}
	})
}
