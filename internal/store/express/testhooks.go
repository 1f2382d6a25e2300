package express

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"
)

// What follows is for tests only: for those of internal/store, which are of several
// rooms.

// Catalogues are catalogues for the tests outside of the package.
type Catalogues struct{ *catalogues }

// NewCatalogues reads from behind pool.
func NewCatalogues(pool *pgxpool.Pool) Catalogues {
	return Catalogues{newCatalogues(&pg.Pool{Pool: pool})}
}

func (c Catalogues) Current() *waybill.Catalogue    { return c.current() }
func (c Catalogues) Load(ctx context.Context) error { return c.load(ctx) }

// ReadRoutes reads the routes and the version in one snapshot.
func ReadRoutes(ctx context.Context, pool *pgxpool.Pool) (version int64, routes []waybill.Route, err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer conn.Release()
	t, err := readTables(ctx, conn.Conn())
	return t.version, t.routes, err
}

// NumbersLeft is the gauge that loading sets.
func (c Catalogues) NumbersLeft() prometheus.Collector { return c.numbersLeft }

// UnboundCost is how many statements and allocations it costs a batch of pushes whose
// signatures cover their bodies that those of others are bound.
func UnboundCost(allocations func(runs int, f func()) float64) (statements int, allocated float64) {
	set := make([]*cancelJob, 256)
	for i := range set {
		set[i] = &cancelJob{decision: waybill.CancelDecision{Reason: waybill.Accepted}}
	}
	var b pgx.Batch
	var s pushlog.Signatures[*cancelJob] // part of the transaction
	allocated = allocations(10, func() {
		s.QueueSignatures(&b, set)
		s.QueueBindings(&b, s.Admit(set))
	})
	return b.Len(), allocated
}

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

// RunRegistrations decides a batch of registrations in one transaction, without trying
// again.
func (s *Store) RunRegistrations(ctx context.Context, set []waybill.Registration) ([]*waybill.RegistrationDecision, error) {
	jobs := make([]*registerJob, len(set))
	for i, r := range set {
		jobs[i] = newRegisterJob(r)
	}
	err := s.registers.Run(ctx, jobs, s.pool.LockTimeout)
	decisions := make([]*waybill.RegistrationDecision, len(set))
	for i, job := range jobs {
		if job.Decided {
			decisions[i] = &job.decision
		}
	}
	return decisions, err
}

// EraseContactsSQL takes the oldest time to keep and the size of a chunk.
const EraseContactsSQL = eraseContacts
