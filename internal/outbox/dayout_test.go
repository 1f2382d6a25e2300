package outbox

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/store/events"

	"go.uber.org/zap"
)

// perMinute is a receiver that is out for a time and takes so many requests a minute. Its
// sender keeps to that, but knows nothing of others who use up the same limit.
type perMinute struct {
	*scripted
	out     time.Time // until then it does not answer
	limit   int
	others  int // requests of others, in each minute
	mu      sync.Mutex
	minute  int64
	used    int // of our own room
	taken   int // by the receiver
	refused int // in all
	highest int
}

func (l *perMinute) at(now time.Time) {
	if m := now.Unix() / 60; m != l.minute {
		l.minute, l.used, l.taken = m, 0, l.others
	}
}

func (l *perMinute) Admit(now time.Time) (bool, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at(now)
	if l.used++; l.used > l.limit {
		return false, time.Unix((l.minute+1)*60, 0)
	}
	return true, time.Time{}
}

// answer is what the receiver says.
func (l *perMinute) answer(*events.Delivery, int) (Result, time.Duration) {
	now := time.Now()
	if now.Before(l.out) {
		return Result{Kind: "timeout", Failure: "no answer in time"}, 5 * time.Second
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at(now)
	if l.taken >= l.limit {
		l.refused++
		return Result{Postponed: true, Kind: "minute", Failure: "the minute's calls are used up", RetryAfter: time.Minute}, time.Millisecond
	}
	l.taken++
	l.highest = max(l.highest, l.taken)
	return accepted, 20 * time.Millisecond
}

// Out for a day, a receiver gets everything after it, in order, within its limits; what others
// use of them costs a pause, and no event.
func TestOutForADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const parcels, each, limit = 40, 12, 40
		log, h := newMemLog(), newHorizon()
		l := &perMinute{out: time.Now().Add(24 * time.Hour), limit: limit, others: limit / 4}
		l.scripted = newScripted(l.answer)
		x := New(Options{Endpoints: []Endpoint{{Name: "wechat", Sender: l}}, Log: log, Horizon: h, Retention: 14 * 24 * time.Hour, Logger: zap.NewNop()})
		ctx, stop := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() { defer close(over); x.Run(ctx) }()
		for range each {
			log.put(h, many(parcels, 1)...)
			time.Sleep(24 * time.Hour / each)
		}
		sent, _ := l.requests()
		if sent > 24*60*60/25 { // a probe takes 5 seconds, and the pause after it up to 30
			t.Errorf("%d requests while it was out", sent)
		}
		log.read(func() {
			if len(log.dead) > 0 || log.maxAttempts > 1 {
				t.Errorf("%d are dead, with up to %d attempts", len(log.dead), log.maxAttempts)
			}
		})
		time.Sleep(time.Duration(parcels*each/(limit-l.others)+10) * time.Minute)
		stop()
		<-over
		if !log.empty() || len(log.dead) > 0 {
			t.Errorf("%d wait, up to %d of %d are taken, %d are dead", len(log.retries), log.position, len(log.log), len(log.dead))
		}
		first := l.first()
		for parcel, positions := range first {
			if len(positions) != each || !slices.IsSorted(positions) {
				t.Errorf("%s came in the order %v", parcel, positions)
			}
		}
		minutes := map[int64]int{}
		for _, a := range l.sent {
			if minutes[a.at.Unix()/60]++; minutes[a.at.Unix()/60] > limit {
				t.Fatalf("more than %d requests at %v", limit, a.at)
			}
		}
		if l.highest != limit || l.refused == 0 || len(first) != parcels || l.fault != "" {
			t.Errorf("%d parcels, %d in a minute, %d refused: %s", len(first), l.highest, l.refused, l.fault)
		}
		t.Logf("%d requests while it was out, %d refused after it", sent, l.refused)
	})
}
