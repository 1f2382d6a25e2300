// Package store opens the carrier's state in Postgres. What is loaded before a rule
// decides and written after it is in store/express and store/instant; what they share is
// in store/pushlog, store/numbers, store/batch and store/pg. Here is what concerns all
// tables: the schema, imports, and maintenance with the clock by which it erases.
//
// It knows nothing of HTTP and of WeChat's packets; the result codes of answers come in
// as a function and are only stored.
//
// Locks are taken in one order everywhere: waybills by (biz_id, waybill_id),
// byte by byte, then quotas by biz_id, then the rest, and signatures of plain pushes
// last. Merchants are locked only by what changes them, each before its quota.
//
// Orders of instant delivery are locked by (shop_id, order_id) in transactions of
// their own, never together with waybills. What belongs to an order is written
// under its lock.
package store

import (
	"context"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/events"
	"carrierhook/internal/store/express"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/numbers"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/store/wechattoken"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5/pgconn"
)

// Options say how the store reaches Postgres and by which policy it decides.
// All fields but QueryMode, Delivery and Say must be set.
type Options struct {
	URL              string
	MaxConns         int
	QueryMode        string        // of pgx, by its own names; empty: cache_statement
	LockTimeout      time.Duration // maximum for a lock on a table or a quota; waybills are not waited for
	StatementTimeout time.Duration // below the push's deadline
	ConnectTimeout   time.Duration // for one try to connect
	BatchWorkers     int           // transactions of one kind of push or report under way at a time
	BatchSize        int           // maximum number of pushes or reports that share one
	Lease            int           // the carrier's own waybill numbers that are fetched at a time
	Policy           waybill.Policy

	// Delivery is the policy of instant delivery; nil: it is not offered. Its keys
	// seal the shops' secrets too.
	Delivery *delivery.Policy

	// ResultCode gives the number that WeChat is told about an event for a reason
	// of the rules, for the ledger.
	ResultCode func(event, reason string) int

	// Say gets what a person should know while an import waits.
	Say func(format string, args ...any)

	Events events.WriterOptions // which are written

	hooks hooks
}

// hooks are what tests replace.
type hooks struct {
	dial      pgconn.DialFunc  // the network
	silent    time.Duration    // pg.Options.SilentAfter
	pingAfter time.Duration    // pg.Options.PingAfter
	clock     func() time.Time // this machine's
}

// Store is safe for use by many goroutines.
type Store struct {
	Express *express.Store
	Instant *instant.Store
	Pushes  *pushlog.Log
	Events  *events.Writer
	Horizon *events.Horizon // of the events; somebody who reads them runs it

	Deliveries *events.Deliveries
	Feed       *events.Feed
	Tokens     *wechattoken.Store // for calls to WeChat

	pool    *pg.Pool
	numbers *numbers.Allocator
	metrics metrics
	clock   func() time.Time // this machine's
	say     func(format string, args ...any)
}

// Open prepares a store. It does not connect: a server may start before its
// database does.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{
		metrics: newMetrics(),
		clock:   o.hooks.clock,
		say:     o.Say,
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	var err error
	o.Events.Written = func() { s.Horizon.Nudge() }
	s.Events = events.NewWriter(o.Events)
	s.pool, err = pg.Open(ctx, pg.Options{
		URL: o.URL, MaxConns: o.MaxConns, QueryMode: o.QueryMode,
		LockTimeout: o.LockTimeout, StatementTimeout: o.StatementTimeout, ConnectTimeout: o.ConnectTimeout,
		Prepare: s.prepare, Conflict: s.conflict,
		Dial: o.hooks.dial, SilentAfter: o.hooks.silent, PingAfter: o.hooks.pingAfter,
	})
	if err != nil {
		return nil, err
	}
	s.Horizon = events.NewHorizon(s.pool)
	s.Feed = events.NewFeed(s.pool, s.Horizon)
	s.Deliveries = events.NewDeliveries(s.pool)
	s.Tokens = wechattoken.New(s.pool)
	s.Pushes = pushlog.New(s.pool, o.ResultCode)
	s.numbers = numbers.New(s.pool, o.Lease, s.Events)
	batches := func(kind string) batch.Options {
		return batch.Options{
			Kind: kind, Workers: o.BatchWorkers, Max: o.BatchSize, Metrics: s.metrics.batches,
			Overloaded: waybill.ErrOverloaded, OutcomeUnknown: ledger.ErrOutcomeUnknown,
		}
	}
	s.Express = express.New(express.Options{
		Pool: s.pool, Ledger: s.Pushes, Events: s.Events, Numbers: s.numbers, Policy: o.Policy, Batches: batches, Clock: s.clock,
	})
	s.Instant, err = instant.New(instant.Options{Pool: s.pool, Ledger: s.Pushes, Events: s.Events, Numbers: s.numbers, Policy: o.Delivery, Batches: batches, Clock: s.clock})
	if err != nil {
		s.pool.Close()
		return nil, err
	}
	return s, nil
}

// Close waits for what is under way and closes the connections.
func (s *Store) Close() { s.pool.Close() }

// Transient tells of an error that the same may succeed later: the database is away or
// busy, or another transaction was in the way. Of others nobody knows.
func Transient(err error) bool { return pg.Transient(err) || pg.Busy(err) }

// BeginEventEpoch begins a new history of events, by hand: see events.NewEpoch.
func (s *Store) BeginEventEpoch(ctx context.Context) error { return events.NewEpoch(ctx, s.pool) }

// Ping tells whether the database answers and takes writes.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }
