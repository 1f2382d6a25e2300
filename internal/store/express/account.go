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
	opens    bool // it makes a review pending that was not
}

func newAccountJob(r waybill.AccountRequest) *accountJob {
	return &accountJob{Task: batch.Task{Owner: r.BizID}, login: login{password: r.Password}, req: r}
}

func (j *accountJob) Writes() bool { return j.decision.Pending() }

func (j *accountJob) Binding() *ledger.Binding { return j.req.Push.Binding }

// reviewKey is the review of a bind.
func (j *accountJob) reviewKey() waybill.ReviewKey {
	return waybill.ReviewKey{Account: j.req.Push.Account, BizID: j.req.BizID, ShopAppID: j.req.ShopAppID}
}

// Account decides one push about a merchant's account, together with those that
// arrive at the same time. After a transient error it is tried again until ctx ends.
func (s *Store) Account(ctx context.Context, r waybill.AccountRequest) (waybill.AccountDecision, error) {
	j := newAccountJob(r)
	if err := s.accounts.Do(ctx, j); err != nil {
		return waybill.AccountDecision{}, err
	}
	return j.decision, nil
}

// accountTransaction decides a batch of pushes about accounts. It writes the ledger, and
// reviews of merchants that bind their accounts.
type accountTransaction struct {
	loaded
	pushlog.Signatures[*accountJob]
	store   *Store
	reviews openReviews
}

func (tx *accountTransaction) QueueLoad(b *pgx.Batch, jobs []*accountJob) {
	bizIDs := []string{}
	for _, j := range jobs {
		if !j.req.Malformed {
			bizIDs = append(bizIDs, j.req.BizID)
		}
	}
	tx.reviews.queueLoad(b, tx.reviewed(jobs))
	b.Queue(readAccounts, bizIDs)
	tx.QueueSignatures(b, jobs)
}

// reviewed are the reviews that the pushes of a batch need: none unless it has binds, and
// merchants are reviewed.
func (tx *accountTransaction) reviewed(jobs []*accountJob) (keys []waybill.ReviewKey) {
	for _, j := range jobs {
		if j.req.Binds && tx.store.policy.Review && !j.req.Malformed && j.req.ShopAppID != "" {
			keys = append(keys, j.reviewKey())
		}
	}
	return keys
}

func (tx *accountTransaction) Load(res pgx.BatchResults) error {
	if err := tx.reviews.load(res); err != nil {
		return err
	}
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
		if j.req.Binds && tx.store.policy.Review {
			tx.decideBind(j)
		}
		kept = append(kept, j)
	}
	return kept
}

// decideBind decides with the review that there is, and reopens it if it has to be pending.
func (tx *accountTransaction) decideBind(j *accountJob) {
	before := tx.reviews.of(j.reviewKey())
	j.opens = false
	j.decision = waybill.DecideBind(j.req, j.decision, before)
	if !j.decision.Pending() {
		return
	}
	// The commit that was in doubt did happen.
	j.Resolved = j.InDoubt && before != nil && before.State == waybill.ReviewPending && before.Push == j.req.Push.ID
	j.opens = tx.reviews.reopen(j.reviewKey(), j.req.Push.ID, tx.Now)
}

func (tx *accountTransaction) QueueWrite(b *pgx.Batch, kept []*accountJob) {
	tx.reviews.queueWrite(b)
	fresh, _ := batch.Split(kept) // of what is resolved, the commit in doubt has written the entry
	entries := make([]pushlog.Row, len(fresh))
	for i, j := range fresh {
		entries[i] = tx.store.ledger.Row(j.req.Push, string(j.decision.Reason), false)
		entries[i].BizID = j.req.BizID
	}
	pushlog.QueueRows(b, tx.Now, entries)
	tx.queueEvents(b, fresh)
	tx.QueueBindings(b, kept)
}
