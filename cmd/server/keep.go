package main

import (
	"context"
	"errors"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/handler"
	"carrierhook/internal/store"

	"go.uber.org/zap"
)

const (
	connectEvery = time.Second // until the database was reached once
	upkeepEvery  = time.Hour
	upkeepAgain  = 5 * time.Minute // after a round that failed
)

// keep waits for the database, says that the server is ready, and looks after
// the ledger until ctx ends. Its one error is a schema that the program cannot
// work with.
func keep(ctx context.Context, cfg config.Config, st *store.Store, health *handler.Health, log *zap.Logger) error {
	for {
		err := st.CheckSchema(ctx)
		if err == nil {
			break
		}
		if errors.Is(err, store.ErrSchemaBehind) {
			return err
		}
		log.Warn("waiting for the database", zap.Error(err))
		if !pause(ctx, connectEvery) {
			return nil
		}
	}
	health.Started()
	log.Info("ready")
	for {
		u, err := st.KeepLedger(ctx, cfg.Ledger.Retention)
		if ctx.Err() != nil {
			return nil
		}
		next := upkeepEvery
		if err != nil {
			log.Error("ledger upkeep failed", zap.Error(err), zap.Int("months_left", u.MonthsLeft))
			next = upkeepAgain
		} else {
			log.Info("ledger upkeep", zap.Int("months_left", u.MonthsLeft), zap.Int("months_dropped", u.Dropped))
		}
		if !pause(ctx, next) {
			return nil
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
