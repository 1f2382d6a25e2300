// Package maintenance does what a server does besides answering requests: it refreshes
// the catalogue, makes partitions, drops and erases what is old, and counts what
// operators have to know.
//
// It knows no table. What is done is the store's, by small interfaces; this package
// knows when, how often, and what the log says of it.
package maintenance

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

const (
	connectEvery = time.Second // until the database was reached once
	roundEvery   = time.Hour
	retryAfter   = 5 * time.Minute // a round that failed
)

// Store is what is maintained. *store.Store is one.
type Store interface {
	CheckSchema(context.Context) error
	CheckRights(context.Context) error
	ShortTimeouts(context.Context) ([]string, error)
	LockWait(context.Context) (string, error)
	CheckClock(context.Context) (store.Clock, error)
	MaintainLedger(ctx context.Context, retention time.Duration) (store.Maintenance, error)
	MaintainEvents(ctx context.Context, retention time.Duration, endpoints map[string][]event.Kind) (store.EventMaintenance, error)
	ForgetSignatures(ctx context.Context, window time.Duration) (forgotten int64, err error)
	EraseContacts(ctx context.Context, retention time.Duration) (erased int64, err error)
}

// Express is what is maintained of the express family. Store.Express of package store is one.
type Express interface {
	RefreshCatalogue(context.Context) error
	MerchantsWithoutPassword(context.Context) (n int, err error)
	UnknownServices() []string
}

// Options say what is maintained and when. All fields must be set.
type Options struct {
	Store     Store
	Express   Express
	Retention Retention
	Refresh   time.Duration // from one look for a new catalogue to the next
	Ready     func()        // called once, when the catalogue was read
	Log       *zap.Logger
}

// Maintenance is the work of one server.
type Maintenance struct {
	Options
	refreshed atomic.Pointer[time.Time] // when the catalogue was last seen to be the newest
	unknown   []string                  // services without cancelling that it lacks, as last logged
	erased    prometheus.Counter
	expired   prometheus.Counter
	failed    *prometheus.CounterVec
}

// New prepares the maintenance. Run does it.
func New(o Options) *Maintenance {
	m := &Maintenance{
		Options: o,
		erased: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "carrierhook_contacts_erased_total",
			Help: "Bookings and attempts of instant delivery whose sender, receiver and goods were erased after privacy.retention.",
		}),
		expired: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "carrierhook_events_expired_total",
			Help: "Events that an endpoint had not taken after events.retention, being paused, disabled or failing, or waiting; they are dead.",
		}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carrierhook_maintenance_failures_total",
			Help: "Maintenance tasks that failed, by task.",
		}, []string{"task"}),
	}
	for _, task := range tasks {
		m.failed.WithLabelValues(task) // there at 0, so that the first failure is a rise
	}
	m.catalogueSeen() // or not yet: its age counts from the start
	return m
}

// Collectors are the metrics of the maintenance.
func (m *Maintenance) Collectors() []prometheus.Collector {
	return []prometheus.Collector{m.catalogueAge(), m.erased, m.expired, m.failed}
}

// Run waits for the database, reads what the carrier offers, says that the server is
// ready, and maintains catalogue, ledger and personal data until ctx ends. Its one
// error is a database or a schema that the program cannot work with.
func (m *Maintenance) Run(ctx context.Context) error {
	for {
		err := m.begin(ctx)
		if errors.Is(err, store.ErrSchemaBehind) || errors.Is(err, store.ErrSchemaTooOld) || errors.Is(err, store.ErrUnsuitable) {
			return err
		}
		if err == nil {
			break
		}
		m.Log.Warn("waiting for the database", zap.Error(err))
		if !pause(ctx, connectEvery) {
			return nil
		}
	}
	m.catalogueSeen()
	m.reportServices()
	m.Ready()
	m.Log.Info("ready")
	var work sync.WaitGroup
	work.Go(func() { m.refresh(ctx) })
	work.Go(func() { m.rounds(ctx) })
	work.Wait()
	return nil
}

// rounds does every hour what no push waits for.
func (m *Maintenance) rounds(ctx context.Context) {
	for {
		r := Round(ctx, m.Store, m.Express, m.Retention, func(task string, r Result) {
			if ctx.Err() == nil || r.errs[task] == nil { // what the end of the server interrupts has not failed
				m.report(task, r)
			}
		})
		next := roundEvery
		if r.Err() != nil {
			next = retryAfter
		}
		if !pause(ctx, next) {
			return
		}
	}
}

// pause reports false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
