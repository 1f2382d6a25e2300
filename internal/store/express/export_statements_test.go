package express

import (
	"crypto/md5"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"
)

// Statements are all statements that batches of so many pushes and reports run, by
// what they are part of: each changes what it can.
func (s *Store) Statements(size int) map[string]*pgx.QueuedQuery {
	cancel := &cancelTransaction{store: s, waybills: map[waybillKey]*loadedWaybill{}}
	reviewing := *s
	reviewing.policy.Review = true
	book, account := &bookTransaction{store: s}, &accountTransaction{store: &reviewing}
	account.reviews = openReviews{made: map[waybill.ReviewKey]*waybill.Review{}, reopened: map[waybill.ReviewKey]*waybill.Review{}}
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
		a := newAccountJob(waybill.AccountRequest{BizID: "M" + n, Binds: true, ShopAppID: "wx"})
		account.reviews.made[waybill.ReviewKey{BizID: "M" + n, ShopAppID: "new"}] = &waybill.Review{}
		account.reviews.reopened[waybill.ReviewKey{BizID: "M" + n, ShopAppID: "wx"}] = &waybill.Review{}
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
	record, args := pushlog.InsertRows(nil, []pushlog.Row{{Reason: ledger.Ignored}})
	all := map[string]*pgx.QueuedQuery{"record": {SQL: record, Arguments: args}}
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

// PathNodeStatements are those that read what WeChat is told of a scan.
func PathNodeStatements(bizID, waybillID string) []*pgx.QueuedQuery {
	var b pgx.Batch
	queuePathNode(&b, &event.Event{Body: event.Body{BizID: bizID, WaybillID: waybillID, ActionType: 100001, ActionTime: 1795320000}})
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
		s := pushlog.Signatures[*cancelJob]{Log: new(pushlog.Log)}
		for range 2 { // without and with reading what they are bound to
			s.QueueSignatures(b, set)
			s.QueueBindings(b, set)
			s.Log.NoteConflict(&pgconn.PgError{Code: "23505", ConstraintName: "bound_signature_pkey"})
		}
	}
}

// LockSQL takes merchants and numbers, and LockNumberedSQL numbers.
const LockSQL, LockNumberedSQL = lockWaybills, lockNumbered

// KnownScansSQL takes the numbers of waybills and the keys of their scans.
const KnownScansSQL = readKnownScans
