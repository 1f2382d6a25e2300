package express

import (
	"context"
	"time"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// scanJob is one scan. Its task has a merchant only while the scan would give
// back to that merchant's quota, for nothing else of a scan has to be waited for.
type scanJob struct {
	batch.Task
	req      waybill.Scan
	decision waybill.ScanDecision
	before   waybill.Status // of the waybill, when it was decided
}

// newScanJob makes the texts of a scan such as Postgres stores, before anything
// is decided: the same scan has to be the same when it comes again.
func newScanJob(r waybill.Scan) *scanJob {
	r.Key, r.Message, r.By = pg.Storable(r.Key), pg.Storable(r.Message), pg.Storable(r.By)
	return &scanJob{req: r}
}

func (j *scanJob) Writes() bool { return j.decision.Changes() }

func (j *scanJob) key() scanKey { return scanKey{j.req.WaybillID, j.req.Key} }

// Scan decides about one scan and records it, together with those that arrive at
// the same time; waybill.NewScan made it. After a transient error it is tried again until ctx
// ends. An error that is ledger.ErrOutcomeUnknown says that the scan may be on
// record; any other says that this report has not recorded it. The same scan may
// simply be reported again.
func (s *Store) Scan(ctx context.Context, r waybill.Scan) (waybill.ScanDecision, error) {
	j := newScanJob(r)
	if err := s.scans.Do(ctx, j); err != nil {
		return waybill.ScanDecision{}, err
	}
	return j.decision, nil
}

// scanKey identifies a scan of a waybill.
type scanKey struct{ waybillID, key string }

// scanTransaction records a batch of scans. It leaves no rows in the ledger, which
// is WeChat's.
type scanTransaction struct {
	batch.Clock
	store    *Store
	waybills map[string]*loadedWaybill // by number
	recorded map[scanKey]*waybill.RecordedScan
}

func (tx *scanTransaction) QueueLoad(b *pgx.Batch, jobs []*scanJob) {
	locked, ids, keys := make([]string, 0, len(jobs)), make([]string, 0, len(jobs)), make([]string, 0, len(jobs))
	seen := make(map[string]bool, len(jobs))
	for _, j := range jobs {
		id := j.req.WaybillID
		if !pg.CanStore(id) {
			continue
		}
		ids, keys = append(ids, id), append(keys, j.req.Key)
		if !seen[id] {
			seen[id] = true
			locked = append(locked, id)
		}
	}
	b.Queue(lockNumbered, locked)
	b.Queue(readKnownScans, ids, keys)
	b.Queue(batch.ReadClock)
}

func (tx *scanTransaction) Load(res pgx.BatchResults) error {
	tx.waybills = map[string]*loadedWaybill{}
	err := loadLocked(res, func(w *loadedWaybill) { tx.waybills[w.ID] = w })
	if err != nil {
		return err
	}
	if err := tx.loadKnown(res); err != nil {
		return err
	}
	return tx.LoadClock(res)
}

// Decide applies the rule to each scan of the batch, one after the other: each sees
// what those before it have left. What is not to be recorded is decided with that,
// and nothing of it is written.
func (tx *scanTransaction) Decide(jobs []*scanJob) (kept []*scanJob) {
	latest := tx.Latest(tx.store.clock())
	for _, j := range jobs {
		t := tx.waybills[j.req.WaybillID]
		if t != nil && t.lockedElsewhere {
			continue
		}
		sent := j.decision
		if t != nil {
			j.before = t.Status
		}
		j.decision = waybill.DecideScan(j.req, t.orNil(), tx.recorded[j.key()], tx.Now, latest)
		switch {
		case j.InDoubt && j.decision.Verdict == waybill.Repeated:
			// The commit that was in doubt did happen, and its decision is the answer: the
			// waybill may have changed since, and belongs to a later moment.
			j.decision, j.Resolved = sent, true
			kept = append(kept, j)
		case j.decision.Verdict == waybill.Repeated:
			j.Resolved = true
			kept = append(kept, j)
		case tx.recordsRefusal(j):
			kept = append(kept, j)
		case !j.Writes():
			j.Decided = true
		case tx.mayWait(j):
			tx.apply(j, t)
			kept = append(kept, j)
		}
	}
	return kept
}

// mayWait tells whether a scan can be written with this batch. One that gives back
// has to wait for its merchant's quota: where others wait for that already it goes
// with them, so that no other scan waits for it.
func (tx *scanTransaction) mayWait(j *scanJob) bool {
	if j.Isolated() {
		return true
	}
	j.Owner = ""
	if !j.decision.GivesBack {
		return true
	}
	j.Owner = j.decision.Waybill.BizID
	scans := tx.store.scans
	if !scans.HasIsolated(j.Owner) {
		return true
	}
	j.BeforeRetry = func(context.Context) error {
		scans.JoinIsolated(&j.Task)
		return nil
	}
	return false
}

// apply takes down for the scans behind it what this one does.
func (tx *scanTransaction) apply(j *scanJob, t *loadedWaybill) {
	t.Waybill = j.decision.Waybill
	t.moved = t.moved || j.decision.Moved
	tx.recorded[j.key()] = &waybill.RecordedScan{Action: j.req.Action, At: j.req.At, Message: j.req.Message, Key: j.req.Key}
}

func (tx *scanTransaction) QueueWrite(b *pgx.Batch, kept []*scanJob) {
	fresh, resolved := batch.Split(kept)
	tx.queueScans(b, fresh)
	var moved []*waybill.Waybill
	givenBack := map[string]int64{}
	for _, j := range fresh {
		t := tx.waybills[j.req.WaybillID] // moved by another scan where this one is refused
		if t.moved {
			t.moved = false // once
			moved = append(moved, &t.Waybill)
		}
		if j.decision.GivesBack {
			givenBack[t.BizID]++
		}
	}
	if len(moved) > 0 {
		queueMoved(b, moved)
	}
	batch.QueueTouch(b, touchWaybills, resolved, func(j *scanJob) batch.RowKey {
		return batch.RowKey{tx.waybills[j.req.WaybillID].BizID, j.req.WaybillID}
	})
	queueQuotas(b, givenBack)
	tx.queueEvents(b, fresh)
}

// queueMoved writes how far waybills have come. The push that cancelled one is not
// written: its own transaction has done that, and a cancelled waybill moves no more.
func queueMoved(b *pgx.Batch, moved []*waybill.Waybill) {
	n := len(moved)
	bizIDs, waybillIDs, statuses, fromQuota := make([]string, n), make([]string, n), make([]string, n), make([]bool, n)
	collected, signed, cancelled, scannedAt := make([]time.Time, n), make([]time.Time, n), make([]time.Time, n), make([]time.Time, n)
	for i, w := range moved {
		bizIDs[i], waybillIDs[i], statuses[i], fromQuota[i] = w.BizID, w.ID, string(w.Status), w.FromQuota
		collected[i], signed[i], cancelled[i], scannedAt[i] = w.CollectedAt, w.SignedAt, w.CancelledAt, w.ScannedAt
	}
	b.Queue(moveWaybills, bizIDs, waybillIDs, statuses, collected, signed, cancelled, scannedAt, fromQuota)
}
