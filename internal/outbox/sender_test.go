package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/store/events"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// limited is a scripted endpoint that has room for so many requests in a period, and makes none
// for what pass says.
type limited struct {
	*scripted
	rate   int
	period time.Duration
	pass   func(d events.Delivery) bool

	mu       sync.Mutex
	from     time.Time // when the period that is counted began
	admitted int
	wanted   int // how often room was
	broken   bool
}

func (l *limited) Select(_ context.Context, page []events.Delivery) ([]events.Delivery, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return nil, errors.New("the database is away")
	}
	return slices.DeleteFunc(slices.Clone(page), l.pass), nil
}

func (l *limited) Admit(now time.Time) (bool, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wanted++
	if begun := now.Truncate(l.period); begun.After(l.from) {
		l.from, l.admitted = begun, 0
	}
	if l.admitted == l.rate {
		return false, l.from.Add(l.period)
	}
	l.admitted++
	return true, time.Time{}
}

func (l *limited) requestsForRoom() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wanted
}

func newLimited(rate int, answer func(d *events.Delivery, nth int) (Result, time.Duration)) *limited {
	return &limited{scripted: newScripted(answer), rate: rate, period: time.Second, pass: func(events.Delivery) bool { return false }}
}

func never(*events.Delivery, int) (Result, time.Duration) { panic("a request") }

// Requests are made at the rate that there is room for and no faster, in order; what needs
// none is passed over at once, and asks for no room.
func TestRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newLimited(10, func(*events.Delivery, int) (Result, time.Duration) { return accepted, 50 * time.Millisecond })
		s.pass = func(d events.Delivery) bool { return d.Position > 300 && d.Position%100 != 0 }
		stop := start(t, log, h, s, standard)
		log.put(h, many(3, 100)...)
		time.Sleep(20*time.Second + time.Millisecond)
		if n := s.acceptedBy(time.Now(), 1); n < 190 || n > 210 {
			t.Errorf("%d in 20 seconds", n)
		}
		time.Sleep(15 * time.Second)
		before := s.requestsForRoom()
		log.put(h, many(1000, 7)...)
		time.Sleep(9 * time.Second)
		stop()
		if n := s.acceptedBy(time.Now(), 1); n != 300+70 || !log.empty() {
			t.Errorf("%d were accepted, at %d", n, log.position)
		}
		if n := s.requestsForRoom() - before; n > 70+20 {
			t.Errorf("room was wanted %d times", n)
		}
		perSecond := map[time.Time]int{}
		for _, a := range s.sent {
			perSecond[a.at.Truncate(time.Second)]++
		}
		for at, n := range perSecond {
			if n > 10 {
				t.Errorf("%d requests at %v", n, at)
			}
		}
		want := map[string][]int64{}
		for _, d := range log.log {
			if !s.pass(d) {
				want[d.Parcel] = append(want[d.Parcel], d.Position)
			}
		}
		for parcel, positions := range s.first() {
			if !slices.Equal(positions, want[parcel]) {
				t.Errorf("%s: %v, want %v", parcel, positions, want[parcel])
			}
		}
	})
}

// Room for a request is used as soon as it is there.
func TestRoomIsUsedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newLimited(1, func(*events.Delivery, int) (Result, time.Duration) { return accepted, 10 * time.Millisecond })
		s.period = 60 * time.Millisecond
		stop := start(t, log, h, s, standard)
		log.put(h, many(500, 1)...)
		time.Sleep(13 * time.Second)
		stop()
		if n := s.acceptedBy(time.Now(), 1); n < 200 {
			t.Errorf("%d of 216 in 13 seconds", n)
		}
	})
}

// A probe needs room too; while there is none, nothing looks for it all the time.
func TestProbesNeedRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		log.lease.Failing = true
		s := newLimited(0, never)
		s.period = 20 * time.Second
		stop := start(t, log, h, s, standard)
		log.put(h, many(100, 1)...)
		time.Sleep(time.Minute)
		stop()
		if n := s.requestsForRoom(); n < 2 || n > 4 || log.pages > 10 {
			t.Errorf("room was wanted %d times in a minute, and %d pages read", n, log.pages)
		}
		if log.position != 0 {
			t.Errorf("at %d", log.position)
		}
	})
}

