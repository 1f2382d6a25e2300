package instant

import (
	"context"
	"fmt"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
)

// SetObserver observes every batch that several shops may share.
func (s *Store) SetObserver(o batch.Observer) {
	s.pushes.SetObserver(o)
	s.statuses.SetObserver(o)
}

// Waiting is how many requests wait for a batch, isolated ones not counted.
func (s *Store) Waiting() int { return s.pushes.Waiting() + s.statuses.Waiting() }

// Isolated is how many shops' pushes are isolated.
func (s *Store) Isolated() int { return s.pushes.Isolated() }

// RunStatusReports decides a batch in one transaction, without trying again. A decision
// is nil where the order is locked.
func (s *Store) RunStatusReports(ctx context.Context, set []delivery.StatusReport) ([]*delivery.StatusDecision, error) {
	jobs := make([]*statusJob, len(set))
	for i, r := range set {
		jobs[i] = newStatusJob(r)
	}
	err := s.statuses.Run(ctx, jobs, s.pool.LockTimeout)
	decisions := make([]*delivery.StatusDecision, len(set))
	for i, job := range jobs {
		if job.Decided {
			decisions[i] = &job.decision
		}
	}
	return decisions, err
}

// DoubtfulStatus is a report whose last commit, at a time, was in doubt.
type DoubtfulStatus struct {
	store *Store
	job   *statusJob
}

func (s *Store) DoubtfulStatus(r delivery.StatusReport, recordedAt time.Time) DoubtfulStatus {
	j := newStatusJob(r)
	j.decision = delivery.StatusDecision{Verdict: delivery.Recorded}
	j.InDoubt, j.recordedAt = true, recordedAt
	return DoubtfulStatus{s, j}
}

// Run tries it once, after others in a batch. decided tells whether there is a verdict.
func (d DoubtfulStatus) Run(ctx context.Context, others ...delivery.StatusReport) (v delivery.Verdict, decided bool, err error) {
	var set []*statusJob
	for _, r := range others {
		set = append(set, newStatusJob(r))
	}
	err = d.store.statuses.Run(ctx, append(set, d.job), d.store.pool.LockTimeout)
	return d.job.decision.Verdict, err == nil && d.job.Decided, err
}

// RunPushes decides a batch in one transaction, without trying again. A decision is nil
// where the order is locked, or a number has to be leased first.
func (s *Store) RunPushes(ctx context.Context, set []delivery.Request) ([]*delivery.Decision, error) {
	jobs := make([]*pushJob, len(set))
	for i, r := range set {
		jobs[i] = newPushJob(r)
	}
	err := s.pushes.Run(ctx, jobs, s.pool.LockTimeout)
	decisions := make([]*delivery.Decision, len(set))
	for i, job := range jobs {
		if job.Decided {
			decisions[i] = &job.decision
		}
	}
	return decisions, err
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
	if first := d.job.BeforeRetry; err == nil && first != nil {
		if err = first(ctx); d.job.InDoubt {
			err = fmt.Errorf("%w: %w", ledger.ErrOutcomeUnknown, err)
		}
	}
	return d.job.decision, err == nil && d.job.Decided, err
}

// The encoding of an order's details.
var (
	DetailsText  = detailsText
	ParseDetails = parseDetails
)

// EraseDetailsSQL and EraseMessagesSQL take a time and a number of rows.
const (
	EraseDetailsSQL  = eraseDetails
	EraseMessagesSQL = eraseMessages
)
