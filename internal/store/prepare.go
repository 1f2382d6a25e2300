package store

import (
	"time"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"

	"github.com/jackc/pgx/v5"
)

// prepare queues what most pushes ask, about nothing, for a new connection.
func (s *Store) prepare(b *pgx.Batch, limits pg.Timeouts) {
	b.Queue(batch.SetLimits, limits[:]...)
	(&cancelTransaction{store: s}).QueueLoad(b, nil)
	b.Queue(cancelWaybills, []string{}, []string{}, [][]byte{}, time.Time{})
	(&bookTransaction{store: s}).QueueLoad(b, nil)
	(&accountTransaction{store: s}).QueueLoad(b, nil)
	instant.Prepare(b)
	pushlog.Prepare(b)
}
