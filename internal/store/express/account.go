package express

import (
	"context"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// accountJob is one push about a merchant's account.
type accountJob struct {
	batch.Task
	login
	req      waybill.AccountRequest
	decision waybill.AccountDecision
}

func (*accountJob) Writes() bool { return false }

func (j *accountJob) Binding() *ledger.Binding { return j.req.Push.Binding }

// Account decides one push about a merchant's account, together with those that
// arrive at the same time. After a transient error it is tried again until ctx ends.
func (s *Store) Account(ctx context.Context, r waybill.AccountRequest) (waybill.AccountDecision, error) {
	j := &accountJob{Task: batch.Task{Owner: r.BizID}, login: login{password: r.Password}, req: r}
	if err := s.accounts.Do(ctx, j); err != nil {
		return waybill.AccountDecision{}, err
	}
	return j.decision, nil
}

// accountTransaction decides a batch of pushes about accounts. It writes the ledger
// only.
type accountTransaction struct {
	loaded
	pushlog.Signatures[*accountJob]
	store *Store
}

func (tx *accountTransaction) QueueLoad(b *pgx.Batch, jobs []*accountJob) {
	bizIDs := []string{}
	for _, j := range jobs {
		if !j.req.Malformed {
			bizIDs = append(bizIDs, j.req.BizID)
		}
	}
	b.Queue(readAccounts, bizIDs)
	tx.QueueSignatures(b, jobs)
}

func (tx *accountTransaction) Load(res pgx.BatchResults) error {
	if err := tx.loadMerchants(res); err != nil {
		return err
	}
	return tx.LoadSignatures(res)
}

func (tx *accountTransaction) Decide(jobs []*accountJob) (kept []*accountJob) {
	for _, j := range tx.Admit(jobs) {
		m := tx.merchants[j.req.BizID]
		right, sure := tx.store.passwordRight(&j.Task, &j.login, m)
		if !sure {
			continue
		}
		j.decision = waybill.DecideAccount(j.req, m, right)
		kept = append(kept, j)
	}
	return kept
}

func (tx *accountTransaction) QueueWrite(b *pgx.Batch, kept []*accountJob) {
	entries := make([]pushlog.Row, len(kept))
	for i, j := range kept {
		entries[i] = tx.store.ledger.Row(j.req.Push, string(j.decision.Reason), false)
		entries[i].BizID = j.req.BizID
	}
	pushlog.QueueRows(b, tx.Now, entries)
	tx.QueueBindings(b, kept)
}
