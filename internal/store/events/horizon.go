package events

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"
	"sync/atomic"
	"time"

	"carrierhook/internal/store/pg"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// Horizon tells up to where the events are read. Positions are taken in the order of each
// parcel's events and not in that of commits: above the horizon a transaction may still
// commit one below another that is there already. Up to the horizon all are committed, and
// a synchronous standby has them, so that no failover takes back what was handed out.
//
// Each server finds its own, while somebody there reads events.
type Horizon struct {
	pool   *pg.Pool
	nudges chan struct{}
	tracker

	running atomic.Bool

	mu    sync.Mutex
	state state
	moved chan struct{} // closed when state changes
}

// state is what a Horizon shows.
type state struct {
	epoch    string // empty: nothing is known yet
	position int64
	asOf     time.Time // what was written until then is below the horizon
	holder   Holder
}

// NewHorizon makes a Horizon that knows nothing until Run.
func NewHorizon(pool *pg.Pool) *Horizon {
	return &Horizon{pool: pool, nudges: make(chan struct{}, 1), tracker: newTracker(), state: state{asOf: time.Now()}, moved: make(chan struct{})}
}

// Position is the horizon: all events up to there can be read. It goes up within an epoch.
func (h *Horizon) Position() int64 { return h.now().position }

// Epoch is the history that positions belong to; empty while nothing is known of it. When
// it changes, what was known of positions is void.
func (h *Horizon) Epoch() string { return h.now().epoch }

// Late is for how long events may have waited already to be handed out.
func (h *Horizon) Late() time.Duration { return max(0, time.Since(h.now().asOf)) }

// Collectors gives the metrics.
func (h *Horizon) Collectors() []prometheus.Collector {
	return []prometheus.Collector{prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "carrierhook_events_late_seconds",
		Help: "For how long events may have waited to be read at this server, because a transaction has not ended or the database does not answer.",
	}, func() float64 {
		if !h.running.Load() {
			return 0
		}
		return h.Late().Seconds()
	})}
}

func (h *Horizon) now() state {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state
}

// Wait returns when the horizon is above a position, when the epoch changes, or with an
// error when ctx ends. It has no connection meanwhile.
func (h *Horizon) Wait(ctx context.Context, above int64) error {
	epoch := h.Epoch()
	for {
		h.mu.Lock()
		state, moved := h.state, h.moved
		h.mu.Unlock()
		if state.epoch != epoch || state.position > above {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (h *Horizon) show(s state) {
	h.mu.Lock()
	defer h.mu.Unlock()
	changed := s.epoch != h.state.epoch || s.position != h.state.position
	h.state = s
	if changed {
		close(h.moved)
		h.moved = make(chan struct{})
	}
}

// Nudge says that events are about to be committed by this server.
func (h *Horizon) Nudge() {
	select {
	case h.nudges <- struct{}{}:
	default:
	}
}

// How often it is looked.
const (
	between        = 5 * time.Millisecond   // two ticks while something is on its way
	betweenMany    = 25 * time.Millisecond  // while it is much: a tick costs Postgres half a millisecond
	many           = 2000                   // events a second
	betweenStuck   = 50 * time.Millisecond  // while one transaction takes long
	betweenLive    = 50 * time.Millisecond  // while there were events lately, maybe of other servers
	betweenIdle    = 250 * time.Millisecond // else
	afterNudge     = 50 * time.Millisecond  // by then what was about to be committed is mostly there
	lately         = 10 * time.Second
	afterFailure   = 500 * time.Millisecond
	tickLimit      = 5 * time.Second // a tick that waits for a standby
	stuckAfter     = time.Second     // then it is looked who it is
	sayHolderAfter = 5 * time.Second // and then said
)

// Run moves the horizon until ctx ends.
func (h *Horizon) Run(ctx context.Context, log *zap.Logger) {
	h.running.Store(true)
	defer h.running.Store(false)
	r := reporter{log: log}
	var fastUntil, lastEvent time.Time
	for {
		begun := time.Now()
		err := h.tick(ctx, log)
		if ctx.Err() != nil {
			return
		}
		r.failure(err)
		h.watchHolder(ctx, &r)
		if len(h.fences) > 0 {
			lastEvent = begun
		}
		pause, shortest := betweenIdle, between
		if h.rate > many {
			shortest = betweenMany
		}
		switch {
		case err != nil:
			pause = afterFailure
		case len(h.fences) > 0 && time.Since(h.fences[0].begun) > stuckAfter:
			pause = betweenStuck
		case len(h.fences) > 0 || begun.Before(fastUntil):
			pause = shortest
		case time.Since(lastEvent) < lately:
			pause = betweenLive
		}
		if h.rest(ctx, begun, pause, shortest) {
			fastUntil, lastEvent = time.Now().Add(afterNudge), time.Now()
		}
	}
}

// rest pauses, and only for the shortest time when it is nudged, which it tells.
func (h *Horizon) rest(ctx context.Context, begun time.Time, pause, shortest time.Duration) (nudged bool) {
	t := time.NewTimer(time.Until(begun.Add(pause)))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-h.nudges:
		pg.Pause(ctx, time.Until(begun.Add(shortest)))
		return true
	}
	return false
}

// newServer is what a tracker calls itself in event_server: a UUID.
func newServer() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // which never fails
	return hex.EncodeToString(id[:])
}
