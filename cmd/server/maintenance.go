package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/handler"
	"carrierhook/internal/store"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

const (
	connectEvery     = time.Second // until the database was reached once
	maintenanceEvery = time.Hour
	maintenanceAgain = 5 * time.Minute // after a round that failed
)

// What carrierhook_maintenance_failures_total tells apart.
const (
	maintenanceOfLedger     = "ledger"
	maintenanceOfContacts   = "contacts"
	maintenanceOfSignatures = "signatures"
	maintenanceOfClock      = "clock"
	maintenanceOfMerchants  = "merchants"
)

// maintenance is what a server does besides answering pushes.
type maintenance struct {
	cfg    config.Config
	st     *store.Store
	health *handler.Health
	log    *zap.Logger

	saw    atomic.Pointer[time.Time] // the newest catalogue
	erased prometheus.Counter
	failed *prometheus.CounterVec
}

func newMaintenance(cfg config.Config, st *store.Store, health *handler.Health, log *zap.Logger) *maintenance {
	m := &maintenance{
		cfg: cfg, st: st, health: health, log: log,
		erased: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "carrierhook_contacts_erased_total",
			Help: "Bookings and attempts of instant delivery whose sender, receiver and goods were erased after privacy.retention.",
		}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carrierhook_maintenance_failures_total",
			Help: "Maintenance tasks that failed, by task.",
		}, []string{"task"}),
	}
	for _, task := range []string{maintenanceOfLedger, maintenanceOfContacts, maintenanceOfSignatures, maintenanceOfClock, maintenanceOfMerchants} {
		m.failed.WithLabelValues(task) // there at 0, so that the first failure is a rise
	}
	m.sawCatalogue() // or not yet: its age counts from the start
	return m
}

// collectors are the metrics of the maintenance.
func (m *maintenance) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.catalogueAge(), m.erased, m.failed}
}

// run waits for the database, reads what the carrier offers, says that the
// server is ready, and looks after catalogue, ledger and personal data until ctx
// ends. Its one error is a schema that the program cannot work with.
func (m *maintenance) run(ctx context.Context) error {
	for {
		err := m.st.CheckSchema(ctx)
		if errors.Is(err, store.ErrSchemaBehind) || errors.Is(err, store.ErrSchemaTooOld) {
			return err
		}
		if err == nil {
			err = m.st.RefreshCatalogue(ctx)
		}
		if err == nil {
			break
		}
		m.log.Warn("waiting for the database", zap.Error(err))
		if !pause(ctx, connectEvery) {
			return nil
		}
	}
	m.sawCatalogue()
	m.health.Started()
	m.log.Info("ready")
	var work sync.WaitGroup
	work.Go(func() { m.refresh(ctx) })
	work.Go(func() { m.rounds(ctx) })
	work.Wait()
	return nil
}

// rounds does every hour what no push waits for. While the database's clock is in
// doubt nothing is old.
func (m *maintenance) rounds(ctx context.Context) {
	for {
		trusted := m.clock(ctx)
		months, contacts, window := m.cfg.Ledger.Retention, m.cfg.Privacy.Retention, m.cfg.WeChat.TimestampWindow
		if !trusted {
			months, contacts, window = 0, 0, 0
		}
		counted, ledger, forgotten, erased := m.merchants(ctx), m.ledger(ctx, months), m.signatures(ctx, window), m.contacts(ctx, contacts)
		next := maintenanceEvery
		if !trusted || !counted || !ledger || !forgotten || !erased {
			next = maintenanceAgain
		}
		if !pause(ctx, next) {
			return
		}
	}
}

func (m *maintenance) ledger(ctx context.Context, retention time.Duration) (ok bool) {
	u, err := m.st.MaintainLedger(ctx, retention)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		m.failed.WithLabelValues(maintenanceOfLedger).Inc()
		m.log.Error("ledger maintenance failed", zap.Error(err), zap.Int("months_ahead", u.MonthsLeft))
	default:
		m.log.Info("ledger maintenance", zap.Int("months_ahead", u.MonthsLeft), zap.Int("months_dropped", u.Dropped))
	}
	return err == nil
}

// signatures deletes what plain pushes were bound by, once no server takes them any
// more; a window of 0 is for ever.
func (m *maintenance) signatures(ctx context.Context, window time.Duration) (ok bool) {
	n, err := m.st.ForgetSignatures(ctx, window)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		m.failed.WithLabelValues(maintenanceOfSignatures).Inc()
		m.log.Error("erasing signatures failed", zap.Error(err), zap.Int64("signatures", n))
	case n > 0:
		m.log.Info("erased signatures", zap.Int64("signatures", n))
	}
	return err == nil
}

// contacts erases who sent what to whom after the retention; 0 is for ever.
func (m *maintenance) contacts(ctx context.Context, retention time.Duration) (ok bool) {
	n, err := m.st.EraseContacts(ctx, retention)
	m.erased.Add(float64(n))
	switch {
	case ctx.Err() != nil:
	case err != nil:
		m.failed.WithLabelValues(maintenanceOfContacts).Inc()
		m.log.Error("erasing personal data failed", zap.Error(err), zap.Int64("bookings", n))
	default:
		m.log.Info("erased personal data", zap.Int64("bookings", n))
	}
	return err == nil
}

// merchants logs how many merchants have the empty hash, with which any password is
// accepted.
func (m *maintenance) merchants(ctx context.Context) (ok bool) {
	n, err := m.st.MerchantsWithoutPassword(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		m.failed.WithLabelValues(maintenanceOfMerchants).Inc()
		m.log.Error("counting merchants without a password failed", zap.Error(err))
	case n > 0:
		m.log.Warn("merchants without a password", zap.Int("merchants", n))
	}
	return err == nil
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
