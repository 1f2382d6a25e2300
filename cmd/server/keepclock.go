package main

import (
	"context"
	"errors"

	"carrierhook/internal/store"

	"go.uber.org/zap"
)

// clock tells whether data may be dropped and erased by the database's clock. It says
// once a round that it may not, for all that would have been.
func (k *keeper) clock(ctx context.Context) (trusted bool) {
	c, err := k.st.CheckClock(ctx)
	switch {
	case ctx.Err() != nil || err == nil:
		return err == nil
	case errors.Is(err, store.ErrClockNotTrusted):
		k.log.Error("clock not trusted, nothing is erased", zap.Error(err),
			zap.Time("database", c.Database), zap.Float64("difference_seconds", c.Difference().Seconds()))
	default:
		k.log.Error("clock check failed, nothing is erased", zap.Error(err))
	}
	k.failed.WithLabelValues(upkeepOfClock).Inc()
	return false
}