// A failing endpoint is probed with what a request is made for, however much is passed over
// before it.
func TestProbePassesOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h, begun := newMemLog(), newHorizon(), time.Now()
		log.lease.Failing = true
		s := newLimited(1000, func(*events.Delivery, int) (Result, time.Duration) { return accepted, 0 })
		s.pass = func(d events.Delivery) bool { return d.Position < 500 }
		stop := start(t, log, h, s, standard)
		log.put(h, many(500, 1)...)
		time.Sleep(time.Minute)
		stop()
		if len(s.sent) != 1 || s.sent[0].at.Sub(begun) > 15*time.Second {
			t.Errorf("sent: %+v", s.sent)
		}
		if !log.empty() || log.lease.Failing {
			t.Errorf("at %d, failing %v", log.position, log.lease.Failing)
		}
	})
}

// An endpoint that takes nothing for longer than events are kept gives up what a request is
// made for, however much is passed over before it.
func TestExpiryPassesOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		log.lease.Paused = true
		s := newLimited(1000, never)
		s.pass = func(d events.Delivery) bool { return d.Position%700 != 0 }
		stop := start(t, log, h, s, standard)
		log.put(h, many(1500, 1)...)
		time.Sleep(retention + expireEvery + 10*time.Second)
		pages := 0
		log.read(func() {
			if len(log.dead) != 2 || log.position != 1500 {
				t.Errorf("%d of 2 are dead, at %d", len(log.dead), log.position)
			}
			pages = log.pages
		})
		for range 60 { // of what comes one by one it reads a page a minute
			log.put(h, "P")
			time.Sleep(time.Second)
		}
		stop()
		if n := log.pages - pages; n > 2 {
			t.Errorf("%d pages in a minute", n)
		}
	})
}

// What was replayed, and needs no request, is passed over as well, and asks for no room. What
// comes after it in its parcel goes on.
func TestReplayedIsPassedOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newLimited(100, func(*events.Delivery, int) (Result, time.Duration) { return accepted, 10 * time.Millisecond })
		s.pass = func(d events.Delivery) bool { return d.Position%2 == 0 }
		log.put(h, many(300, 2)...)
		log.put(h, "P7", "P8")
		log.position = int64(len(log.log))
		for _, d := range log.log {
			log.retries[d.Position] = &memRetry{Delivery: d, next: time.Now(), behind: d.Position > 300}
		}
		stop := start(t, log, h, s, standard)
		time.Sleep(20 * time.Second)
		stop()
		if !log.empty() || len(s.sent) != 301 || s.requestsForRoom() > 301+20 {
			t.Errorf("%d are left, %d were sent, room was wanted %d times", len(log.retries), len(s.sent), s.requestsForRoom())
		}
		for _, a := range s.sent {
			if a.position%2 == 0 {
				t.Errorf("%d was sent", a.position)
			}
		}
	})
}

// While it is not known what is to be sent nothing is, and nothing is passed over.
func TestSelectFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newLimited(1000, func(*events.Delivery, int) (Result, time.Duration) { return accepted, 0 })
		s.broken = true
		stop := start(t, log, h, s, standard)
		log.put(h, many(100, 2)...)
		time.Sleep(time.Minute)
		log.read(func() {
			if log.position != 0 || log.pages > 70 {
				t.Errorf("at %d after %d pages", log.position, log.pages)
			}
		})
		s.mu.Lock()
		s.broken = false
		s.mu.Unlock()
		time.Sleep(time.Minute)
		stop()
		if fault := log.fault(s.scripted); fault != "" {
			t.Error(fault)
		}
	})
}

