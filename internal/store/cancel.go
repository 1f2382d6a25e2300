package store

import (
	"context"
	"errors"
	"fmt"

	"carrierhook/internal/waybill"
)

// cancelJob is one cancel on its way through as many transactions as it takes.
type cancelJob struct {
	req    waybill.CancelRequest
	ctx    context.Context // the asker's, for its deadline
	shared bool            // its last set had others in it
	alone  bool            // it goes without others from now on

	// The slow comparison, once it was needed: against which hash, and what it
	// said.
	comparedWith string
	matched      bool
	uncompared   bool // the comparison is still to be done

	// inDoubt is set when a transaction that cancelled the waybill was sent to
	// commit and the connection went away.
	inDoubt bool

	decided  bool
	decision waybill.Decision
}

// errHeld says that somebody else has the waybill locked.
var errHeld = errors.New("the waybill is locked by another transaction")

// Cancel decides one cancel and keeps what was decided, together with whoever
// asks at the same time. What may pass is tried again until ctx ends. An error
// that is waybill.ErrOutcomeUnknown says that the waybill may be cancelled; any
// other says that this push has not cancelled it.
func (s *Store) Cancel(ctx context.Context, r waybill.CancelRequest) (waybill.Decision, error) {
	job := &cancelJob{req: r, ctx: ctx}
	var pause backoff
	var before error // why the last try failed
	for {
		err := s.try(ctx, job)
		switch {
		case err == nil && job.decided:
			return job.decision, nil
		case err == nil && job.uncompared:
			if err = s.compare(ctx, job); err == nil {
				continue
			}
		case err == nil:
			err = errHeld // waited for without a connection, which others need
		case job.shared && !passing(err):
			job.alone, before = true, err // a neighbour may be to blame
			continue
		}
		if err != errHeld && !passing(err) || !pause.wait(ctx) {
			return waybill.Decision{}, job.failure(err, before)
		}
		before = err
		s.metrics.retries.Inc()
	}
}

// try is one transaction, shared unless a shared one has failed.
func (s *Store) try(ctx context.Context, job *cancelJob) error {
	if job.alone {
		job.shared = false
		return s.settle(ctx, []*cancelJob{job})
	}
	return s.cancels.do(job)
}

// settleCancels settles a set that came together, by the deadline of the most
// pressed: they came within moments of each other.
func (s *Store) settleCancels(set []*cancelJob) error {
	s.metrics.setSize.Observe(float64(len(set)))
	ctx := context.Background()
	for _, job := range set {
		job.shared = len(set) > 1
		if d, ok := job.ctx.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, d)
			defer cancel()
		}
	}
	return s.settle(ctx, set)
}

// compare does the slow comparison that the last transaction found missing,
// while no row is locked.
func (s *Store) compare(ctx context.Context, job *cancelJob) error {
	right, err := s.passwords.verify(ctx, job.req.BizID, job.comparedWith, string(job.req.Password))
	if err != nil {
		return fmt.Errorf("verify the merchant's password: %w", err)
	}
	job.matched, job.uncompared = right, false
	return nil
}

// failure is the error of the last try. Where that only says that the time was
// up, the try before it says what took it.
func (job *cancelJob) failure(err, before error) error {
	if before != nil {
		err = fmt.Errorf("%w (after: %w)", err, before)
	}
	if job.inDoubt {
		return fmt.Errorf("cancel: %w: %w", waybill.ErrOutcomeUnknown, err)
	}
	return fmt.Errorf("cancel: %w", err)
}

// passwordRight tells whether the job's password opens the merchant's hash;
// known is false when the slow comparison has to tell first.
func (s *Store) passwordRight(job *cancelJob, m *waybill.Merchant) (right, known bool) {
	if m == nil || m.PasswordHash == "" {
		return true, true
	}
	if job.comparedWith == m.PasswordHash && !job.uncompared {
		return job.matched, true
	}
	right, known = s.passwords.lookup(m.BizID, m.PasswordHash, string(job.req.Password))
	if !known {
		job.comparedWith, job.uncompared = m.PasswordHash, true
	}
	return right, known
}
