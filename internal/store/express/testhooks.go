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