// One that never will be taken is dead at once, and says nothing against the endpoint. The
// later ones of its parcel go on.
func TestDeadAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h, begun := newMemLog(), newHorizon(), time.Now()
		log.lease.Failing = true // until the first answer
		s := newScripted(func(d *events.Delivery, _ int) (Result, time.Duration) {
			if d.Position <= 40 {
				return Result{Dead: true, Kind: "permanent", Failure: "40199: no such waybill"}, time.Millisecond
			}
			return accepted, time.Millisecond
		})
		stop, lines := startLogged(log, h, s)
		log.put(h, many(20, 3)...)
		time.Sleep(8 * time.Second)
		stop()
		said := map[any]bool{}
		for _, line := range lines.FilterMessage("event is dead").FilterLevelExact(zap.ErrorLevel).All() {
			if fields := line.ContextMap(); fields["endpoint"] == "dispatch" && fields["kind"] != nil && fields["failure"] == "40199: no such waybill" {
				said[fields["id"]] = true
			}
		}
		if len(said) != 40 || lines.FilterMessage("event was not taken").Len() != 0 {
			t.Errorf("%d of 40 are in the log: %v", len(said), lines.All())
		}
		if n := s.acceptedBy(begun.Add(5*time.Second), 41); n != 20 || !log.empty() {
			t.Errorf("%d of 20 later ones were accepted", n)
		}
		if len(log.dead) != 40 || len(s.sent) != 60 || log.lease.Failing {
			t.Errorf("%d are dead after %d requests, failing %v", len(log.dead), len(s.sent), log.lease.Failing)
		}
		for p, r := range log.dead {
			if r.Attempts != 1 || r.Failure != "40199: no such waybill" {
				t.Errorf("%d: %+v", p, r)
			}
		}
	})
}

// Also of one that failed before, and waits in event_retry.
func TestDeadAfterFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newScripted(func(d *events.Delivery, nth int) (Result, time.Duration) {
			if d.Position > 1 {
				return accepted, 0
			}
			if nth == 1 {
				return refused, 0
			}
			return Result{Dead: true, Failure: "dead"}, 0
		})
		stop := start(t, log, h, s, standard)
		log.put(h, "P", "P")
		time.Sleep(time.Minute)
		stop()
		if r := log.dead[1]; r.Attempts != 2 || !log.empty() || len(s.first()["P"]) != 1 {
			t.Errorf("%+v, sent %+v", r, s.sent)
		}
	})
}

// waitsUntil postpones everything until a time.
func waitsUntil(end time.Time, again time.Duration) func(*events.Delivery, int) (Result, time.Duration) {
	return func(*events.Delivery, int) (Result, time.Duration) {
		if time.Now().Before(end) {
			return Result{Postponed: true, Kind: "setup", Failure: "40164: not in the allow-list", RetryAfter: again - 459*time.Microsecond}, 20 * time.Millisecond
		}
		return accepted, 20 * time.Millisecond
	}
}

// startLogged runs a server with one endpoint, and keeps what it logs.
func startLogged(log Log, h horizon, s Sender) (stop func(), lines *observer.ObservedLogs) {
	core, lines := observer.New(zap.InfoLevel)
	x := New(Options{Endpoints: []Endpoint{{Name: "dispatch", Sender: s}}, Log: log, Horizon: h, Retention: 7 * 24 * time.Hour, Logger: zap.New(core)})
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() { defer close(over); x.Run(ctx) }()
	return func() {
		cancel()
		<-over
	}, lines
}

// What is postponed keeps its order and uses up no attempt; the endpoint waits, is not
// failing, and is tried no more often than it says. It is in the log once when that begins,
// and once when it is over.
func TestPostponed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ lasts, again time.Duration }{
		"a moment": {3 * time.Second, time.Second}, "a day": {24 * time.Hour, 5 * time.Minute}, "ten hours": {10 * time.Hour, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log, h, begun := newMemLog(), newHorizon(), time.Now()
				s := newScripted(waitsUntil(begun.Add(tc.lasts), tc.again))
				stop, lines := startLogged(log, h, s)
				log.put(h, many(200, 3)...)
				time.Sleep(tc.lasts + tc.again + time.Minute)
				stop()
				if fault := log.fault(s); fault != "" || len(log.dead) > 0 {
					t.Errorf("%s, %d are dead", fault, len(log.dead))
				}
				if log.lease.Failing || log.maxAttempts > 0 {
					t.Errorf("failing %v, attempts %d", log.lease.Failing, log.maxAttempts)
				}
				// Together before the first answer, then one by one.
				if limit := MaxConcurrent + int(tc.lasts/tc.again) + 1; len(s.sent) > 600+limit {
					t.Errorf("%d requests, more than %d", len(s.sent), 600+limit)
				}
				if log.pages > 10*int(tc.lasts/tc.again+2)+int(tc.lasts/expireEvery) {
					t.Errorf("%d pages were read", log.pages)
				}
				said := lines.FilterMessage("endpoint waits").All()
				if len(said) != 1 || said[0].ContextMap()["why"] != "40164: not in the allow-list" || said[0].ContextMap()["for"] != tc.again || lines.FilterMessage("endpoint does not wait any more").Len() != 1 {
					t.Errorf("it says %v", lines.All())
				}
			})
		})
	}
}

