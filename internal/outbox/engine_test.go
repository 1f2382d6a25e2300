package outbox

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"

	"go.uber.org/zap"
	"pgregory.net/rapid"
)

// scripted is an endpoint whose answers come from a function, after a time.
type scripted struct {
	mu       sync.Mutex
	answer   func(d *events.Delivery, nth int) (Result, time.Duration)
	times    map[int64]int
	sent     []attempt
	underWay map[string]int
	now      int
	left     int
	fault    string
}

type attempt struct {
	position int64
	parcel   string
	missed   event.ID
	at       time.Time
	ok       bool
}

func newScripted(answer func(d *events.Delivery, nth int) (Result, time.Duration)) *scripted {
	return &scripted{answer: answer, times: map[int64]int{}, underWay: map[string]int{}}
}

func (s *scripted) Send(ctx context.Context, d *events.Delivery, _ string) Result {
	s.mu.Lock()
	s.times[d.Position]++
	r, took := s.answer(d, s.times[d.Position])
	s.sent = append(s.sent, attempt{d.Position, d.Parcel, d.Missed, time.Now(), r.OK})
	if s.underWay[d.Parcel]++; s.underWay[d.Parcel] > 1 {
		s.fault = "two requests of one parcel at a time"
	}
	s.now++
	s.mu.Unlock()
	in := pause(ctx, took)
	s.mu.Lock()
	s.underWay[d.Parcel]--
	s.now--
	s.mu.Unlock()
	if !in {
		return Result{Kind: "network", Failure: "it was cancelled"}
	}
	return r
}

func (s *scripted) Select(_ context.Context, page []events.Delivery) ([]events.Delivery, error) {
	return page, nil
}

func (s *scripted) Admit(time.Time) (bool, time.Time) { return true, time.Time{} }

func (s *scripted) Leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left++; s.now > 0 {
		s.fault = "the endpoint is left with a request under way"
	}
}

func (s *scripted) Close() {}

// first gives the order in which each parcel's events were first accepted.
func (s *scripted) first() map[string][]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := map[string][]int64{}
	for _, a := range s.sent {
		if a.ok && !slices.Contains(got[a.parcel], a.position) {
			got[a.parcel] = append(got[a.parcel], a.position)
		}
	}
	return got
}

// requests counts them, and those that are under way.
func (s *scripted) requests() (all, underWay int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sent), s.now
}

// put adds events to the log of a test.
func (m *memLog) put(h horizon, parcels ...string) {
	m.mu.Lock()
	for _, p := range parcels {
		position := int64(len(m.log) + 1)
		d := events.Delivery{Stored: events.Stored{Position: position, Parcel: p, At: time.Now().Add(m.clock), Body: m.body}}
		binary.BigEndian.PutUint64(d.ID[8:], uint64(position))
		m.log = append(m.log, d)
	}
	to := int64(len(m.log))
	m.mu.Unlock()
	h.move(to)
}

func newHorizon() horizon { return horizon{&sync.Mutex{}, new(int64), new(make(chan struct{})), "e"} }

// start runs a server with one endpoint.
func start(t *testing.T, log Log, h horizon, s Sender, p plan) (stop func()) {
	t.Helper()
	x := New(Options{Endpoints: []Endpoint{{Name: "dispatch", Sender: s}}, Log: log, Horizon: h, Retention: retention, Logger: zap.NewNop()})
	x.plan = p
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() {
		defer close(over)
		x.Run(ctx)
	}()
	return func() {
		cancel()
		<-over
	}
}

const retention = 3 * time.Hour

// quick is a schedule for tests in which much fails.
var quick = plan{100 * time.Millisecond, time.Second, 5 * time.Second, 10 * time.Second}

var accepted, refused = Result{OK: true, Kind: KindDelivered}, Result{Kind: "status_5xx", Failure: "status 500"}

// Whatever fails, hangs, dies or is too slow, every event is accepted or dead in the end,
// and each parcel's events are first accepted in their order, one at a time.
func TestOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		parcels := rapid.IntRange(1, 30).Draw(rt, "parcels")
		badness := rapid.IntRange(0, 9).Draw(rt, "failures of ten")
		hangs := rapid.IntRange(0, 3).Draw(rt, "hangs of a hundred")
		pieces := rapid.SliceOfN(rapid.IntRange(0, 300), 1, 6).Draw(rt, "pieces")
		crashes := rapid.SliceOfN(rapid.Bool(), len(pieces), len(pieces)).Draw(rt, "crashes")
		poison := rapid.IntRange(0, 3).Draw(rt, "poison")
		seed := rapid.Uint32().Draw(rt, "seed")
		fault := ""
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			chance := func(n int) int {
				mu.Lock()
				defer mu.Unlock()
				seed = seed*1664525 + 1013904223
				return int(seed>>16) % n
			}
			s := newScripted(func(d *events.Delivery, nth int) (Result, time.Duration) {
				took := time.Duration(chance(50)) * time.Millisecond
				if chance(100) < hangs {
					took = time.Duration(chance(20)) * time.Second
				}
				if int(d.Position)%50 < poison || chance(10) < badness {
					return refused, took
				}
				return accepted, took
			})
			log, h := newMemLog(), newHorizon()
			server := &crashed{Log: log}
			stop := start(t, server, h, s, quick)
			for i, n := range pieces {
				var names []string
				for range n {
					names = append(names, fmt.Sprint("P", chance(parcels)))
				}
				log.put(h, names...)
				time.Sleep(time.Duration(chance(3000)) * time.Millisecond)
				if crashes[i] {
					server.die()
					stop()
					server = &crashed{Log: log}
					stop = start(t, server, h, s, quick)
				}
			}
			for end := time.Now().Add(48 * time.Hour); !log.empty() && time.Now().Before(end); time.Sleep(time.Second) {
			}
			stop()
			fault = log.fault(s)
		})
		if fault != "" {
			rt.Fatal(fault)
		}
	})
}

// fault says what is wrong with what an endpoint accepted.
func (m *memLog) fault(s *scripted) string {
	if len(m.retries) > 0 || m.position != int64(len(m.log)) {
		return fmt.Sprintf("%d left, at %d of %d", len(m.retries), m.position, len(m.log))
	}
	got, want := s.first(), map[string][]int64{}
	for _, d := range m.log {
		// One may be accepted, and dead because nobody lived to write so.
		if _, dead := m.dead[d.Position]; !dead || slices.Contains(got[d.Parcel], d.Position) {
			want[d.Parcel] = append(want[d.Parcel], d.Position)
		}
	}
	for name := range want {
		if !slices.Equal(got[name], want[name]) {
			return fmt.Sprintf("%s: %v, want %v", name, got[name], want[name])
		}
	}
	return s.fault
}
