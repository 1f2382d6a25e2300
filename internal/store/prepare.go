package store

import (
	"time"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// prepare queues what most pushes ask, about nothing, for a new connection.
func (s *Store) prepare(b *pgx.Batch, limits pg.Timeouts) {
	b.Queue(batch.SetLimits, limits[:]...)
	(&cancelTransaction{store: s}).QueueLoad(b, nil)
	b.Queue(cancelWaybills, []string{}, []string{}, [][]byte{}, time.Time{})
	sql, args := InsertRows(&time.Time{}, nil)
	b.Queue(sql, args...)
	(&bookTransaction{store: s}).QueueLoad(b, nil)
	(&accountTransaction{store: s}).QueueLoad(b, nil)
	(&deliverTransaction{store: s}).QueueLoad(b, nil)
	b.Queue(readBindings, []*pgtype.UUID{})
	b.Queue(insertBindings, []*pgtype.UUID{}, []*pgtype.UUID{})
}
