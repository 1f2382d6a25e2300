package main

import (
	"context"
	"errors"
	"fmt"

	"carrierhook/internal/config"
	"carrierhook/internal/localpg"

	"go.uber.org/zap"
)

// database is the Postgres that a command works on: one that somebody runs, or
// the embedded default.
type database struct {
	url      string
	embedded *localpg.Server // nil for one that somebody runs
}

// openDatabase opens the database of a server. An embedded one is its own.
func openDatabase(ctx context.Context, cfg config.Config, log func(string, ...any)) (*database, error) {
	if cfg.Database.Dir == "" {
		return &database{url: cfg.Database.URL.Value()}, nil
	}
	pg, err := localpg.Start(ctx, cfg.Database.Dir, localpg.Options{Log: log})
	if err != nil {
		return nil, fmt.Errorf("embedded database: %w", err)
	}
	return &database{url: pg.URL(localpg.Database), embedded: pg}, nil
}

// openBeside opens the database of a tool, which works beside a running server: an
// embedded one that no server runs is started for as long as the tool does.
func openBeside(ctx context.Context, cfg config.Config, log func(string, ...any)) (*database, error) {
	db, err := openDatabase(ctx, cfg, log)
	if errors.Is(err, localpg.ErrInUse) {
		url, err := localpg.URL(cfg.Database.Dir, localpg.Database)
		return &database{url: url}, err
	}
	return db, err
}

// done is closed when an embedded Postgres has ended.
func (d *database) done() <-chan struct{} {
	if d.embedded == nil {
		return nil
	}
	return d.embedded.Done()
}

// err says why.
func (d *database) err() error {
	if err := d.embedded.Err(); err != nil {
		return fmt.Errorf("embedded database: %w", err)
	}
	return fmt.Errorf("embedded database: it was stopped")
}

func (d *database) close(log *zap.Logger) {
	if d.embedded == nil {
		return
	}
	if err := d.embedded.Stop(); err != nil {
		log.Error("embedded database did not stop cleanly", zap.Error(err))
	}
}
