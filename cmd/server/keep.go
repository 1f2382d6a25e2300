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
	connectEvery = time.Second // until the database was reached once
	upkeepEvery  = time.Hour
	upkeepAgain  = 5 * time.Minute // after a round that failed
)

// What carrierhook_upkeep_failures_total tells apart.
const (
	upkeepOfLedger     = "ledger"
	upkeepOfContacts   = "contacts"
	upkeepOfSignatures = "signatures"
	upkeepOfClock      = "clock"
	upkeepOfMerchants  = "merchants"
)

// keeper is what a server does besides answering.
type keeper struct {
	cfg    config.Config
	st     *store.Store
	health *handler.Health
	log    *zap.Logger

	saw    atomic.Pointer[time.Time] // the newest catalogue
	erased prometheus.Counter
	failed *prometheus.CounterVec
}

func newKeeper(cfg config.Config, st *store.Store, health *handler.Health, log *zap.Logger) *keeper {
	k := &keeper{
		cfg: cfg, st: st, health: health, log: log,
		erased: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "carrierhook_contacts_erased_total",
			Help: "Bookings, and attempts at an instant delivery, whose sender, receiver and goods were erased after privacy.retention.",
		}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carrierhook_upkeep_failures_total",
			Help: "Rounds of upkeep that failed, by what.",
		}, []string{"what"}),
	}
	for _, what := range []string{upkeepOfLedger, upkeepOfContacts, upkeepOfSignatures, upkeepOfClock, upkeepOfMerchants} {
		k.failed.WithLabelValues(what) // there at 0, so that the first failure is a rise
	}
	k.sawCatalogue() // or not yet: its age counts from the start
	return k
}

// collectors are the metrics of what is kept up.
func (k *keeper) collectors() []prometheus.Collector {
	return []prometheus.Collector{k.catalogueAge(), k.erased, k.failed}
}

// keep waits for the database, reads what the carrier offers, says that the
// server is ready, and looks after catalogue, ledger and personal data until ctx
// ends. Its one error is a schema that the program cannot work with.
func (k *keeper) keep(ctx context.Context) error {
	for {
		err := k.st.CheckSchema(ctx)
		if errors.Is(err, store.ErrSchemaBehind) {
			return err
		}
		if err == nil {
			err = k.st.RefreshCatalogue(ctx)
		}
		if err == nil {
			break
		}
		k.log.Warn("waiting for the database", zap.Error(err))
		if !pause(ctx, connectEvery) {
			return nil
		}
	}
	k.sawCatalogue()
	k.health.Started()
	k.log.Info("ready")
	var work sync.WaitGroup
	work.Go(func() { k.refresh(ctx) })
	work.Go(func() { k.upkeep(ctx) })
	work.Wait()
	return nil
}

// upkeep does by the hour what no push waits for. While the database's clock is in
// doubt nothing is old.
func (k *keeper) upkeep(ctx context.Context) {
	for {
		trusted := k.clock(ctx)
		months, contacts, window := k.cfg.Ledger.Retention, k.cfg.Privacy.Retention, k.cfg.WeChat.TimestampWindow
		if !trusted {
			months, contacts, window = 0, 0, 0
		}
		counted, kept, forgotten, erased := k.merchants(ctx), k.ledger(ctx, months), k.signatures(ctx, window), k.contacts(ctx, contacts)
		next := upkeepEvery
		if !trusted || !counted || !kept || !forgotten || !erased {
			next = upkeepAgain
		}
		if !pause(ctx, next) {
			return
		}
	}
}

func (k *keeper) ledger(ctx context.Context, retention time.Duration) (ok bool) {
	u, err := k.st.KeepLedger(ctx, retention)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		k.failed.WithLabelValues(upkeepOfLedger).Inc()
		k.log.Error("ledger upkeep failed", zap.Error(err), zap.Int("months_left", u.MonthsLeft))
	default:
		k.log.Info("ledger upkeep", zap.Int("months_left", u.MonthsLeft), zap.Int("months_dropped", u.Dropped), zap.Int("months_indexed", u.Indexed))
	}
	return err == nil
}

// signatures deletes what plain pushes were bound by, once no server takes them any
// more; a window of 0 is for ever.
func (k *keeper) signatures(ctx context.Context, window time.Duration) (ok bool) {
	n, err := k.st.ForgetSignatures(ctx, window)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		k.failed.WithLabelValues(upkeepOfSignatures).Inc()
		k.log.Error("forgetting signatures failed", zap.Error(err), zap.Int64("signatures", n))
	case n > 0:
		k.log.Info("forgot signatures", zap.Int64("signatures", n))
	}
	return err == nil
}

// contacts erases who sent what to whom once it was kept long enough; 0 is for ever.
func (k *keeper) contacts(ctx context.Context, retention time.Duration) (ok bool) {
	n, err := k.st.EraseContacts(ctx, retention)
	k.erased.Add(float64(n))
	switch {
	case ctx.Err() != nil:
	case err != nil:
		k.failed.WithLabelValues(upkeepOfContacts).Inc()
		k.log.Error("erasing personal data failed", zap.Error(err), zap.Int64("bookings", n))
	default:
		k.log.Info("erased personal data", zap.Int64("bookings", n))
	}
	return err == nil
}

// merchants tells of those of whom any password is taken. Somebody wanted it so, or
// they are older than the question.
func (k *keeper) merchants(ctx context.Context) (ok bool) {
	n, err := k.st.MerchantsWithoutPassword(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		k.failed.WithLabelValues(upkeepOfMerchants).Inc()
		k.log.Error("counting merchants without a password failed", zap.Error(err))
	case n > 0:
		k.log.Warn("merchants without a password", zap.Int("merchants", n))
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
