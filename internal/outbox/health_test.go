package outbox

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/store/events"
)

// An endpoint in trouble is probed by one request at a time, at most one a second and at
// least each 30 seconds; nothing else is sent. Afterwards the rate goes up by doubling.
func TestProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		begun, works := time.Now(), 10*time.Minute
		s := newScripted(func(*events.Delivery, int) (Result, time.Duration) {
			if time.Since(begun) < works {
				return refused, 10 * time.Millisecond
			}
			return accepted, 100 * time.Millisecond
		})
		stop := start(t, log, h, s, standard)
		log.put(h, many(3000, 1)...)
		time.Sleep(works + 20*time.Second)
		stop()

		probes := s.sent[:0]
		for _, a := range s.sent {
			if at := a.at.Sub(begun); at > time.Second && at < works {
				probes = append(probes, a)
			}
		}
		for i := 1; i < len(probes); i++ {
			if gap := probes[i].at.Sub(probes[i-1].at); gap < time.Second || gap > 33*time.Second {
				t.Errorf("%v between two probes", gap)
			}
		}
		if len(probes) < 20 || len(probes) > 40 {
			t.Errorf("%d probes in %v", len(probes), works)
		}
		if log.position < 2900 {
			t.Errorf("after it works again: at %d", log.position)
		}
	})
}

// The next server, or the same one after a restart, knows that an endpoint is failing.
func TestFailingAtTheNextServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newScripted(func(*events.Delivery, int) (Result, time.Duration) { return refused, 10 * time.Millisecond })
		stop := start(t, log, h, s, standard)
		log.put(h, many(300, 1)...)
		time.Sleep(10 * time.Second)
		stop()
		before := len(s.sent)
		stop = start(t, log, h, s, standard)
		time.Sleep(10 * time.Second)
		stop()
		if probes := len(s.sent) - before; probes < 2 || probes > 5 {
			t.Errorf("%d requests in ten seconds", probes)
		}
	})
}

// Probes use up no attempt, and after an endpoint works again requests double.
func TestRamp(t *testing.T) {
	t.Parallel()
	h, now := newHealth(MaxConcurrent), time.Now()
	for i := range int64(failingAfter) {
		if h.failing || h.room(0, now) == 0 {
			t.Fatalf("failing after %d", i)
		}
		h.failed(i, refused, false, now, now)
	}
	if !h.failing || h.room(0, now) != 0 || h.room(0, now.Add(minProbe)) != 1 || h.room(1, now.Add(minProbe)) != 0 {
		t.Errorf("%+v", h)
	}
	h.failed(0, refused, false, now, now) // one that was under way
	if h.backoff != minProbe {
		t.Errorf("backoff %v", h.backoff)
	}
	for range 10 {
		h.failed(0, refused, true, now, now)
	}
	if h.backoff != maxProbe {
		t.Errorf("backoff %v", h.backoff)
	}
	if !h.answered(true) {
		t.Error("it does not say that the endpoint works again")
	}
	var limits []int
	for range 2 * MaxConcurrent {
		if room := h.room(0, now); len(limits) == 0 || limits[len(limits)-1] != room {
			limits = append(limits, room)
		}
		h.answered(false)
	}
	if want := []int{1, 2, 4, 8, 16, 32, 64}; !slices.Equal(limits, want) {
		t.Errorf("got %v, want %v", limits, want)
	}
}

// One event that its receiver cannot take makes no endpoint failing, however often it is
// sent.
func TestOnePoison(t *testing.T) {
	t.Parallel()
	h, now := newHealth(MaxConcurrent), time.Now()
	for range 100 {
		h.failed(7, refused, false, now, now)
	}
	if h.failing {
		t.Error("it is failing")
	}
}

// An endpoint that asks for fewer gets half, once for those that were under way together,
// and none for as long as it says.
func TestSlowDown(t *testing.T) {
	t.Parallel()
	h, now := newHealth(MaxConcurrent), time.Now()
	busy := Result{Slow: true}
	for range 3 {
		h.failed(1, busy, false, now, now.Add(time.Millisecond))
	}
	if h.limit != MaxConcurrent/2 {
		t.Errorf("limit %d", h.limit)
	}
	later := now.Add(time.Second)
	h.failed(1, Result{Slow: true, RetryAfter: time.Minute}, false, later, later)
	if h.limit != MaxConcurrent/4 || h.room(0, later.Add(59*time.Second)) != 0 || h.room(0, later.Add(60*time.Second)) != MaxConcurrent/4 {
		t.Errorf("%+v", h)
	}
}

// While an endpoint asks to be left alone nothing is sent, and then everything is.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h, begun := newMemLog(), newHorizon(), time.Now()
		refusedOnce := false
		s := newScripted(func(*events.Delivery, int) (Result, time.Duration) {
			if !refusedOnce {
				refusedOnce = true
				return Result{Slow: true, RetryAfter: 30 * time.Minute}, 0
			}
			return accepted, 50 * time.Millisecond
		})
		stop := start(t, log, h, s, standard)
		log.put(h, many(1000, 1)...)
		time.Sleep(time.Hour)
		stop()
		for _, a := range s.sent {
			if at := a.at.Sub(begun); at > 100*time.Millisecond && at < 30*time.Minute {
				t.Errorf("sent after %v", at)
			}
		}
		if fault := log.fault(s); fault != "" {
			t.Error(fault)
		}
	})
}

