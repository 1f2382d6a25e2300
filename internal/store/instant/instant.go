// Package instant stores the orders of instant delivery: it decides the pushes and the
// status reports about them, keeps their history, and the shops with their sealed
// secrets.
//
// Orders are locked by (shop_id, order_id), in transactions that lock no waybill. What
// belongs to an order is written while it is locked. The package has no rule: package
// delivery decides between the load and the write.
package instant

import (
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/numbers"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"

	"github.com/jackc/pgx/v5"
)

// Options are what a Store shares with the rest of the server. All fields but Policy
// and Events must be set.
type Options struct {
	Pool    *pg.Pool
	Ledger  *pushlog.Log
	Events  *events.Writer // nil: none are written
	Numbers *numbers.Allocator
	Policy  *delivery.Policy                // nil: instant delivery is not offered
	Batches func(kind string) batch.Options // of one kind of request
	Clock   func() time.Time                // this machine's
}

// Store is safe for use by many goroutines.
type Store struct {
	Seals *Seals // nil: instant delivery is not offered

	pool     *pg.Pool
	ledger   *pushlog.Log
	events   *events.Writer
	numbers  *numbers.Allocator
	policy   *delivery.Policy // nil like Seals
	clock    func() time.Time
	pushes   *batch.Batcher[*pushJob]
	statuses *batch.Batcher[*statusJob]
}

// New makes a Store. Where instant delivery is not offered, orders that exist are shown
// and reported about, and pushes are refused.
func New(o Options) (*Store, error) {
	s := &Store{pool: o.Pool, ledger: o.Ledger, events: o.Events, numbers: o.Numbers, policy: o.Policy, clock: o.Clock}
	if o.Policy != nil {
		var err error
		if s.Seals, err = NewSeals(o.Policy.Keys); err != nil {
			return nil, err
		}
	}
	s.pushes = batch.New(o.Pool, o.Batches("instant_push"), func() batch.Transaction[*pushJob] {
		return &pushTransaction{store: s, Signatures: pushlog.Signatures[*pushJob]{Log: s.ledger}}
	})
	s.statuses = batch.New(o.Pool, o.Batches("instant_status"), func() batch.Transaction[*statusJob] { return &statusTransaction{store: s} })
	return s, nil
}

// Prepare queues what every push reads, for a new connection.
func Prepare(b *pgx.Batch) { (&pushTransaction{}).QueueLoad(b, nil) }
