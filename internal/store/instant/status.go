package instant

import (
	"context"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// statusJob is one status report about an order of instant delivery.
type statusJob struct {
	batch.Task
	req      delivery.StatusReport
	decision delivery.StatusDecision

	before delivery.Status // of the attempt, when it was decided

	// recordedAt is the recorded_at of the step that the last try sent to commit. By it
	// a commit in doubt is facts from the same report by another caller.
	recordedAt time.Time
}

// newStatusJob replaces what Postgres does not store in the report's texts before it
// is compared with anything: the same report has to be equal when it comes again.
func newStatusJob(r delivery.StatusReport) *statusJob {
	r.Message, r.By = pg.Storable(r.Message), pg.Storable(r.By)
	return &statusJob{Task: batch.Task{Owner: r.ShopID}, req: r}
}

func (j *statusJob) Writes() bool { return j.decision.Changes() }

func (j *statusJob) key() orderKey { return orderKey{j.req.ShopID, j.req.OrderID} }

// ReportStatus decides one status report of the carrier's systems, which
// delivery.NewStatusReport has checked, and records it, in one transaction with the
// reports that arrive at the same time. After a transient error it tries again until
// ctx ends. An error that is ledger.ErrOutcomeUnknown says that the report may be
// recorded, any other that it is not. The same report may be made again safely.
func (s *Store) ReportStatus(ctx context.Context, r delivery.StatusReport) (delivery.StatusDecision, error) {
	j := newStatusJob(r)
	if err := s.statuses.Do(ctx, j); err != nil {
		return delivery.StatusDecision{}, err
	}
	return j.decision, nil
}

// statusTransaction decides a batch of reports. It writes no ledger entries: those are
// of pushes only.
type statusTransaction struct {
	batch.Clock
	store    *Store
	orders   map[orderKey]*loadedOrder
	recorded map[stepKey]time.Time // those of stepKeys that the database has, and when they were recorded
	stepKeys []stepKey             // of the batch, in the order of the query
}

func (tx *statusTransaction) QueueLoad(b *pgx.Batch, jobs []*statusJob) {
	orders, steps := newOrderKeys(), map[stepKey]bool{}
	tx.stepKeys = nil
	for _, j := range jobs {
		if !pg.CanStore(j.req.ShopID, j.req.OrderID, j.req.WaybillID) {
			continue
		}
		orders.add(j.key())
		if k := j.stepKey(); !steps[k] {
			steps[k] = true
			tx.stepKeys = append(tx.stepKeys, k)
		}
	}
	b.Queue(lockOrders, orders.shopIDs, orders.orderIDs)
	b.Queue(readAttempts, orders.shopIDs, orders.orderIDs)
	queueRecordedSteps(b, tx.stepKeys)
	b.Queue(batch.ReadClock)
}

func (tx *statusTransaction) Load(res pgx.BatchResults) (err error) {
	if tx.orders, err = loadOrders(res); err != nil {
		return err
	}
	if tx.recorded, err = loadRecordedSteps(res, tx.stepKeys); err != nil {
		return err
	}
	return tx.LoadClock(res)
}

// Decide applies the rule to each report of the batch, one after the other: each sees
// the orders as those before it have left them. A report that is refused is decided
// without a commit.
func (tx *statusTransaction) Decide(jobs []*statusJob) (kept []*statusJob) {
	latest := tx.Latest(tx.store.clock())
	for _, j := range jobs {
		o := tx.orders[j.key()]
		if o != nil && o.locked {
			continue
		}
		sent := j.decision
		j.before = o.statusOf(j.req.WaybillID)
		at, recorded := tx.recorded[j.stepKey()]
		j.decision = delivery.DecideStatus(j.req, o.placed(), recorded, latest)
		switch {
		case j.InDoubt && j.decision.Verdict == delivery.Repeated && at.Equal(j.recordedAt):
			// The commit that was in doubt did happen. Its decision is the answer, and not
			// the order as it is now.
			j.decision, j.Resolved = sent, true
			kept = append(kept, j)
		case j.decision.Verdict == delivery.Repeated:
			j.Resolved = true
			kept = append(kept, j)
		case tx.recordsRefusal(j):
			kept = append(kept, j)
		case !j.Writes():
			j.Decided = true
		default:
			tx.apply(j, o)
			kept = append(kept, j)
		}
	}
	return kept
}

// apply notes what the report changes, for the reports after it and for QueueWrite.
func (tx *statusTransaction) apply(j *statusJob, o *loadedOrder) {
	o.set(j.decision.Attempt)
	j.recordedAt = tx.Now
	tx.recorded[j.stepKey()] = tx.Now
}

// QueueWrite records a step for each report and updates the attempts.
func (tx *statusTransaction) QueueWrite(b *pgx.Batch, kept []*statusJob) {
	fresh, resolved := batch.Split(kept)
	var steps []step
	for _, j := range fresh {
		if j.Writes() {
			steps = append(steps, step{j.key(), j.decision.Attempt.Number, delivery.Step{
				Status: j.req.Status, At: j.req.At, Message: j.req.Message, Agent: j.req.Agent, ExpectedAt: j.req.ExpectedAt,
				RecordedAt: tx.Now, RecordedBy: j.req.By,
			}})
		}
	}
	attempts, _ := changedAttempts(tx.orders)
	queueChangedAttempts(b, attempts)
	queueSteps(b, steps)
	tx.queueEvents(b, fresh)
	batch.QueueTouch(b, touchOrders, resolved, func(j *statusJob) batch.RowKey { return batch.RowKey{j.req.ShopID, j.req.OrderID} })
}
