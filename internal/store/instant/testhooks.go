package instant

import (
	"context"
	"fmt"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
)

// What follows is for tests only: for those of internal/store, which are of several
// rooms.

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
	if first := d.job.First; err == nil && first != nil {
		if err = first(ctx); d.job.InDoubt {
			err = fmt.Errorf("%w: %w", ledger.ErrOutcomeUnknown, err)
		}
	}
	return d.job.decision, err == nil && d.job.Decided, err
}

// EraseDetailsSQL and EraseMessagesSQL take a time and a number of rows.
const (
	EraseDetailsSQL  = eraseDetails
	EraseMessagesSQL = eraseMessages
)
