package main

import (
	"context"
	"errors"

	"carrierhook/internal/store"

	"go.uber.org/zap"
)

// clock tells whether data may be dropped and erased by the database's clock. It logs
// once a round that it may not.
func (m *maintenance) clock(ctx context.Context) (trusted bool) {
	c, err := m.st.CheckClock(ctx)
	switch {
	case ctx.Err() != nil || err == nil:
		return err == nil
	case errors.Is(err, store.ErrClockNotTrusted):
		m.log.Error("clock not trusted, nothing is erased", zap.Error(err),
			zap.Time("database", c.Database), zap.Float64("difference_seconds", c.Difference().Seconds()))
	default:
		m.log.Error("clock check failed, nothing is erased", zap.Error(err))
	}
	m.failed.WithLabelValues(maintenanceOfClock).Inc()
	return false
}
