package maintenance

import (
	"context"
	"time"

	"go.uber.org/zap"
)

const (
	beginLimit = 10 * time.Second // for one look at the database
	lockAfter  = time.Second      // then it is said who has something locked
)

// begin looks at what is assumed of the database, and reads the catalogue.
func (m *Maintenance) begin(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, beginLimit)
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		m.sayLock(ctx)
	}()
	defer func() { cancel(); <-looked }()
	for _, check := range []func(context.Context) error{m.Store.CheckSchema, m.Store.CheckRights, m.Express.RefreshCatalogue} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	short, err := m.Store.ShortTimeouts(ctx)
	if err == nil && len(short) > 0 {
		m.Log.Warn("short timeouts of the database", zap.Strings("settings", short))
	}
	return err
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
