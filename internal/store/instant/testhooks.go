package instant

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"

	"github.com/jackc/pgx/v5"
)

// What follows is for tests only: for those of internal/store, which are of several
// rooms.

// statusBatch is a batch of so many reports, each of which changes its attempt.
func (s *Store) statusBatch(size int) (*statusTransaction, []*statusJob) {
	tx := &statusTransaction{store: s, orders: map[orderKey]*loadedOrder{}}
	set := make([]*statusJob, size)
	for i := range set {
		n := strconv.Itoa(i)
		j := newStatusJob(delivery.StatusReport{ShopID: "S" + n, OrderID: "D" + n, WaybillID: "Y" + n, Status: delivery.Assigned, At: time.Now()})
		a := delivery.Attempt{Number: 1, Status: delivery.Assigned}
		o := &loadedOrder{loaded: 1}
		o.Attempts = []delivery.Attempt{a}
		o.set(a)
		j.decision = delivery.StatusDecision{Verdict: delivery.Recorded, Attempt: a}
		tx.orders[j.key()], set[i] = o, j
	}
	return tx, set
}

// HistoryStatements are those that read an order with so many pushes.
func HistoryStatements(shopID, orderID string, limit int) []*pgx.QueuedQuery {
	var b pgx.Batch
	queueHistory(&b, ledger.Filter{BizID: shopID, OrderID: orderID, Event: ledger.AnyInstant, Limit: limit})
	return b.QueuedQueries
}

// StatusStatements are what batches of so many status reports read and write.
func (s *Store) StatusStatements(size int) (read, write func(*pgx.Batch)) {
	tx, set := s.statusBatch(size)
	return func(b *pgx.Batch) { tx.QueueLoad(b, set) }, func(b *pgx.Batch) { tx.QueueWrite(b, set) }
}

// PushStatements are what batches of so many pushes read, and what they write when
// they place orders, place as many again, and change what is there.
func (s *Store) PushStatements(size int) (read, write func(*pgx.Batch)) {
	tx := &pushTransaction{store: s, orders: map[orderKey]*loadedOrder{}, Clock: batch.Clock{Now: time.Now()}}
	var set []*pushJob
	for i := range size {
		n := strconv.Itoa(i + 1)
		for kind, orderID := range map[delivery.Kind]string{delivery.Add: "new" + n, delivery.Readd: "D" + n} {
			j := newPushJob(delivery.Request{ShopID: "S" + n, OrderID: orderID, Kind: kind})
			j.newAttempt.WaybillID = string(kind) + n
			o := &loadedOrder{}
			if kind == delivery.Readd {
				o.loaded, o.Attempts = 1, []delivery.Attempt{{Number: 1}}
				o.set(o.Attempts[0])
			}
			a := delivery.Attempt{Number: o.loaded + 1, WaybillID: j.newAttempt.WaybillID, Status: delivery.Waiting}
			o.set(a)
			tx.orders[j.key()] = o
			tx.details = append(tx.details, detailsRow{j.key(), a.Number, time.Time{}, &delivery.Order{}})
			tx.steps = append(tx.steps, step{j.key(), a.Number, delivery.Step{Status: delivery.Waiting, RecordedBy: byPush}})
			set = append(set, j)
		}
	}
	return func(b *pgx.Batch) { tx.QueueLoad(b, set) }, func(b *pgx.Batch) { tx.QueueWrite(b, set) }
}

// DoubtfulPush is a push whose last commit was in doubt.
type DoubtfulPush struct {
	store *Store
	job   *pushJob
}

// DoubtfulPush takes the decision that was sent.
func (s *Store) DoubtfulPush(r delivery.Request, sent delivery.Decision) DoubtfulPush {
	j := newPushJob(r)
	j.InDoubt, j.sent = true, sent
	if sent.Places() {
		j.newAttempt.WaybillID = sent.Attempt.WaybillID
	}
	return DoubtfulPush{s, j}
}

// Run tries it once, behind others in a batch, and tells what was decided, if it
// was. An error that ends it counts as one.
func (d DoubtfulPush) Run(ctx context.Context, others ...delivery.Request) (got delivery.Decision, decided bool, err error) {
	var set []*pushJob
	for _, r := range others {
		set = append(set, newPushJob(r))
	}
	err = d.store.pushes.Run(ctx, append(set, d.job), d.store.pool.LockTimeout)
	if first := d.job.First; err == nil && first != nil {
		if err = first(ctx); d.job.InDoubt {
			err = fmt.Errorf("%w: %w", ledger.ErrOutcomeUnknown, err)
		}
	}
	return d.job.decision, err == nil && d.job.Decided, err
}

// EraseDetailsSQL and EraseMessagesSQL take a time and a number of rows.
const (
	EraseDetailsSQL  = eraseDetails
	EraseMessagesSQL = eraseMessages
)

// TouchSQL takes shops and orders.
const TouchSQL = touchOrders
