package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// What the tests of this package reach inside for.
var (
	Transient    = pg.Transient
	HashPassword = hashPassword
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

// RunCancels decides a batch of cancels in one transaction, without trying again. A
// decision is nil where a password has to be compared first.
func (s *Store) RunCancels(ctx context.Context, set []waybill.CancelRequest) ([]*waybill.CancelDecision, error) {
	jobs := make([]*cancelJob, len(set))
	for i, r := range set {
		jobs[i] = newCancelJob(r)
	}
	err := s.cancels.Run(ctx, jobs, s.pool.LockTimeout)
	decisions := make([]*waybill.CancelDecision, len(set))
	for i, job := range jobs {
		if job.Decided {
			decisions[i] = &job.decision
		}
	}
	return decisions, err
}

// RunBookings is RunCancels for bookings.
func (s *Store) RunBookings(ctx context.Context, set []waybill.BookingRequest) ([]*waybill.BookingDecision, error) {
	jobs := make([]*bookJob, len(set))
	for i, r := range set {
		jobs[i] = newBookJob(r)
	}
	err := s.books.Run(ctx, jobs, s.pool.LockTimeout)
	decisions := make([]*waybill.BookingDecision, len(set))
	for i, job := range jobs {
		if job.Decided {
			decisions[i] = &job.decision
		}
	}
	return decisions, err
}

// LeaseNumbers gets numbers of the carrier's own into memory, if none are there.
func (s *Store) LeaseNumbers(ctx context.Context) error { return s.numbers.Lease(ctx) }

// TakeNumber takes one of them away.
func (s *Store) TakeNumber() { s.numbers.Take() }

// PushStatements are all statements that batches of so many pushes and reports run,
// by what they are part of: each changes what it can.
func (s *Store) PushStatements(size int) map[string]*pgx.QueuedQuery {
	cancel := &cancelTransaction{store: s, waybills: map[waybillKey]*loadedWaybill{}}
	book, account := &bookTransaction{store: s}, &accountTransaction{store: s}
	var cancels []*cancelJob
	var books []*bookJob
	var accounts []*accountJob
	for i := range size {
		n := strconv.Itoa(i)
		c := newCancelJob(waybill.CancelRequest{BizID: "M" + n, WaybillID: "W" + n, OrderID: "O" + n})
		c.decision = waybill.CancelDecision{Reason: waybill.Accepted}
		cancel.waybills[c.key()] = &loadedWaybill{Waybill: waybill.Waybill{FromQuota: true}}
		b := newBookJob(waybill.BookingRequest{BizID: "M" + n, OrderID: "P" + n, WaybillID: "X" + n})
		b.decision = waybill.BookingDecision{Reason: waybill.Accepted, WaybillID: "X" + n, FromQuota: true}
		a := &accountJob{req: waybill.AccountRequest{BizID: "M" + n}}
		cancels, books, accounts = append(cancels, c), append(books, b), append(accounts, a)
	}
	reportReads, reportWrites := s.reportStatements(size)
	pushReads, pushWrites := s.Instant.PushStatements(size)
	touches := func(b *pgx.Batch) {
		var keys, orders []batch.RowKey
		for i := range size {
			n := strconv.Itoa(i + 1)
			keys, orders = append(keys, batch.RowKey{"M" + n, "W" + n}), append(orders, batch.RowKey{"S" + n, "D" + n})
		}
		batch.QueueTouch(b, touchWaybills, keys, func(k batch.RowKey) batch.RowKey { return k })
		batch.QueueTouch(b, instant.TouchSQL, orders, func(k batch.RowKey) batch.RowKey { return k })
	}
	record, args := pushlog.InsertRows(nil, []pushlog.Row{{Reason: ledger.Ignored}})
	all := map[string]*pgx.QueuedQuery{"record": {SQL: record, Arguments: args}}
	for name, queue := range map[string][]func(*pgx.Batch){
		"cancel":       {func(b *pgx.Batch) { cancel.QueueLoad(b, cancels) }, func(b *pgx.Batch) { cancel.QueueWrite(b, cancels) }},
		"book":         {func(b *pgx.Batch) { book.QueueLoad(b, books) }, func(b *pgx.Batch) { book.QueueWrite(b, books) }},
		"account":      {func(b *pgx.Batch) { account.QueueLoad(b, accounts) }, func(b *pgx.Batch) { account.QueueWrite(b, accounts) }},
		"report":       {reportReads, reportWrites},
		"instant push": {pushReads, pushWrites},
		"touch":        {touches},
		"binding":      {bindingStatements(size)},
	} {
		var b pgx.Batch
		for _, q := range queue {
			q(&b)
		}
		for i, q := range b.QueuedQueries {
			all[fmt.Sprintf("%s's statement %d", name, i+1)] = q
		}
	}
	return all
}

// Retries is how often something was tried again.
func (s *Store) Retries() float64 {
	r := prometheus.NewRegistry()
	r.MustRegister(s.pool.Retries)
	families, err := r.Gather()
	if err != nil {
		panic(err)
	}
	return families[0].GetMetric()[0].GetCounter().GetValue()
}

// Isolated is how many merchants' requests are isolated.
func (s *Store) Isolated() int {
	return s.cancels.Isolated() + s.books.Isolated() + s.accounts.Isolated() + s.scans.Isolated() + s.Instant.Isolated()
}

// TakeConns takes connections out of the pool.
func (s *Store) TakeConns(ctx context.Context, n int) (release func(), err error) {
	var taken []*pgxpool.Conn
	release = func() {
		for _, c := range taken {
			c.Release()
		}
	}
	for range n {
		c, err := s.pool.Acquire(ctx)
		if err != nil {
			release()
			return nil, err
		}
		taken = append(taken, c)
	}
	return release, nil
}

// MonthOf is the name of the ledger's partition for a time.
func MonthOf(t time.Time) string { return ledgerMonths.partition(monthOf(t)) }

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
