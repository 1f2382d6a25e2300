// Package express keeps waybills, merchants and what is reported of parcels: it says what
// is loaded before a rule of package waybill decides, and what is written after it.
//
// It knows nothing of HTTP, of WeChat's packets and of instant delivery, but for the
// numbers of its attempts, which no waybill may have.
package express

import (
	"time"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/numbers"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/prometheus/client_golang/prometheus"
)

// Options are what a Store shares with the rest of the server. All fields but Matches
// and Events must be set.
type Options struct {
	Pool    *pg.Pool
	Ledger  *pushlog.Log
	Events  *events.Writer // nil: none are written
	Numbers *numbers.Allocator
	Policy  waybill.Policy
	Batches func(kind string) batch.Options // of one kind of request
	Clock   func() time.Time                // this machine's

	Matches func(hash, pwd string) bool // the slow comparison of passwords; nil: bcrypt's
}

// Store is safe for use by many goroutines.
type Store struct {
	pool            *pg.Pool
	ledger          *pushlog.Log
	events          *events.Writer
	numbers         *numbers.Allocator
	policy          waybill.Policy
	clock           func() time.Time
	passwords       *passwords
	catalogues      *catalogues
	contracts       pg.Semaphore // limits PutMerchant and DecideReview
	counts          passwordCounters
	withoutPassword prometheus.Gauge

	cancels   *batch.Batcher[*cancelJob]
	books     *batch.Batcher[*bookJob]
	accounts  *batch.Batcher[*accountJob]
	scans     *batch.Batcher[*scanJob]
	charges   *batch.Batcher[*chargeJob]
	registers *batch.Batcher[*registerJob]
}

// New makes a Store.
func New(o Options) *Store {
	s := &Store{
		pool: o.Pool, ledger: o.Ledger, events: o.Events, numbers: o.Numbers, policy: o.Policy, clock: o.Clock,
		catalogues:      newCatalogues(o.Pool),
		contracts:       pg.NewSemaphore(maxContracts),
		counts:          newPasswordCounters(),
		withoutPassword: newWithoutPassword(),
	}
	s.passwords = newPasswords(s.counts, o.Matches)
	s.cancels = batch.New(o.Pool, o.Batches("cancel"), func() batch.Transaction[*cancelJob] {
		return &cancelTransaction{store: s, Signatures: pushlog.Signatures[*cancelJob]{Log: s.ledger}}
	})
	s.books = batch.New(o.Pool, o.Batches("book"), func() batch.Transaction[*bookJob] {
		return &bookTransaction{store: s, Signatures: pushlog.Signatures[*bookJob]{Log: s.ledger}}
	})
	s.accounts = batch.New(o.Pool, o.Batches("account"), func() batch.Transaction[*accountJob] {
		return &accountTransaction{store: s, Signatures: pushlog.Signatures[*accountJob]{Log: s.ledger}}
	})
	s.scans = batch.New(o.Pool, o.Batches("scan"), func() batch.Transaction[*scanJob] { return &scanTransaction{store: s} })
	s.charges = batch.New(o.Pool, o.Batches("charge"), func() batch.Transaction[*chargeJob] { return &chargeTransaction{store: s} })
	s.registers = batch.New(o.Pool, o.Batches("register"), func() batch.Transaction[*registerJob] { return &registerTransaction{store: s} })
	return s
}

// Prepare queues what most pushes read and write, for a new connection.
func Prepare(b *pgx.Batch) {
	new(cancelTransaction).QueueLoad(b, nil)
	b.Queue(cancelWaybills, []*pgtype.TID{}, [][]byte{}, time.Time{})
	new(bookTransaction).QueueLoad(b, nil)
	new(accountTransaction).QueueLoad(b, nil)
}
