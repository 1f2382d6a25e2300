// Package outbox delivers events to endpoints: at least once, and in order for each parcel.
//
// It knows no SQL, no rule and no protocol: what is to be sent comes from a Log, which keeps
// what became of it, and each endpoint has a Sender, which sends it. One server delivers to
// an endpoint at a time, by a lease; endpoints know nothing of each other.
package outbox

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/events"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// Endpoint is where events are sent.
type Endpoint struct {
	Name    string
	Kinds   []event.Kind // none: all
	Results []string     // those Kinds of Result whose series are there before the first one
	Sender  Sender
}

// Log has the events, and keeps what became of each. *events.Deliveries is one.
type Log interface {
	AddEndpoints(ctx context.Context, names []string, position int64) error
	Lease(ctx context.Context, name string, id [16]byte, until time.Duration) (l events.Lease, ok bool, err error)
	Release(context.Context, events.Lease) error
	ReadPage(context.Context, events.Page) (page []events.Delivery, next int64, err error)
	Due(ctx context.Context, endpoint string, except []int64, limit int) ([]events.Delivery, error)
	First(ctx context.Context, endpoint string, after int64) ([]events.Delivery, error)
	Old(ctx context.Context, endpoint string, age time.Duration, limit int) ([]events.Delivery, error)
	Checkpoint(context.Context, events.Checkpoint) (s events.State, due bool, err error)
	Status(ctx context.Context, wanted []events.Wanted, upTo int64) ([]event.EndpointStatus, error)
}

// Horizon is up to where events may be sent: no failover takes them back.
type Horizon interface {
	Position() int64
	Wait(ctx context.Context, above int64) error
	Epoch() string
}

// Options are what the outbox needs. All fields must be set.
type Options struct {
	Endpoints []Endpoint
	Log       Log
	Horizon   Horizon
	Retention time.Duration // how long events wait for an endpoint that takes none; longer than the schedule
	Logger    *zap.Logger
}

// Outbox delivers to all endpoints. Make it with New.
type Outbox struct {
	Options
	metrics *metrics
	plan    plan
	leases  atomic.Int64 // that this server has
	added   chan struct{}
}

// New makes an Outbox.
func New(o Options) *Outbox {
	x := &Outbox{Options: o, metrics: newMetrics(), plan: standard, added: make(chan struct{})}
	for _, e := range o.Endpoints {
		x.metrics.begin(e.Name, e.Results)
	}
	return x
}

// Collectors gives the metrics.
func (x *Outbox) Collectors() []prometheus.Collector { return x.metrics.collectors() }

// Added is closed once every endpoint is known to the database: what is written from then on
// reaches it.
func (x *Outbox) Added() <-chan struct{} { return x.added }

// Run delivers until ctx ends. Then it finishes what is under way, for a moment, and gives
// the leases to other servers.
func (x *Outbox) Run(ctx context.Context) {
	if len(x.Endpoints) > 0 && !x.addEndpoints(ctx) {
		return
	}
	close(x.added)
	if len(x.Endpoints) == 0 {
		return
	}
	var all sync.WaitGroup
	for _, e := range x.Endpoints {
		all.Go(func() { x.deliver(ctx, e) })
	}
	all.Go(func() { x.count(ctx) })
	all.Wait()
	for _, e := range x.Endpoints {
		e.Sender.Close()
	}
}

const (
	leaseTime = 10 * time.Second

	// leaseMargin is how long before its end nothing is sent any more.
	leaseMargin = time.Second

	// seekEpoch is how long a server that knows nothing of the log waits to look again.
	seekEpoch = 20 * time.Millisecond

	// seekLease is from one look for a lease to the next.
	seekLease = 2 * time.Second

	// seekLeaseLater is how long a server does not look for the lease of an endpoint that
	// waits because of what is the server's: so long that any other takes it first.
	seekLeaseLater = 15 * time.Second

	// shareLeases is how long a server waits, for each lease that it has, before it takes
	// another, so that all servers get some.
	shareLeases = 200 * time.Millisecond
)

func (x *Outbox) addEndpoints(ctx context.Context) bool {
	var names []string
	for _, e := range x.Endpoints {
		names = append(names, e.Name)
	}
	for x.Horizon.Epoch() == "" { // nothing is known yet
		if !pause(ctx, 50*time.Millisecond) {
			return false
		}
	}
	for {
		err := x.Log.AddEndpoints(ctx, names, x.Horizon.Position())
		if err == nil {
			return true
		}
		if !pause(ctx, time.Second) {
			return false
		}
		x.Logger.Warn("endpoints of events could not be added to the database", zap.Error(err))
	}
}

// deliver has the lease of an endpoint again and again.
func (x *Outbox) deliver(ctx context.Context, e Endpoint) {
	log, w := x.Logger.With(zap.String("endpoint", e.Name)), &wait{}
	for pause(ctx, max(seekEpoch, time.Duration(x.leases.Load())*shareLeases)) {
		begun, epoch := time.Now(), x.Horizon.Epoch() // what is read belongs to that, or is not written
		if epoch == "" {
			continue
		}
		l, ok, err := x.Log.Lease(ctx, e.Name, newLease(), leaseTime)
		l.Epoch = epoch
		if err != nil && ctx.Err() == nil {
			log.Warn("lease of an endpoint failed", zap.Error(err))
		}
		if ok {
			x.leases.Add(1)
			newEngine(x, e, l, begun.Add(leaseTime-leaseMargin), w, log).run(ctx)
			x.leases.Add(-1)
		}
		next := seekLease/2 + rand.N(seekLease)
		if w.elsewhere && time.Now().Before(w.until) {
			next += seekLeaseLater
		}
		if !pause(ctx, next) {
			return
		}
	}
}

func newLease() (id [16]byte) {
	for i := range id {
		id[i] = byte(rand.Uint32())
	}
	return id
}

// pause reports false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	default:
	}
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
