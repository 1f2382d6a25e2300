package outbox

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/store/events"
)

// notHere is what a server is answered that the receiver does not let in, until a time.
func notHere(until time.Time, again time.Duration) *scripted {
	return newScripted(func(*events.Delivery, int) (Result, time.Duration) {
		if time.Now().Before(until) {
			return Result{Postponed: true, Elsewhere: true, Failure: "this machine's address is not in the allow-list", RetryAfter: again}, 20 * time.Millisecond
		}
		return accepted, 20 * time.Millisecond
	})
}

// Servers that are not let in leave the endpoint to one that is, whoever had it first and
// however many they are. It gets all, in order, and keeps it.
func TestLeftToAnotherServer(t *testing.T) {
	t.Parallel()
	for _, refused := range []int{1, 3} {
		for _, last := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				log, h, begun := newMemLog(), newHorizon(), time.Now()
				good := newScripted(func(*events.Delivery, int) (Result, time.Duration) { return accepted, 20 * time.Millisecond })
				var bad []*scripted
				var stops []func()
				if !last {
					stops = append(stops, start(t, log, h, good, standard))
					time.Sleep(5 * time.Second)
				}
				for range refused {
					bad = append(bad, notHere(begun.Add(24*time.Hour), 5*time.Minute))
					stops = append(stops, start(t, log, h, bad[len(bad)-1], standard))
				}
				log.put(h, many(100, 3)...)
				if last {
					time.Sleep(time.Minute)
					stops = append(stops, start(t, log, h, good, standard))
					time.Sleep(5*time.Minute + seekLeaseLater)
				} else {
					time.Sleep(time.Minute)
					stops[0]()
					log.put(h, many(100, 1)...)
					time.Sleep(20 * time.Second)
					stops[0] = start(t, log, h, good, standard)
					time.Sleep(5*time.Minute + seekLeaseLater)
				}
				log.read(func() {
					if log.position != int64(len(log.log)) {
						t.Errorf("%d refused: at %d of %d", refused, log.position, len(log.log))
					}
				})
				for range 20 { // the others do not get it back
					log.put(h, many(10, 1)...)
					time.Sleep(time.Minute)
				}
				for _, stop := range stops {
					stop()
				}
				if fault := log.fault(good); fault != "" || len(log.dead) > 0 || log.maxAttempts > 0 {
					t.Errorf("%s, %d are dead, attempts %d", fault, len(log.dead), log.maxAttempts)
				}
				for _, s := range bad {
					if n := len(s.sent); n > MaxConcurrent+3 {
						t.Errorf("a server that is refused has made %d requests", n)
					}
				}
			})
		}
	}
}

// Where no other server takes it, it is tried again by the one that there is, no more often
// than it was answered, which logs once that it waits; what is too old is given up meanwhile.
func TestLeftToNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const again, lasts = 5 * time.Minute, 2 * time.Hour
		log, h, begun := newMemLog(), newHorizon(), time.Now()
		s := notHere(begun.Add(lasts), again)
		stop, lines := startLogged(log, h, s)
		log.put(h, many(200, 2)...)
		time.Sleep(lasts + again + seekLeaseLater + time.Minute)
		stop()
		if fault := log.fault(s); fault != "" || len(log.dead) > 0 {
			t.Errorf("%s, %d are dead", fault, len(log.dead))
		}
		if n := len(s.sent) - 400; n < 20 || n > MaxConcurrent+int(lasts/again)+1 {
			t.Errorf("%d requests were refused", n)
		}
		if lines.FilterMessage("endpoint waits").Len() != 1 || lines.FilterMessage("endpoint does not wait any more").Len() != 1 {
			t.Errorf("it says %v", lines.All())
		}
		var at []time.Time
		for _, a := range s.sent {
			at = append(at, a.at)
		}
		slices.SortFunc(at, time.Time.Compare)
		for i := MaxConcurrent; at[i].Before(begun.Add(lasts)); i++ {
			if pause := at[i].Sub(at[i-1]); pause < again {
				t.Fatalf("tried again after %v", pause)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		stop := start(t, log, h, notHere(time.Now().Add(24*time.Hour), 5*time.Minute), standard)
		log.put(h, many(100, 1)...)
		time.Sleep(retention + 10*time.Minute)
		stop()
		if len(log.dead) != 100 || log.dead[1].Failure != "this machine's address is not in the allow-list" {
			t.Errorf("%d are dead: %q", len(log.dead), log.dead[1].Failure)
		}
	})
}

// Without a time the endpoint is tried once a second.
func TestPostponedWithoutTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newScripted(func(*events.Delivery, int) (Result, time.Duration) {
			return Result{Postponed: true, Failure: "not now"}, 0
		})
		stop := start(t, log, h, s, standard)
		log.put(h, "P")
		time.Sleep(20 * time.Second)
		stop()
		if n := len(s.sent); n < 15 || n > 21 {
			t.Errorf("%d requests in 20 seconds", n)
		}
	})
}

// What fails late, and was sent before the endpoint waited, does not end the wait.
func TestLateFailureEndsNoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newScripted(func(d *events.Delivery, _ int) (Result, time.Duration) {
			if d.Position == 1 {
				return refused, 3 * time.Second
			}
			return Result{Postponed: true, Elsewhere: true, Failure: "not here", RetryAfter: 5 * time.Minute}, 0
		})
		stop := start(t, log, h, s, standard)
		log.put(h, many(10, 1)...)
		time.Sleep(4 * time.Minute)
		stop()
		if n := len(s.sent); n != 10 || log.retries[1] == nil || log.retries[1].Attempts != 1 {
			t.Errorf("%d requests, of which the first is not over", n)
		}
		if s.left != 2 || s.fault != "" { // when it gives the lease away, and when it stops
			t.Errorf("left %d times: %s", s.left, s.fault)
		}
	})
}

// When its wait is over, a server looks for the lease as often as any other.
func TestTakesAgainAfterWait(t *testing.T) {
	t.Parallel()
	for range 10 {
		synctest.Test(t, func(t *testing.T) {
			log, h, begun := newMemLog(), newHorizon(), time.Now()
			bad := notHere(begun.Add(4*time.Minute), time.Minute)
			stopBad := start(t, log, h, bad, standard)
			log.put(h, "P")
			time.Sleep(5 * time.Second)
			dies := &crashed{Log: log}
			good := newScripted(func(*events.Delivery, int) (Result, time.Duration) { return accepted, 0 })
			stopGood := start(t, dies, h, good, standard)
			time.Sleep(5 * time.Minute)
			dies.die()
			log.put(h, "Q")
			time.Sleep(leaseTime + 2*seekLease)
			stopGood()
			stopBad()
			if good.acceptedBy(time.Now(), 1) != 1 || bad.acceptedBy(time.Now(), 2) != 1 {
				t.Errorf("the one has sent %+v, the other %+v", good.sent, bad.sent)
			}
		})
	}
}
