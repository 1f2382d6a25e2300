package maintenance

import (
	"context"
	"time"

	"go.uber.org/zap"
)

const (
	checkLimit = 30 * time.Second // for each look at the database, which may be far away
	lockAfter  = time.Second      // then it is said who has something locked
)

// begin looks at what is assumed of the database, and reads the catalogue.
func (m *Maintenance) begin(ctx context.Context) error {
	for _, check := range []func(context.Context) error{m.Store.CheckSchema, m.Store.CheckRights, m.Express.RefreshCatalogue} {
		if err := m.check(ctx, check); err != nil {
			return err
		}
	}
	short, err := m.Store.ShortTimeouts(ctx)
	if err == nil && len(short) > 0 {
		m.Log.Warn("short timeouts of the database", zap.Strings("settings", short))
	}
	return err
}

// check looks at one thing.
func (m *Maintenance) check(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	said := make(chan struct{})
	go func() {
		defer close(said)
		m.sayLock(ctx)
	}()
	defer func() { cancel(); <-said }()
	return do(ctx)
}

// sayLock says who has a table locked that the look at the database waits for.
func (m *Maintenance) sayLock(ctx context.Context) {
	if !pause(ctx, lockAfter) {
		return
	}
	if wait, err := m.Store.LockWait(ctx); err == nil && wait != "" {
		m.Log.Warn("waiting for a lock", zap.String("of", wait))
	}
}
