package events

import (
	"context"
	"errors"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Stored is an event as it was written.
type Stored struct {
	Position int64
	At       time.Time
	Kind     event.Kind
	Parcel   string
	ID       event.ID
	Body     []byte // as it is sent
}

// Deliveries keeps what became of each event at each endpoint. It is safe for use by many
// goroutines, and leaves the connections of the pool to pushes where they want them.
type Deliveries struct {
	pool *pg.Pool
	use  pg.Semaphore
}

const (
	// maxConnections is how many connections all deliveries of a server may use.
	maxConnections = 2

	// maxYield limits how long they wait while all connections are in use, so that no
	// lease ends because of pushes.
	maxYield = 100 * time.Millisecond

	deliveryTimeout = 5 * time.Second
)

// NewDeliveries makes Deliveries.
func NewDeliveries(pool *pg.Pool) *Deliveries {
	return &Deliveries{pool: pool, use: pg.NewSemaphore(maxConnections)}
}

// with does something on a connection. It is not tried again: who delivers has its own
// pauses.
func (d *Deliveries) with(ctx context.Context, do func(context.Context, *pgxpool.Conn) error) error {
	done, err := d.use.Acquire(ctx)
	if err != nil {
		return err
	}
	defer done()
	d.pool.Yield(ctx, maxYield)
	ctx, cancel := context.WithTimeout(ctx, deliveryTimeout)
	defer cancel()
	return d.pool.Once(ctx, do)
}

// change changes by hand what is kept of an endpoint, in a transaction that has its row:
// a checkpoint comes before it or after it.
func (d *Deliveries) change(ctx context.Context, name string, do func(ctx context.Context, tx pgx.Tx, position int64) error) error {
	return d.with(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			var position int64
			err := tx.QueryRow(ctx, `SELECT position FROM event_endpoint WHERE name = $1 FOR UPDATE`, name).Scan(&position)
			if errors.Is(err, pgx.ErrNoRows) {
				return event.ErrNoEndpoint
			}
			if err != nil {
				return err
			}
			return do(ctx, tx, position)
		})
	})
}
