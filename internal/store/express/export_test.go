package express

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"carrierhook/internal/store/batch"
	"carrierhook/internal/waybill"
)

// RunCancels decides a batch of cancels in one transaction, without trying again. A
// decision is nil where a password has to be compared first.
func (s *Store) RunCancels(ctx context.Context, set []waybill.CancelRequest) ([]*waybill.CancelDecision, error) {
	return runOnce(ctx, s.cancels, s.pool.LockTimeout, newCancelJob, set, func(j *cancelJob) (bool, *waybill.CancelDecision) { return j.Decided, &j.decision })
}

// RunBookings is RunCancels for bookings.
func (s *Store) RunBookings(ctx context.Context, set []waybill.BookingRequest) ([]*waybill.BookingDecision, error) {
	return runOnce(ctx, s.books, s.pool.LockTimeout, newBookJob, set, func(j *bookJob) (bool, *waybill.BookingDecision) { return j.Decided, &j.decision })
}

// RunAccounts is RunCancels for pushes about accounts.
func (s *Store) RunAccounts(ctx context.Context, set []waybill.AccountRequest) ([]*waybill.AccountDecision, error) {
	return runOnce(ctx, s.accounts, s.pool.LockTimeout, newAccountJob, set, func(j *accountJob) (bool, *waybill.AccountDecision) { return j.Decided, &j.decision })
}

func runOnce[Request any, J batch.Job, Decision any](
	ctx context.Context, b *batch.Batcher[J], lock time.Duration, job func(Request) J, set []Request, decided func(J) (bool, *Decision),
) ([]*Decision, error) {
	var jobs []J
	for _, r := range set {
		jobs = append(jobs, job(r))
	}
	err := b.Run(ctx, jobs, lock)
	decisions := make([]*Decision, len(set))
	for i, j := range jobs {
		if is, d := decided(j); is {
			decisions[i] = d
		}
	}
	return decisions, err
}

// SetObserver has to be called before the first request.
func (s *Store) SetObserver(o batch.Observer) {
	s.cancels.SetObserver(o)
	s.books.SetObserver(o)
	s.accounts.SetObserver(o)
	s.scans.SetObserver(o)
	s.charges.SetObserver(o)
	s.registers.SetObserver(o)
}

// Waiting is how many requests wait for a batch, isolated ones not counted.
func (s *Store) Waiting() int {
	return s.cancels.Waiting() + s.books.Waiting() + s.accounts.Waiting() + s.scans.Waiting() + s.charges.Waiting() + s.registers.Waiting()
}

// Isolated is how many merchants' requests are isolated.
func (s *Store) Isolated() int {
	return s.cancels.Isolated() + s.books.Isolated() + s.accounts.Isolated() + s.scans.Isolated()
}

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

// RunScans is RunCancels for scans. A decision is nil where the waybill is locked.
func (s *Store) RunScans(ctx context.Context, set []waybill.Scan) ([]*waybill.ScanDecision, error) {
	return runOnce(ctx, s.scans, s.pool.LockTimeout, newScanJob, set, func(j *scanJob) (bool, *waybill.ScanDecision) { return j.Decided, &j.decision })
}

// RunRegistrations is RunCancels for registrations.
func (s *Store) RunRegistrations(ctx context.Context, set []waybill.Registration) ([]*waybill.RegistrationDecision, error) {
	return runOnce(ctx, s.registers, s.pool.LockTimeout, newRegisterJob, set, func(j *registerJob) (bool, *waybill.RegistrationDecision) { return j.Decided, &j.decision })
}

// ReadScansSQL is how a waybill's scans are read, and ReadScansOfEventSQL those that may be
// an event's.
const ReadScansSQL, ReadScansOfEventSQL = readScans, readScansOfEvent

// MaxComparisons is how many slow comparisons a merchant may have under way.
const MaxComparisons = maxComparisons

// PasswordMatches is the slow comparison.
var PasswordMatches = passwordMatches

// HoldComparisons keeps every slow comparison waiting for its turn.
func (s *Store) HoldComparisons() (release func()) {
	turns := s.passwords.limits.turns
	for range cap(turns) {
		turns <- struct{}{}
	}
	return func() {
		for range cap(turns) {
			<-turns
		}
	}
}

// ComparisonsUnderWay is how many are made or wait for their turn, of how many
// merchants.
func (s *Store) ComparisonsUnderWay() (all, merchants int) {
	l := s.passwords.limits
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.merchants {
		all += m.underWay
	}
	return all, len(l.merchants)
}

// TurnsOfAll is how many slow comparisons are made at a time.
func (s *Store) TurnsOfAll() int { return cap(s.passwords.limits.turns) }

// KnownPasswords is how many slow comparisons are remembered.
func (s *Store) KnownPasswords() (right, wrong int) {
	return s.passwords.cache.right.Len(), s.passwords.cache.wrong.Len()
}

// RememberWrong remembers n wrong passwords.
func (s *Store) RememberWrong(n int) {
	for i := range n {
		var k passwordKey
		binary.BigEndian.PutUint64(k[:], uint64(i))
		s.passwords.cache.put(k, false)
	}
}

// PasswordChecks is what the metric counts, by reason.
func (s *Store) PasswordChecks() map[string]int {
	r := prometheus.NewRegistry()
	r.MustRegister(s.counts.vec)
	families, err := r.Gather()
	if err != nil {
		panic(err)
	}
	counted := map[string]int{}
	for _, m := range families[0].GetMetric() {
		if n := int(m.GetCounter().GetValue()); n > 0 {
			counted[m.GetLabel()[0].GetValue()] = n
		}
	}
	return counted
}

// EraseContactsSQL takes the oldest time to keep and the size of a chunk.
const EraseContactsSQL = eraseContacts
