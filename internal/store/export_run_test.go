package store

import (
	"context"
	"strconv"
	"time"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// DoubtfulCancel is a cancel whose last commit was in doubt.
type DoubtfulCancel struct {
	store *Store
	job   *cancelJob
}

func (s *Store) DoubtfulCancel(r waybill.CancelRequest) DoubtfulCancel {
	j := newCancelJob(r)
	j.InDoubt = true
	return DoubtfulCancel{s, j}
}

// Run tries it once, behind others in a batch, and tells whether it was decided.
func (d DoubtfulCancel) Run(ctx context.Context, others ...waybill.CancelRequest) (decided bool, err error) {
	var set []*cancelJob
	for _, r := range others {
		set = append(set, newCancelJob(r))
	}
	err = d.store.cancels.Run(ctx, append(set, d.job), d.store.pool.LockTimeout)
	return err == nil && d.job.Decided, err
}

// RunScans is RunCancels for scans. A decision is nil where the waybill is locked.
func (s *Store) RunScans(ctx context.Context, set []waybill.Scan) ([]*waybill.ScanDecision, error) {
	jobs := make([]*scanJob, len(set))
	for i, r := range set {
		jobs[i] = newScanJob(r)
	}
	err := s.scans.Run(ctx, jobs, s.pool.LockTimeout)
	decisions := make([]*waybill.ScanDecision, len(set))
	for i, job := range jobs {
		if job.Decided {
			decisions[i] = &job.decision
		}
	}
	return decisions, err
}

// RunRegistrations is RunCancels for registrations.
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

// reportStatements are what batches of so many scans, charges, registrations and reports
// of deliveries read and write.
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
	statusReads, statusWrites := s.Instant.StatusStatements(size)
	read = func(b *pgx.Batch) {
		scan.QueueLoad(b, scans)
		charge.QueueLoad(b, charges)
		register.QueueLoad(b, registers)
		statusReads(b)
	}
	write = func(b *pgx.Batch) {
		scan.QueueWrite(b, scans)
		charge.QueueWrite(b, charges)
		register.QueueWrite(b, registers)
		statusWrites(b)
	}
	return read, write
}

// SetLimitsSQL is what comes before the statements of a batch: it takes three timeouts.
const SetLimitsSQL = batch.SetLimits

// ReadTracedSQL takes the numbers of waybills and the keys of their scans.
const ReadTracedSQL = readTraced
