package express

import (
	"context"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Rows are written where the lock found them: nobody moves them while it lasts, and to
// find each by its ids once more would cost a tenth of the transaction.
var cancelWaybills = batch.WriteAll(`UPDATE waybill w
		SET status = 'cancelled', cancelled_at = $3, cancel_push = q.push
		FROM unnest($1::tid[], $2::bytea[]) AS q (tid, push)
		WHERE w.ctid = q.tid`, `$1::tid[]`)

// cancelJob is one cancel.
type cancelJob struct {
	batch.Task
	login
	req      waybill.CancelRequest
	decision waybill.CancelDecision
	before   waybill.Status // of the waybill, when it was decided
}

func newCancelJob(r waybill.CancelRequest) *cancelJob {
	return &cancelJob{Task: batch.Task{Owner: r.BizID}, login: login{password: r.Password}, req: r}
}

func (j *cancelJob) Writes() bool { return j.decision.Changes() }

func (j *cancelJob) Binding() *ledger.Binding { return j.req.Push.Binding }

func (j *cancelJob) key() waybillKey { return waybillKey{j.req.BizID, j.req.WaybillID} }

// Cancel decides one cancel and commits the decision, in one transaction with the
// cancels that arrive at the same time: the Batcher calls QueueLoad, Load, Decide and
// QueueWrite of cancelTransaction, and commits. After a transient error it tries again
// until ctx ends. An error that is ledger.ErrOutcomeUnknown says that the waybill may be
// cancelled; any other says that this push has not cancelled it.
func (s *Store) Cancel(ctx context.Context, r waybill.CancelRequest) (waybill.CancelDecision, error) {
	j := newCancelJob(r)
	if err := s.cancels.Do(ctx, j); err != nil {
		return waybill.CancelDecision{}, err
	}
	return j.decision, nil
}

// cancelTransaction cancels a batch of waybills.
type cancelTransaction struct {
	loaded
	pushlog.Signatures[*cancelJob]
	store    *Store
	waybills map[waybillKey]*loadedWaybill
}

func (tx *cancelTransaction) QueueLoad(b *pgx.Batch, jobs []*cancelJob) {
	bizIDs, waybillIDs := []string{}, []string{}
	seen := map[waybillKey]bool{}
	for _, j := range jobs {
		k := j.key()
		if j.req.Malformed || seen[k] {
			continue
		}
		seen[k] = true
		bizIDs, waybillIDs = append(bizIDs, k.bizID), append(waybillIDs, k.id)
	}
	b.Queue(lockWaybills, bizIDs, waybillIDs)
	b.Queue(readMerchants, bizIDs)
	tx.QueueSignatures(b, jobs)
}

func (tx *cancelTransaction) Load(res pgx.BatchResults) error {
	tx.waybills = map[waybillKey]*loadedWaybill{}
	if err := loadLocked(res, func(w *loadedWaybill) { tx.waybills[waybillKey{w.BizID, w.ID}] = w }); err != nil {
		return err
	}
	if err := tx.loadMerchants(res); err != nil {
		return err
	}
	return tx.LoadSignatures(res)
}

// Decide applies the rule to each job of the batch, one after the other, so that
// a waybill that occurs twice is seen as the one before left it.
func (tx *cancelTransaction) Decide(jobs []*cancelJob) (kept []*cancelJob) {
	for _, j := range tx.Admit(jobs) {
		m, w := tx.merchants[j.req.BizID], tx.waybills[j.key()]
		if w != nil && w.lockedElsewhere {
			continue
		}
		if j.InDoubt && w != nil && w.CancelledBy == j.req.Push.ID {
			// The commit that was in doubt did happen, with its ledger row.
			j.decision, j.Resolved = waybill.CancelDecision{Reason: waybill.Accepted}, true
			kept = append(kept, j)
			continue
		}
		right, known := tx.store.passwordRight(&j.Task, &j.login, m)
		if !known {
			continue
		}
		j.decision = waybill.DecideCancel(j.req, m, right, w.orNil(), tx.store.policy, tx.Now)
		if w != nil {
			j.before = w.Status
		}
		if j.Writes() {
			w.Status, w.CancelledAt, w.CancelledBy = waybill.Cancelled, tx.Now, j.req.Push.ID
		}
		kept = append(kept, j)
	}
	return kept
}

func (tx *cancelTransaction) QueueWrite(b *pgx.Batch, kept []*cancelJob) {
	var tids []*pgtype.TID
	var pushes [][]byte
	givenBack := map[string]int64{}
	fresh, resolved := batch.Split(kept)
	facts := tx.store.events.Collect(tx.Now)
	entries := make([]pushlog.Row, len(fresh))
	for i, j := range fresh {
		entries[i] = tx.store.ledger.Row(j.req.Push, string(j.decision.Reason), j.decision.Repeat)
		e := &entries[i]
		e.BizID, e.WaybillID, e.OrderID = j.req.BizID, j.req.WaybillID, j.req.OrderID
		tx.addEvent(&facts, j)
		if !j.Writes() {
			continue
		}
		tids = append(tids, &tx.waybills[j.key()].tid)
		pushes = append(pushes, j.req.Push.ID[:])
		if tx.waybills[j.key()].FromQuota {
			givenBack[j.req.BizID]++
		}
	}
	if len(tids) > 0 {
		b.Queue(cancelWaybills, tids, pushes, tx.Now)
	}
	batch.QueueTouch(b, touchWaybills, resolved, func(j *cancelJob) batch.RowKey { return batch.RowKey{j.req.BizID, j.req.WaybillID} })
	queueQuotas(b, givenBack)
	pushlog.QueueRows(b, tx.Now, entries)
	facts.Queue(b)
	tx.QueueBindings(b, kept)
}
