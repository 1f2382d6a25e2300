package store

import (
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"

	"github.com/jackc/pgx/v5"
)

// prepare queues what most pushes read and write, about nothing, for a new connection.
func (s *Store) prepare(b *pgx.Batch, limits pg.Timeouts) {
	b.Queue(batch.SetLimits, limits[:]...)
	express.Prepare(b)
	instant.Prepare(b)
	pushlog.Prepare(b)
	s.Events.Prepare(b)
}
