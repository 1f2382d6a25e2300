package store

import (
	"context"
	"strconv"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"

	"github.com/jackc/pgx/v5"
)

// RunReports is RunCancels for reports of deliveries. A decision is nil where the
// order is locked.
func (s *Store) RunReports(ctx context.Context, set []delivery.StatusReport) ([]*delivery.StatusDecision, error) {
	jobs := make([]*advanceJob, len(set))
	for i, r := range set {
		jobs[i] = newAdvanceJob(r)
	}
	err := s.advances.Run(ctx, jobs, s.pool.LockTimeout)
	decisions := make([]*delivery.StatusDecision, len(set))
	for i, job := range jobs {
		if job.Decided {
			decisions[i] = &job.decision
		}
	}
	return decisions, err
}

// DoubtfulAdvance is a report whose last commit, at a time, was in doubt.
type DoubtfulAdvance struct {
	store *Store
	job   *advanceJob
}

func (s *Store) DoubtfulAdvance(r delivery.StatusReport, noted time.Time) DoubtfulAdvance {
	j := newAdvanceJob(r)
	j.decision = delivery.StatusDecision{Verdict: delivery.Recorded}
	j.InDoubt, j.noted = true, noted
	return DoubtfulAdvance{s, j}
}

// Run tries it once, behind others in a batch, and tells what was decided, if it
// was.
func (d DoubtfulAdvance) Run(ctx context.Context, others ...delivery.StatusReport) (v delivery.Verdict, decided bool, err error) {
	var set []*advanceJob
	for _, r := range others {
		set = append(set, newAdvanceJob(r))
	}
	err = d.store.advances.Run(ctx, append(set, d.job), d.store.pool.LockTimeout)
	return d.job.decision.Verdict, err == nil && d.job.Decided, err
}

// advanceBatch is a batch of so many reports, each of which changes its attempt.
func (s *Store) advanceBatch(size int) (*advanceTransaction, []*advanceJob) {
	tx := &advanceTransaction{store: s, orders: map[deliveryKey]*placed{}}
	set := make([]*advanceJob, size)
	for i := range set {
		n := strconv.Itoa(i)
		j := newAdvanceJob(delivery.StatusReport{ShopID: "S" + n, OrderID: "D" + n, WaybillID: "Y" + n, Status: delivery.Assigned, At: time.Now()})
		a := delivery.Attempt{Number: 1, Status: delivery.Assigned}
		o := &placed{had: 1}
		o.Attempts = []delivery.Attempt{a}
		o.put(a)
		j.decision = delivery.StatusDecision{Verdict: delivery.Recorded, Attempt: a}
		tx.orders[j.key()], set[i] = o, j
	}
	return tx, set
}

// DeliveredStatements are those that read an order with so many pushes.
func DeliveredStatements(shopID, orderID string, asked int) []*pgx.QueuedQuery {
	var b pgx.Batch
	queueDelivered(&b, ledger.Filter{BizID: shopID, OrderID: orderID, Event: ledger.AnyInstant, Limit: asked})
	return b.QueuedQueries
}

// AdvanceStatements are all that batches of so many reports of deliveries ask of
// Postgres.
func (s *Store) AdvanceStatements(size int) []*pgx.QueuedQuery {
	tx, set := s.advanceBatch(size)
	var b pgx.Batch
	tx.QueueLoad(&b, set)
	tx.QueueWrite(&b, set)
	return b.QueuedQueries
}
