package express

import (
	"context"
	"time"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

var chargeWaybills = batch.WriteAll(`UPDATE waybill w
	SET charged_at = q.charged_at
	FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS q (biz_id, waybill_id, charged_at)
	WHERE w.biz_id = q.biz_id AND w.waybill_id = q.waybill_id`, `$1::text[]`)

// chargeJob is one charge.
type chargeJob struct {
	batch.Task
	req      waybill.Charge
	decision waybill.ChargeDecision
}

func (j *chargeJob) Writes() bool { return j.decision.Changes() }

func (j *chargeJob) key() waybillKey { return waybillKey{j.req.BizID, j.req.WaybillID} }

// Charge notes that the freight of a parcel was charged, together with those that
// arrive at the same time; waybill.NewCharge made it. After a transient error it is tried again
// until ctx ends. An error that is ledger.ErrOutcomeUnknown says that the charge
// may be on record; any other says that this report has not recorded it.
func (s *Store) Charge(ctx context.Context, r waybill.Charge) (waybill.ChargeDecision, error) {
	j := &chargeJob{Task: batch.Task{Owner: r.BizID}, req: r}
	if err := s.charges.Do(ctx, j); err != nil {
		return waybill.ChargeDecision{}, err
	}
	return j.decision, nil
}

// chargeTransaction notes a batch of charges. It leaves no rows in the ledger.
type chargeTransaction struct {
	batch.Clock
	store    *Store
	waybills map[waybillKey]*loadedWaybill
}

func (tx *chargeTransaction) QueueLoad(b *pgx.Batch, jobs []*chargeJob) {
	bizIDs, waybillIDs := []string{}, []string{}
	seen := map[waybillKey]bool{}
	for _, j := range jobs {
		if k := j.key(); !seen[k] && pg.CanStore(k.bizID, k.id) {
			seen[k] = true
			bizIDs, waybillIDs = append(bizIDs, k.bizID), append(waybillIDs, k.id)
		}
	}
	b.Queue(lockWaybills, bizIDs, waybillIDs)
	b.Queue(batch.ReadClock)
}

func (tx *chargeTransaction) Load(res pgx.BatchResults) error {
	tx.waybills = map[waybillKey]*loadedWaybill{}
	if err := loadLocked(res, func(w *loadedWaybill) { tx.waybills[waybillKey{w.BizID, w.ID}] = w }); err != nil {
		return err
	}
	return tx.LoadClock(res)
}

// Decide applies the rule to each charge of the batch, one after the other. What is
// not to be noted is decided with that.
func (tx *chargeTransaction) Decide(jobs []*chargeJob) (kept []*chargeJob) {
	latest := tx.Latest(tx.store.clock())
	for _, j := range jobs {
		w := tx.waybills[j.key()]
		if w != nil && w.lockedElsewhere {
			continue
		}
		sent := j.decision
		j.decision = waybill.DecideCharge(j.req, w.orNil(), tx.Now, latest)
		switch {
		case j.InDoubt && j.decision.Verdict == waybill.Repeated && w.ChargedAt.Equal(j.req.At):
			// The commit that was in doubt did happen.
			j.decision, j.Resolved = sent, true
			kept = append(kept, j)
		case j.decision.Verdict == waybill.Repeated:
			j.Resolved = true
			kept = append(kept, j)
		case !j.Writes():
			j.Decided = true
		default:
			w.Waybill = j.decision.Waybill
			j.req.At = w.ChargedAt // the same at each try, by which its own charge is known
			kept = append(kept, j)
		}
	}
	return kept
}

func (tx *chargeTransaction) QueueWrite(b *pgx.Batch, kept []*chargeJob) {
	fresh, resolved := batch.Split(kept)
	if len(fresh) > 0 {
		queueCharged(b, fresh)
		tx.queueEvents(b, fresh)
	}
	batch.QueueTouch(b, touchWaybills, resolved, func(j *chargeJob) batch.RowKey { return batch.RowKey{j.req.BizID, j.req.WaybillID} })
}

func queueCharged(b *pgx.Batch, fresh []*chargeJob) {
	n := len(fresh)
	bizIDs, waybillIDs, at := make([]string, n), make([]string, n), make([]time.Time, n)
	for i, j := range fresh {
		bizIDs[i], waybillIDs[i], at[i] = j.req.BizID, j.req.WaybillID, j.req.At
	}
	b.Queue(chargeWaybills, bizIDs, waybillIDs, at)
}