// After a wait one request is under way until one is taken: neither what was sent before the
// wait nor what is refused shows that the endpoint takes any. Then they double.
func TestOneAfterWait(t *testing.T) {
	t.Parallel()
	h, now := newHealth(MaxConcurrent), time.Now()
	later := now.Add(time.Minute)
	h.postpone(later)
	for range 100 {
		h.answered(false)
		if room := h.room(0, later); room != 1 {
			t.Fatalf("room for %d", room)
		}
	}
	h.answered(true)
	h.answered(false)
	h.answered(false)
	if room := h.room(0, later); room != 4 {
		t.Errorf("room for %d after one was taken", room)
	}
	synctest.Test(t, func(t *testing.T) {
		log, horizon, begun := newMemLog(), newHorizon(), time.Now()
		s := newScripted(func(d *events.Delivery, nth int) (Result, time.Duration) {
			switch {
			case time.Since(begun) > 20*time.Second:
				return accepted, 100 * time.Millisecond
			case d.Position == 1 && nth == 1:
				return Result{Postponed: true, Failure: "not now", RetryAfter: 10 * time.Second}, 0
			case time.Since(begun) < 9*time.Second:
				return accepted, 5 * time.Second // of what was under way
			}
			return unprocessable, 100 * time.Millisecond
		})
		stop := start(t, log, horizon, s, standard)
		log.put(horizon, many(1000, 1)...)
		time.Sleep(time.Minute)
		stop()
		underWay := map[time.Time]int{}
		for _, a := range s.sent {
			if at := a.at.Sub(begun); at > 5*time.Second && at < 20*time.Second {
				underWay[a.at]++
			}
		}
		for at, n := range underWay {
			if n > 1 {
				t.Errorf("%d are sent together after %v", n, at.Sub(begun))
			}
		}
		if len(underWay) < 50 || log.position != 1000 {
			t.Errorf("%d were sent one by one, at %d", len(underWay), log.position)
		}
	})
}

// What was taken before one was postponed is not sent again after the wait.
func TestWaitRepeatsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newScripted(func(d *events.Delivery, nth int) (Result, time.Duration) {
			if d.Position == 50 && nth == 1 {
				return Result{Postponed: true, Failure: "not now", RetryAfter: 2 * time.Second}, 20 * time.Millisecond
			}
			return accepted, time.Duration(d.Position%7) * 5 * time.Millisecond
		})
		stop := start(t, log, h, s, standard)
		log.put(h, many(250, 1)...)
		time.Sleep(10 * time.Second)
		stop()
		for p, n := range s.times {
			if n != 1 && p != 50 || n > 2 {
				t.Errorf("%d was sent %d times", p, n)
			}
		}
		if len(s.times) != 250 || !log.empty() {
			t.Errorf("%d were sent, at %d", len(s.times), log.position)
		}
	})
}

// Whatever is answered after a wait ends it, also a refusal; what is no answer does not.
func TestAnswersEndWaits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer Result
		ends   int
	}{
		"success": {accepted, 1}, "refusal": {Result{Refused: true, Failure: "refused"}, 1}, "dead": {Result{Dead: true, Failure: "dead"}, 1},
		"no request": {Result{OK: true, NoRequest: true}, 0}, "failure": {refused, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			log, h := newMemLog(), newHorizon()
			stop, lines := startLogged(log, h, newScripted(func(_ *events.Delivery, nth int) (Result, time.Duration) {
				if nth == 1 {
					return Result{Postponed: true, Failure: "not now", RetryAfter: time.Second}, 0
				}
				return tc.answer, 0
			}))
			log.put(h, "P")
			time.Sleep(4 * time.Second)
			stop()
			if n := lines.FilterMessage("endpoint does not wait any more").Len(); n != tc.ends || lines.FilterMessage("endpoint waits").Len() != 1 {
				t.Errorf("%s: it says %v", name, lines.All())
			}
		})
	}
}

