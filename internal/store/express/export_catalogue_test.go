package express

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"
)

// Catalogues are catalogues without a store.
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
