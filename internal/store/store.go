// Package store keeps the carrier's state in Postgres. It is the only package
// with SQL, and it owns the transactions: it locks, lets the domain's rule
// decide, writes, and commits.
//
// It knows nothing of HTTP and of WeChat's packets; the numbers that WeChat is
// told come in as a function and are only noted.
//
// Locks are taken in one order everywhere: waybills by (biz_id, waybill_id),
// byte by byte, then quotas by biz_id, then the rest, and signatures of plain pushes
// last. Merchants are locked by who changes them only, each before its quota.
//
// Orders of instant delivery are locked by (shop_id, order_id) in transactions of
// their own, never together with waybills. Whatever hangs on an order is written by
// who has its lock.
package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Options say how the store reaches Postgres and by which policy it decides.
// All fields but QueryMode and Delivery must be set.
type Options struct {
	URL              string
	MaxConns         int
	QueryMode        string        // of pgx, by its own names; empty: cache_statement
	LockTimeout      time.Duration // for a lock on a table or a quota, at the most; waybills are not waited for
	StatementTimeout time.Duration // below the push's deadline
	ConnectTimeout   time.Duration // for one try to connect
	BatchWorkers     int           // transactions of one kind of push or report under way at a time
	BatchSize        int           // the most pushes or reports that share one
	Lease            int           // the carrier's own waybill numbers that are fetched at a time
	Policy           waybill.Policy

	// Delivery is the policy of instant delivery; nil: it is not offered. Its keys
	// seal the shops' secrets too.
	Delivery *delivery.Policy

	// ResultCode gives the number that WeChat is told about an event for a reason
	// of the rules, for the ledger.
	ResultCode func(event, reason string) int

	// dial replaces the network in tests that cut connections.
	dial pgconn.DialFunc

	// matches replaces the slow comparison in tests.
	matches func(hash, pwd string) bool

	// silence replaces silentFor in tests.
	silence time.Duration

	// clock replaces this machine's in tests.
	clock func() time.Time
}

// Store is safe for use by many goroutines.
type Store struct {
	pool       *pgxpool.Pool
	probe      probe
	policy     waybill.Policy
	delivery   *delivery.Policy // nil: not offered
	seals      *seals           // nil likewise
	code       func(event, reason string) int
	lock       time.Duration // how long a try may wait for one, at the most
	statement  time.Duration // how long one may run, likewise
	passwords  *passwords
	catalogues *catalogues
	numbers    *numbers
	metrics    metrics
	silence    time.Duration    // how long nothing is heard of a connection that is let go
	clock      func() time.Time // this machine's
	reads      semaphore        // for questions about the record
	slowReads  semaphore        // for those of them that may take long
	contracts  semaphore        // for merchants' contracts
	cancels    *batcher[*cancelJob]
	books      *batcher[*bookJob]
	accounts   *batcher[*accountJob]
	scans      *batcher[*scanJob]
	charges    *batcher[*chargeJob]
	registers  *batcher[*registerJob]
	delivers   *batcher[*deliverJob]
	advances   *batcher[*advanceJob]
}

// Open prepares a store. It does not connect: a server may start before its
// database does.
func Open(ctx context.Context, o Options) (*Store, error) {
	cfg, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, parseError(err)
	}
	var keys *seals
	if o.Delivery != nil {
		if keys, err = newSeals(o.Delivery.Keys); err != nil {
			return nil, err
		}
	}
	if cfg.ConnConfig.DefaultQueryExecMode, err = queryMode(o.QueryMode); err != nil {
		return nil, err
	}
	cfg.MaxConns = int32(o.MaxConns)
	cfg.ConnConfig.ConnectTimeout = o.ConnectTimeout
	cfg.ConnConfig.DialFunc = dial
	// What is read as text must not depend on the server's taste.
	cfg.ConnConfig.RuntimeParams["datestyle"] = "ISO"
	if o.dial != nil {
		cfg.ConnConfig.DialFunc = o.dial
	}
	if _, named := cfg.ConnConfig.RuntimeParams["application_name"]; !named {
		cfg.ConnConfig.RuntimeParams["application_name"] = "carrierhook"
	}
	s := &Store{
		policy:    o.Policy,
		delivery:  o.Delivery,
		seals:     keys,
		code:      o.ResultCode,
		metrics:   newMetrics(),
		lock:      o.LockTimeout,
		statement: o.StatementTimeout,
		silence:   cmp.Or(o.silence, silentFor),
		clock:     o.clock,
		reads:     newSemaphore(max(2, o.MaxConns/readShare)),
		slowReads: newSemaphore(o.MaxConns / slowReadShare),
		contracts: newSemaphore(maxContracts),
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	s.passwords = newPasswords(s.metrics.passwords, o.matches)
	s.catalogues, s.numbers = newCatalogues(s), newNumbers(s, o.Lease)
	s.watchConnections(cfg)
	if s.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, fmt.Errorf("open pool: %w", err)
	}
	s.cancels = newBatcher(s, o, "cancel", func() transaction[*cancelJob] { return &cancelTransaction{store: s} })
	s.books = newBatcher(s, o, "book", func() transaction[*bookJob] { return &bookTransaction{store: s} })
	s.accounts = newBatcher(s, o, "account", func() transaction[*accountJob] { return &accountTransaction{store: s} })
	s.scans = newBatcher(s, o, "scan", func() transaction[*scanJob] { return &scanTransaction{store: s} })
	s.charges = newBatcher(s, o, "charge", func() transaction[*chargeJob] { return &chargeTransaction{store: s} })
	s.registers = newBatcher(s, o, "register", func() transaction[*registerJob] { return &registerTransaction{store: s} })
	s.delivers = newBatcher(s, o, "instant_push", func() transaction[*deliverJob] { return &deliverTransaction{store: s} })
	s.advances = newBatcher(s, o, "instant_status", func() transaction[*advanceJob] { return &advanceTransaction{store: s} })
	return s, nil
}

// Close waits for what is under way and closes the connections.
func (s *Store) Close() {
	s.probe.close()
	s.pool.Close()
}

// parseError tells of a bad URL without showing it: it may hold a password.
func parseError(error) error {
	return errors.New("database.url cannot be read: it should look like postgres://user:password@host:5432/name")
}

func queryMode(name string) (pgx.QueryExecMode, error) {
	modes := map[string]pgx.QueryExecMode{
		"":                pgx.QueryExecModeCacheStatement,
		"cache_statement": pgx.QueryExecModeCacheStatement,
		"cache_describe":  pgx.QueryExecModeCacheDescribe,
		"describe_exec":   pgx.QueryExecModeDescribeExec,
		"exec":            pgx.QueryExecModeExec,
		"simple_protocol": pgx.QueryExecModeSimpleProtocol,
	}
	m, ok := modes[name]
	if !ok {
		return 0, fmt.Errorf("database.query_mode %q is not one of pgx's", name)
	}
	return m, nil
}

func millis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
