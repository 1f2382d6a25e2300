package store

import (
	"context"
	"time"

	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5/pgconn"
)

// WithDial puts a network of the test's own under a store.
func WithDial(o Options, dial pgconn.DialFunc) Options {
	o.hooks.dial = dial
	return o
}

// WithSilence has connections let go when nothing was heard of one for d.
func WithSilence(o Options, d time.Duration) Options {
	o.hooks.silent = d
	return o
}

// WithClock puts a server's clock so far ahead of this machine's, which is the
// database's.
func WithClock(o Options, ahead time.Duration) Options {
	o.hooks.clock = func() time.Time { return time.Now().Add(ahead) }
	return o
}

// LeaseNumbers gets numbers of the carrier's own into memory, if none are there.
func (s *Store) LeaseNumbers(ctx context.Context) error { return s.numbers.Lease(ctx) }

// TakeNumber takes one of them away.
func (s *Store) TakeNumber() { s.numbers.Take() }

// Pool is the one of everything in the store.
func (s *Store) Pool() *pg.Pool { return s.pool }

// MonthOf is the name of the ledger's partition for a time.
func MonthOf(t time.Time) string { return ledgerMonths.partition(monthly.of(t)) }

// What the database's clock is compared with, and by which rule.
var DoubtOfClock = Clock.doubt

// ReadKnownSQL takes the time from which on rows are looked for first.
const ReadKnownSQL = readKnown

// Forget lets go of all connections.
func (s *Store) Forget() { s.pool.Reset() }

// WithPingAfter has connections pinged that were idle for d.
func WithPingAfter(o Options, d time.Duration) Options {
	o.hooks.pingAfter = d
	return o
}

// ErrGaveUp is the cause of a migration's context that ends at its limit.
var ErrGaveUp = errGaveUp

// MigrateWith is Migrate with another limit, pause after a lock timeout, and limit for a connection.
func MigrateWith(ctx context.Context, url string, say func(string, ...any), limit, pause, connect time.Duration) error {
	return migrate(ctx, url, say, patience{limit, pause, connect})
}

// VersionFault is what is said of a major version of Postgres.
func VersionFault(major int) error {
	return suitable{version: major, encoding: "UTF8", schema: "public"}.toWork()
}
