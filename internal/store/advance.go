package store

import (
	"context"
	"fmt"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// advanceJob is one report of how far an order of instant delivery has come.
type advanceJob struct {
	batch.Task
	req      delivery.StatusReport
	decision delivery.StatusDecision

	// noted is when the last try would have put the report on record, by which its
	// own step is known.
	noted time.Time
}

// newAdvanceJob makes the texts of a report such as Postgres stores, before anything
// is decided: the same report has to be the same when it comes again.
func newAdvanceJob(r delivery.StatusReport) *advanceJob {
	r.Message, r.By = pg.Storable(r.Message), pg.Storable(r.By)
	return &advanceJob{Task: batch.Task{Owner: r.ShopID}, req: r}
}

func (j *advanceJob) Changes() bool { return j.decision.Changes() }

func (j *advanceJob) key() deliveryKey { return deliveryKey{j.req.ShopID, j.req.OrderID} }

// Advance decides about one report of the carrier's own systems and records it,
// together with those that arrive at the same time; delivery.NewReport made it. After a
// transient error it is tried again until ctx ends. An error that is ledger.ErrOutcomeUnknown
// says that the report may be on record; any other says that it is not. The same
// report may simply be made again.
func (s *Store) Advance(ctx context.Context, r delivery.StatusReport) (delivery.StatusDecision, error) {
	j := newAdvanceJob(r)
	if err := s.advances.Do(ctx, j); err != nil {
		return delivery.StatusDecision{}, err
	}
	return j.decision, nil
}

// stepKey is what a step of an attempt is known by.
type stepKey struct {
	deliveryKey
	waybillID string
	status    delivery.Status
	at        int64 // whole seconds
	message   string
}

func (j *advanceJob) step() stepKey {
	return stepKey{j.key(), j.req.WaybillID, j.req.Status, j.req.At.Unix(), j.req.Message}
}

// advanceTransaction records a batch of reports. It leaves no rows in the ledger,
// which is WeChat's.
type advanceTransaction struct {
	batch.Clock
	store  *Store
	orders map[deliveryKey]*placed
	said   map[stepKey]time.Time // what is on record, and since when
	asked  []stepKey             // in the order of the question
}

func (tx *advanceTransaction) QueueLoad(b *pgx.Batch, jobs []*advanceJob) {
	shopIDs, orderIDs := []string{}, []string{}
	orders, steps := map[deliveryKey]bool{}, map[stepKey]bool{}
	tx.asked = nil
	for _, j := range jobs {
		if !pg.CanStore(j.req.ShopID, j.req.OrderID, j.req.WaybillID) {
			continue
		}
		if k := j.key(); !orders[k] {
			orders[k] = true
			shopIDs, orderIDs = append(shopIDs, k.shopID), append(orderIDs, k.orderID)
		}
		if k := j.step(); !steps[k] {
			steps[k] = true
			tx.asked = append(tx.asked, k)
		}
	}
	b.Queue(lockOrders, shopIDs, orderIDs)
	b.Queue(readAttempts, shopIDs, orderIDs)
	queueSaid(b, tx.asked)
	b.Queue(batch.ReadClock)
}

func (tx *advanceTransaction) Load(res pgx.BatchResults) (err error) {
	if tx.orders, err = loadOrders(res); err != nil {
		return err
	}
	if tx.said, err = loadSaid(res, tx.asked); err != nil {
		return err
	}
	return tx.LoadClock(res)
}

// Decide applies the rule to each report of the batch, one after the other: each sees
// what those before it have left. What is not to be recorded is decided with that.
func (tx *advanceTransaction) Decide(jobs []*advanceJob) (kept []*advanceJob) {
	latest := tx.Latest(tx.store.clock())
	for _, j := range jobs {
		o := tx.orders[j.key()]
		if o != nil && o.locked {
			continue
		}
		sent := j.decision
		since, said := tx.said[j.step()]
		j.decision = delivery.DecideStatus(j.req, o.known(), said, latest)
		switch {
		case j.InDoubt && j.decision.Verdict == delivery.Repeated && since.Equal(j.noted):
			// The commit that was in doubt did happen, and that is what is told: what
			// has become of the order since is of another moment.
			j.decision, j.Resolved = sent, true
			kept = append(kept, j)
		case j.decision.Verdict == delivery.Repeated:
			j.Resolved = true
			kept = append(kept, j)
		case !j.Changes():
			j.Decided = true
		default:
			tx.apply(j, o)
			kept = append(kept, j)
		}
	}
	return kept
}

// accept takes down for the reports behind it what this one does.
func (tx *advanceTransaction) apply(j *advanceJob, o *placed) {
	o.put(j.decision.Attempt)
	j.noted = tx.Now
	tx.said[j.step()] = tx.Now
}

// write gives each report its step, and each attempt the last of its.
func (tx *advanceTransaction) QueueWrite(b *pgx.Batch, kept []*advanceJob) {
	fresh, resolved := batch.Split(kept)
	steps := make([]step, len(fresh))
	for i, j := range fresh {
		steps[i] = step{j.key(), j.decision.Attempt.Number, delivery.Step{
			Status: j.req.Status, At: j.req.At, Message: j.req.Message, RecordedAt: tx.Now, RecordedBy: j.req.By,
		}}
	}
	attempts, _ := changed(tx.orders)
	queueAttempts(b, attempts)
	queueSteps(b, steps)
	batch.QueueTouch(b, touchOrders, resolved, func(j *advanceJob) batch.RowKey { return batch.RowKey{j.req.ShopID, j.req.OrderID} })
}

// A statement of its own after the locks: what was recorded while they were waited
// for is seen. A report is about one attempt, and of that alone the steps are looked
// at.
const readSaid = `SELECT q.nr, t.recorded_at
	FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::timestamptz[], $6::text[])
		WITH ORDINALITY AS q (shop_id, order_id, waybill_id, status, at, message, nr)
	JOIN delivery_attempt a ON a.shop_id = q.shop_id AND a.order_id = q.order_id AND a.waybill_id = q.waybill_id
	CROSS JOIN LATERAL (
		SELECT s.recorded_at
		FROM delivery_step s
		WHERE s.shop_id = a.shop_id AND s.order_id = a.order_id AND s.attempt = a.attempt
			AND s.status = q.status AND s.at = q.at AND s.message = q.message
		LIMIT 1) AS t`

func queueSaid(b *pgx.Batch, asked []stepKey) {
	n := len(asked)
	shopIDs, orderIDs, waybillIDs := make([]string, n), make([]string, n), make([]string, n)
	statuses, at, messages := make([]int32, n), make([]time.Time, n), make([]string, n)
	for i, k := range asked {
		shopIDs[i], orderIDs[i], waybillIDs[i] = k.shopID, k.orderID, k.waybillID
		statuses[i], at[i], messages[i] = int32(k.status), time.Unix(k.at, 0), k.message
	}
	b.Queue(readSaid, shopIDs, orderIDs, waybillIDs, statuses, at, messages)
}

// scanSaid reads the answer to readSaid.
func loadSaid(res pgx.BatchResults, asked []stepKey) (map[stepKey]time.Time, error) {
	said := map[stepKey]time.Time{}
	err := pg.EachRow(res, func(rows pgx.Rows) error {
		var nr int64
		var since time.Time
		if err := rows.Scan(&nr, &since); err != nil {
			return err
		}
		said[asked[nr-1]] = since
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read steps: %w", err)
	}
	return said, nil
}
