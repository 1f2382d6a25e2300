package store

import (
	"context"

	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"
)

// DoubtfulBook is a booking whose last commit was in doubt.
type DoubtfulBook struct {
	store *Store
	job   *bookJob
}

func (s *Store) DoubtfulBook(r waybill.BookingRequest) DoubtfulBook {
	j := newBookJob(r)
	j.InDoubt = true
	return DoubtfulBook{s, j}
}

// Run tries it once, behind others in a batch, and tells whether all were decided.
func (d DoubtfulBook) Run(ctx context.Context, others ...waybill.BookingRequest) (decided bool, err error) {
	var set []*bookJob
	for _, r := range others {
		set = append(set, newBookJob(r))
	}
	set = append(set, d.job)
	decided = true
	if err = d.store.books.Run(ctx, set, d.store.pool.LockTimeout); err == nil {
		for _, j := range set {
			decided = decided && j.Decided
		}
	}
	return err == nil && decided, err
}

// Deadlocked tells whether Postgres ended one of several who waited for each other.
func Deadlock(err error) bool { return pg.Deadlock(err) }
