package store

import (
	"context"
	"fmt"

	"carrierhook/internal/waybill"
)

// cancelJob is one cancel on its way through as many transactions as it takes.
type cancelJob struct {
	req waybill.CancelRequest

	// The slow comparison, once it was needed: against which hash, and what it
	// said.
	comparedWith string
	matched      bool

	// inDoubt is set when a transaction that cancelled the waybill was sent to
	// commit and the connection went away.
	inDoubt bool

	decided  bool
	decision waybill.Decision
}

// Cancel decides one cancel and keeps what was decided. A passing fault is
// tried again until ctx ends. An error that is waybill.ErrOutcomeUnknown says
// that the waybill may be cancelled; any other says that this push has not
// cancelled it.
func (s *Store) Cancel(ctx context.Context, r waybill.CancelRequest) (waybill.Decision, error) {
	job := &cancelJob{req: r}
	var pause backoff
	var before error // why the last try failed
	for {
		err := s.settle(ctx, []*cancelJob{job})
		if err == nil && job.decided {
			return job.decision, nil
		}
		if err == nil {
			err = s.compare(ctx, job)
			if err == nil {
				continue
			}
		}
		if !passing(err) || !pause.wait(ctx) {
			return waybill.Decision{}, job.failure(err, before)
		}
		before = err
		s.metrics.retries.Inc()
		if wrongServer(err) {
			s.pool.Reset()
		}
	}
}

// compare does the slow comparison that the last transaction found missing,
// while no row is locked.
func (s *Store) compare(ctx context.Context, job *cancelJob) error {
	right, err := s.passwords.verify(ctx, job.req.BizID, job.comparedWith, string(job.req.Password))
	if err != nil {
		return fmt.Errorf("verify the merchant's password: %w", err)
	}
	job.matched = right
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
	if job.comparedWith == m.PasswordHash {
		return job.matched, true
	}
	right, known = s.passwords.lookup(m.BizID, m.PasswordHash, string(job.req.Password))
	if !known {
		job.comparedWith = m.PasswordHash
	}
	return right, known
}