// An answer to what was under way ends no wait, also of an endpoint that was failing.
func TestLateAnswerEndsNoWait(t *testing.T) {
	t.Parallel()
	h, now := newHealth(MaxConcurrent), time.Now()
	h.fail(now)
	h.postpone(now.Add(time.Hour))
	if !h.answered(false) || h.room(0, now.Add(time.Hour-1)) != 0 || h.room(0, now.Add(time.Hour)) != 1 {
		t.Errorf("%+v", h)
	}
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		stop, lines := startLogged(log, h, newScripted(func(d *events.Delivery, nth int) (Result, time.Duration) {
			if d.Position == 1 && nth == 1 {
				return Result{Postponed: true, Failure: "not now", RetryAfter: 10 * time.Second}, 10 * time.Millisecond
			}
			return accepted, 100 * time.Millisecond
		}))
		log.put(h, "P", "Q")
		time.Sleep(8 * time.Second)
		if n := lines.FilterMessage("endpoint does not wait any more").Len(); n != 0 {
			t.Error("it says that the endpoint does not wait")
		}
		time.Sleep(8 * time.Second)
		stop()
		if n := lines.FilterMessage("endpoint does not wait any more").Len(); n != 1 {
			t.Errorf("it says %d times that the endpoint does not wait", n)
		}
	})
}

// A failing endpoint that is then postponed works: what waits is not given up as if it failed.
// What comes without a request says nothing.
func TestPostponedWhileFailing(t *testing.T) {
	t.Parallel()
	for _, noRequest := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			log, h := newMemLog(), newHorizon()
			log.lease.Failing = true
			s := newScripted(func(*events.Delivery, int) (Result, time.Duration) {
				return Result{Postponed: true, NoRequest: noRequest, Failure: "not now", RetryAfter: time.Minute}, 0
			})
			stop := start(t, log, h, s, quick)
			log.put(h, many(100, 1)...)
			time.Sleep(retention - time.Minute)
			log.read(func() {
				if log.lease.Failing != noRequest || len(log.dead) > 0 {
					t.Errorf("failing %v, %d are dead", log.lease.Failing, len(log.dead))
				}
			})
			time.Sleep(retention)
			stop()
			if len(log.dead) != 100 || log.dead[1].Failure != "not now" {
				t.Errorf("after the retention %d are dead, the first: %q", len(log.dead), log.dead[1].Failure)
			}
		})
	}
}

// One that fails after it was postponed is failing: what waits has its time then.
func TestFailsAfterPostponed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		s := newScripted(func(_ *events.Delivery, nth int) (Result, time.Duration) {
			if nth == 1 {
				return Result{Postponed: true, Failure: "not now", RetryAfter: time.Second}, 0
			}
			return refused, 0
		})
		stop := start(t, log, h, s, quick)
		log.put(h, many(10, 1)...)
		time.Sleep(retention + 2*time.Minute)
		stop()
		if len(log.dead) != 10 || !log.lease.Failing || log.dead[2].Failure != "the endpoint is failing" {
			t.Errorf("%d are dead, failing %v: %q", len(log.dead), log.lease.Failing, log.dead[2].Failure)
		}
	})
}

// Successes without a request do not show that a failing endpoint works.
func TestNoRequestShowsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, h := newMemLog(), newHorizon()
		log.lease.Failing = true
		s := newScripted(func(*events.Delivery, int) (Result, time.Duration) {
			return Result{OK: true, NoRequest: true, Kind: "not_ours"}, 0
		})
		stop := start(t, log, h, s, standard)
		log.put(h, many(30, 1)...)
		time.Sleep(10 * time.Second)
		stop()
		if !log.lease.Failing || len(s.sent) < 2 || len(s.sent) > 12 {
			t.Errorf("failing %v after %d", log.lease.Failing, len(s.sent))
		}
		if got := fmt.Sprint(len(log.dead), len(log.retries)); got != "0 0" {
			t.Errorf("dead and retried: %s", got)
		}
	})
}
