package express

import (
	"context"
	"fmt"
	"sync/atomic"

	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// catalogues keeps what the carrier offers in memory, so that no push reads it.
// What was read last stays in use until a newer one was read whole.
type catalogues struct {
	flight pg.Flight
	last   atomic.Pointer[readCatalogue]

	// numbersLeft is looked at on the way.
	numbersLeft prometheus.Gauge
}

type readCatalogue struct {
	version   int64
	catalogue *waybill.Catalogue
}

func newCatalogues(pool *pg.Pool) *catalogues {
	return &catalogues{
		flight: pg.Flight{Pool: pool},
		numbersLeft: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "carrierhook_remaining_waybill_numbers",
			Help: "Waybill numbers of the carrier's own ranges that no server has reserved yet.",
		}),
	}
}

// current is nil until the catalogue was read once.
func (c *catalogues) current() *waybill.Catalogue {
	if last := c.last.Load(); last != nil {
		return last.catalogue
	}
	return nil
}

// RefreshCatalogue reads what the carrier offers if it was never read or has
// changed. While that fails, what was read before stays in use.
func (s *Store) RefreshCatalogue(ctx context.Context) error { return s.catalogues.load(ctx) }

// Every import of services, areas, routes or ranges raises the version.
const catalogueVersion = `SELECT c.version, (SELECT coalesce(sum(n.last - n.next + 1), 0)::float8 FROM number_range n WHERE NOT n.wechats)
	FROM catalogue c`

// load reads the catalogue if it was never read or its version is another one
// than then. An older one too: the database may have been restored.
func (c *catalogues) load(ctx context.Context) error {
	err := c.flight.Do(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		var version int64
		var left float64
		if err := conn.QueryRow(ctx, catalogueVersion).Scan(&version, &left); err != nil {
			return fmt.Errorf("look at the version: %w", err)
		}
		c.numbersLeft.Set(left)
		if last := c.last.Load(); last != nil && last.version == version {
			return nil
		}
		t, err := readTables(ctx, conn.Conn())
		if err != nil {
			return err
		}
		c.last.Store(&readCatalogue{t.version, waybill.NewCatalogue(t.services, t.areas, t.routes, t.ranges)})
		return nil
	})
	if err != nil {
		return fmt.Errorf("load the catalogue: %w", err)
	}
	return nil
}

// catalogueTables is what the tables of one version say.
type catalogueTables struct {
	version  int64
	services []waybill.Service
	areas    []waybill.Area
	routes   []waybill.Route
	ranges   []waybill.NumberRange
}

// readTables reads them in one snapshot, so that they belong together.
func readTables(ctx context.Context, conn *pgx.Conn) (t catalogueTables, err error) {
	o := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, conn, o, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT version FROM catalogue`).Scan(&t.version); err != nil {
			return fmt.Errorf("read the version: %w", err)
		}
		if t.services, err = readTable[waybill.Service](ctx, tx, `SELECT service_type, service_name, code, max_grams, max_side_mm,
				max_pieces, max_insured_fen FROM service ORDER BY service_type, service_name`); err != nil {
			return err
		}
		if t.areas, err = readTable[waybill.Area](ctx, tx, `SELECT province, city, area, collects, delivers
				FROM area ORDER BY province, city, area`); err != nil {
			return err
		}
		lines, err := readTable[routeLine](ctx, tx, `SELECT province, city, area, key, value
				FROM route ORDER BY province, city, area, position`)
		if err != nil {
			return err
		}
		t.routes = routesOf(lines)
		t.ranges, err = readTable[waybill.NumberRange](ctx, tx, `SELECT name, prefix, width, check_digit, first, last, wechats
				FROM number_range ORDER BY name`)
		return err
	})
	return t, err
}

// readTable reads rows into the fields of T, in their order.
func readTable[T any](ctx context.Context, tx pgx.Tx, sql string) ([]T, error) {
	rows, _ := tx.Query(ctx, sql) // the error comes out of CollectRows
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[T])
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	return list, nil
}

// routeLine is one pair of a place's label.
type routeLine struct {
	waybill.Location
	waybill.Label
}

// routesOf gathers what the table has one row a label for. The rows come in the
// order of places and positions.
func routesOf(lines []routeLine) (routes []waybill.Route) {
	for _, l := range lines {
		if n := len(routes); n == 0 || routes[n-1].Location != l.Location {
			routes = append(routes, waybill.Route{Location: l.Location})
		}
		r := &routes[len(routes)-1]
		r.Labels = append(r.Labels, l.Label)
	}
	return routes
}
