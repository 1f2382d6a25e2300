package express

import (
	"context"
	"crypto/md5"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"
)

// What follows is for tests only: for those of internal/store, which are of several
// rooms.

// Statements are all statements that batches of so many pushes and reports run, by
// what they are part of: each changes what it can.
func (s *Store) Statements(size int) map[string]*pgx.QueuedQuery {
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
	touches := func(b *pgx.Batch) {
		var keys []batch.RowKey
		for i := range size {
			n := strconv.Itoa(i + 1)
			keys = append(keys, batch.RowKey{"M" + n, "W" + n})
		}
		batch.QueueTouch(b, touchWaybills, keys, func(k batch.RowKey) batch.RowKey { return k })
	}
	all := map[string]*pgx.QueuedQuery{}
	for name, queue := range map[string][]func(*pgx.Batch){
		"cancel":  {func(b *pgx.Batch) { cancel.QueueLoad(b, cancels) }, func(b *pgx.Batch) { cancel.QueueWrite(b, cancels) }},
		"book":    {func(b *pgx.Batch) { book.QueueLoad(b, books) }, func(b *pgx.Batch) { book.QueueWrite(b, books) }},
		"account": {func(b *pgx.Batch) { account.QueueLoad(b, accounts) }, func(b *pgx.Batch) { account.QueueWrite(b, accounts) }},
		"report":  {reportReads, reportWrites},
		"touch":   {touches},
		"binding": {bindingStatements(size)},
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

// reportStatements are what batches of so many scans, charges and registrations read and
// write.
func (s *Store) reportStatements(size int) (read, write func(*pgx.Batch)) {
	scan := &scanTransaction{store: s, waybills: map[string]*loadedWaybill{}}
	charge, register := &chargeTransaction{store: s}, &registerTransaction{store: s}
	var scans []*scanJob
	var charges []*chargeJob
	var registers []*registerJob
	for i := range size {
		n := strconv.Itoa(i)
		w := waybill.Waybill{BizID: "M" + n, ID: "W" + n, Status: waybill.Cancelled, ScannedAt: time.Now()}
		j := newScanJob(waybill.Scan{WaybillID: w.ID, Key: "k"})
		j.decision = waybill.ScanDecision{Verdict: waybill.Recorded, Waybill: w, Moved: true, GivesBack: true}
		scan.waybills[w.ID] = &loadedWaybill{Waybill: w, moved: true}
		scans = append(scans, j)
		charges = append(charges, &chargeJob{req: waybill.Charge{BizID: w.BizID, WaybillID: w.ID}})
		r := newRegisterJob(waybill.Registration{BizID: w.BizID, WaybillID: "Y" + n, OrderID: "Y" + n})
		r.decision.Waybill = waybill.Waybill{BizID: w.BizID, ID: "Y" + n, OrderID: "Y" + n}
		registers = append(registers, r)
	}
	read = func(b *pgx.Batch) {
		scan.QueueLoad(b, scans)
		charge.QueueLoad(b, charges)
		register.QueueLoad(b, registers)
	}
	write = func(b *pgx.Batch) {
		scan.QueueWrite(b, scans)
		charge.QueueWrite(b, charges)
		register.QueueWrite(b, registers)
	}
	return read, write
}

// FindStatement is the same of a question about waybills.
func FindStatement(q waybill.WaybillQuery) *pgx.QueuedQuery {
	var b pgx.Batch
	queueFind(&b, q)
	return b.QueuedQueries[0]
}

// HistoryStatements are those of a waybill's history.
func HistoryStatements(bizID, waybillID string) []*pgx.QueuedQuery {
	var b pgx.Batch
	queueHistory(&b, ledger.Filter{BizID: bizID, WaybillID: waybillID, Limit: 100})
	return b.QueuedQueries
}

// bindingStatements are what plain pushes ask and write besides.
func bindingStatements(size int) func(*pgx.Batch) {
	return func(b *pgx.Batch) {
		var set []*cancelJob
		for i := range size {
			j := &cancelJob{decision: waybill.CancelDecision{Reason: waybill.Accepted}}
			j.req.Push.Binding = &ledger.Binding{Signature: md5.Sum([]byte(strconv.Itoa(i + 1)))}
			set = append(set, j)
		}
		var s pushlog.Signatures[*cancelJob]
		s.QueueSignatures(b, set)
		s.QueueBindings(b, set)
	}
}

// KnownScansSQL takes the numbers of waybills and the keys of their scans.
const KnownScansSQL = readKnownScans

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

// DoubtfulBook is a booking whose last commit was in doubt.
type DoubtfulBook struct {
	store *Store
	job   *bookJob
}

func (s *Store) DoubtfulBook(r waybill.BookingRequest) DoubtfulBook {
	j := newBookJob(r)
	j.InDoubt = true
	return DoubtfulBook{s, j}
}

// Run tries it once, behind others in a batch, and tells whether all were decided.
func (d DoubtfulBook) Run(ctx context.Context, others ...waybill.BookingRequest) (decided bool, err error) {
	var set []*bookJob
	for _, r := range others {
		set = append(set, newBookJob(r))
	}
	set = append(set, d.job)
	decided = true
	if err = d.store.books.Run(ctx, set, d.store.pool.LockTimeout); err == nil {
		for _, j := range set {
			decided = decided && j.Decided
		}
	}
	return err == nil && decided, err
}

// RunRegistrations decides a batch of registrations in one transaction, without trying
// again.
func (s *Store) RunRegistrations(ctx context.Context, set []waybill.Registration) ([]*waybill.RegistrationDecision, error) {
	jobs := make([]*registerJob, len(set))
	for i, r := range set {
		jobs[i] = newRegisterJob(r)
	}
	err := s.registers.Run(ctx, jobs, s.pool.LockTimeout)
	decisions := make([]*waybill.RegistrationDecision, len(set))
	for i, job := range jobs {
		if job.Decided {
			decisions[i] = &job.decision
		}
	}
	return decisions, err
}

// EraseContactsSQL takes the oldest time to keep and the size of a chunk.
const EraseContactsSQL = eraseContacts