// One request that hangs keeps only its own parcel from going on.
func TestHanging(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newScripted(func(d *events.Delivery, nth int) (Result, time.Duration) {
			if d.Position == 1 && nth == 1 {
				return refused, 14 * time.Second
			}
			return accepted, 5 * time.Millisecond
		})
		stop := start(t, log, h, s, standard)
		log.put(h, many(100, 200)...)
		time.Sleep(13 * time.Second)
		log.mu.Lock()
		position, waiting := log.position, len(log.retries)
		log.mu.Unlock()
		if position != 20_000 || waiting > 200 {
			t.Errorf("at %d, with %d that wait", position, waiting)
		}
		time.Sleep(time.Hour)
		stop()
		if fault := log.fault(s); fault != "" {
			t.Error(fault)
		}
	})
}

// A dead one lets the later ones of its parcel go on, which say so; the others do not.
func TestMissed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newScripted(func(d *events.Delivery, _ int) (Result, time.Duration) {
			if d.Position == 1 {
				return refused, 0
			}
			return accepted, 0
		})
		stop := start(t, log, h, s, quick)
		log.put(h, "P", "P", "Q", "P")
		time.Sleep(time.Minute)
		stop()
		if log.dead[1].Attempts != 1+len(quick) || len(log.dead) != 1 {
			t.Errorf("dead: %+v", log.dead)
		}
		if got := s.first()["P"]; !slices.Equal(got, []int64{2, 4}) {
			t.Errorf("P: %v", got)
		}
		for _, a := range s.sent {
			if (a.missed == log.log[0].ID) != (a.parcel == "P" && a.position > 1) {
				t.Errorf("%d says that %v is missed", a.position, a.missed)
			}
		}
	})
}

// An endpoint that is gone gets nothing more.
func TestGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newScripted(func(*events.Delivery, int) (Result, time.Duration) {
			return Result{Gone: true, Failure: "status 410"}, 0
		})
		stop := start(t, log, h, s, standard)
		log.put(h, "P")
		time.Sleep(time.Minute)
		log.put(h, many(100, 1)...)
		time.Sleep(time.Minute)
		sent, _ := s.requests()
		log.read(func() {
			if sent != 1 || !log.lease.Disabled {
				t.Errorf("%d requests, disabled %v", sent, log.lease.Disabled)
			}
		})
		time.Sleep(retention)
		stop()
		if len(log.dead) != 101 || !log.empty() {
			t.Errorf("%d are dead after the retention", len(log.dead))
		}
	})
}

// What an endpoint takes nothing of becomes dead in time, so that days can be dropped: by
// the database's clock, whatever ours says.
func TestTooOld(t *testing.T) {
	t.Parallel()
	for _, clock := range []time.Duration{0, time.Hour, -time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			log, h := newMemLog(), newHorizon()
			log.clock = clock
			s := newScripted(func(*events.Delivery, int) (Result, time.Duration) { return refused, 0 })
			stop := start(t, log, h, s, quick)
			log.put(h, many(2000, 1)...)
			time.Sleep(retention - time.Second)
			log.read(func() {
				if len(log.dead) > 0 {
					t.Errorf("%v ahead: %d are dead too early", clock, len(log.dead))
				}
			})
			time.Sleep(2 * expireEvery)
			stop()
			if len(log.dead) != 2000 || !log.empty() {
				t.Errorf("%v ahead: %d are dead", clock, len(log.dead))
			}
		})
	}
}

// When the lease could be over, no request is under way, and nothing is written.
func TestLeaseEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newScripted(func(*events.Delivery, int) (Result, time.Duration) { return accepted, 14 * time.Second })
		server := &crashed{Log: log}
		stop := start(t, server, h, s, standard)
		log.put(h, many(10, 2)...)
		time.Sleep(time.Second)
		var before, after int
		log.read(func() { before = log.written })
		server.die()
		time.Sleep(leaseTime - time.Second)
		log.read(func() { after = log.written })
		if _, underWay := s.requests(); underWay != 0 || after != before {
			t.Errorf("%d requests are under way, %d were written", underWay, after-before)
		}
		stop()
	})
}

// Large events fill the window before many do.
func TestWindowIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newScripted(func(*events.Delivery, int) (Result, time.Duration) { return accepted, time.Second })
		stop := start(t, log, h, s, standard)
		log.body = make([]byte, 2*maxBytes/pageSize)
		log.put(h, many(10*pageSize, 1)...)
		time.Sleep(900 * time.Millisecond)
		log.read(func() {
			if log.pages != 1 {
				t.Errorf("%d pages were read, each twice what there may be", log.pages)
			}
		})
		time.Sleep(time.Minute)
		if n := s.acceptedBy(time.Now(), 1); n != 10*pageSize {
			t.Errorf("%d were accepted", n)
		}
		stop()
	})
}

// However much waits, no more than a window of it is in memory.
func TestWindowIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newScripted(func(*events.Delivery, int) (Result, time.Duration) { return accepted, 14 * time.Second })
		stop := start(t, log, h, s, standard)
		log.put(h, many(20_000, 1)...)
		time.Sleep(13 * time.Second)
		log.read(func() {
			if limit := (maxWindow + MaxConcurrent) / pageSize; log.pages > limit || len(log.retries) > MaxConcurrent {
				t.Errorf("%d pages were read, %d rows were added", log.pages, len(log.retries))
			}
		})
		stop()
	})
}

// A pause that is over is no time to look again at: a paused endpoint looks once a minute.
func TestNextOf(t *testing.T) {
	t.Parallel()
	now := time.Now()
	next := now.Add(time.Minute)
	for other, want := range map[time.Time]time.Time{
		{}: next, now.Add(-time.Second): next, now: next, now.Add(time.Second): now.Add(time.Second), now.Add(time.Hour): next,
	} {
		if got := nextOf(next, other, now); !got.Equal(want) {
			t.Errorf("%v: %v, want %v", other.Sub(now), got.Sub(now), want.Sub(now))
		}
	}
}
