package instant

import (
	"context"
	"time"

	"carrierhook/internal/delivery"
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

// The encoding of an order's details.
var (
	DetailsText  = detailsText
	ParseDetails = parseDetails
)
