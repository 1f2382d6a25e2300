package store

import (
	"context"
	"time"

	"carrierhook/internal/waybill"
)

// DoubtfulCancel is a cancel whose last commit was in doubt.
type DoubtfulCancel struct {
	store *Store
	job   *cancelJob
}

func (s *Store) DoubtfulCancel(r waybill.CancelRequest) DoubtfulCancel {
	j := newCancelJob(r)
	j.inDoubt = true
	return DoubtfulCancel{s, j}
}

// Settle tries it once, behind others in a set, and tells whether it was decided.
func (d DoubtfulCancel) Settle(ctx context.Context, others ...waybill.CancelRequest) (decided bool, err error) {
	var set []*cancelJob
	for _, r := range others {
		set = append(set, newCancelJob(r))
	}
	err = d.store.cancels.settle(ctx, append(set, d.job))
	return err == nil && d.job.decided, err
}

// TryTimeouts are the limits of a try, in milliseconds: lock, statement.
func TryTimeouts(ctx context.Context, lock, statement time.Duration) (limits [2]string, err error) {
	t, err := tryTimeouts(ctx, lock, statement)
	if err == nil {
		limits = [2]string{t[0].(string), t[1].(string)}
	}
	return limits, err
}
