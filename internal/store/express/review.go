package express

import (
	"context"
	"errors"
	"fmt"

	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/batch"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/pushlog"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// reviewColumns are those of a review r, in the order of reviewFields.
	reviewColumns = `r.account, r.biz_id, r.shop_app_id, r.state, r.requested_at, r.push, r.decided_at, r.decided_by, r.message, r.decisions`

	readReview = `SELECT ` + reviewColumns + ` FROM merchant_review r WHERE r.biz_id = $1 AND r.shop_app_id = $2 AND r.account = $3`
	lockReview = readReview + ` FOR NO KEY UPDATE`

	// What is found decided is written once more: see batch.Task.Resolved.
	writeReview = `WITH written AS (
		UPDATE merchant_review r
		SET state = $4, decided_at = $5, decided_by = $6, message = $7, decisions = $8
		WHERE r.biz_id = $1 AND r.shop_app_id = $2 AND r.account = $3
		RETURNING true)`
)

var decideReview = writeReview + batch.CountWritten(`1`)

// reviewFields are where reviewColumns of a review go.
func reviewFields(r *waybill.Review) []any {
	return []any{
		&r.Account, &r.BizID, &r.ShopAppID, &r.State, &r.RequestedAt, (*pushlog.Identity)(&r.Push),
		(*zeronull.Timestamptz)(&r.DecidedAt), &r.DecidedBy, &r.Message, &r.Decisions,
	}
}

// reviewJob is a result on its way in.
type reviewJob struct {
	batch.Clock
	result   waybill.ReviewResult
	decision waybill.ReviewDecision
	inDoubt  bool // a commit's answer was lost
}

// DecideReview notes what the carrier's people decide about a merchant that binds its
// account; waybill.NewReviewResult made it. It is ledger.ErrNotFound if the merchant has not
// done so. After a transient error it is tried again until ctx ends. An error that is
// ledger.ErrOutcomeUnknown says that the decision may hold; any other says that nothing has
// changed.
func (s *Store) DecideReview(ctx context.Context, r waybill.ReviewResult) (waybill.ReviewDecision, error) {
	done, err := s.contracts.Acquire(ctx)
	if err != nil {
		return waybill.ReviewDecision{}, fmt.Errorf("decide review: %w", err)
	}
	defer done()
	j := &reviewJob{result: r}
	err = s.pool.Retry(ctx, func(ctx context.Context, conn *pgxpool.Conn) error { return s.decideReview(ctx, conn, j) })
	if err != nil && j.inDoubt {
		err = fmt.Errorf("%w: %w", ledger.ErrOutcomeUnknown, err)
	}
	if err != nil {
		return waybill.ReviewDecision{}, fmt.Errorf("decide review: %w", err)
	}
	return j.decision, nil
}

// decideReview is one try, of two round trips.
func (s *Store) decideReview(ctx context.Context, conn *pgxpool.Conn, j *reviewJob) error {
	limits, err := pg.TryTimeouts(ctx, s.pool.LockTimeout, s.pool.StatementTimeout)
	if err != nil {
		return err
	}
	before, err := j.load(ctx, conn, limits)
	if err != nil {
		return pg.Rollback(ctx, conn, err)
	}
	sent := j.decision
	j.decision = waybill.DecideReview(j.result, j.Now, before)
	fresh := j.decision.Changes()
	if j.inDoubt && !fresh && before.DecidedAt.Equal(sent.Review.DecidedAt) {
		j.decision = sent // the commit that was in doubt did happen
	}
	var b pgx.Batch
	s.queueReview(&b, j, fresh)
	b.Queue("COMMIT")
	err = pg.FailOnWarning(conn.Conn(), func() error { return pg.ExecAll(ctx, conn, &b) })
	if err != nil {
		j.inDoubt = j.inDoubt || pg.InDoubt(conn.Conn(), err)
		return pg.Rollback(ctx, conn, fmt.Errorf("write and commit: %w", err))
	}
	return nil
}

// load begins the transaction, and locks and reads the review.
func (j *reviewJob) load(ctx context.Context, conn *pgxpool.Conn, limits pg.Timeouts) (before waybill.Review, err error) {
	var b pgx.Batch
	b.Queue("BEGIN")
	b.Queue(pg.SetTimeouts, limits[:]...)
	b.Queue(lockReview, j.result.BizID, j.result.ShopAppID, j.result.Account)
	b.Queue(batch.ReadClock)
	res := conn.SendBatch(ctx, &b)
	defer res.Close()
	for _, what := range []string{"begin", "set timeouts"} {
		if _, err := res.Exec(); err != nil {
			return before, fmt.Errorf("%s: %w", what, err)
		}
	}
	if before, err = loadReview(res); err != nil {
		return before, err
	}
	if err := j.LoadClock(res); err != nil {
		return before, err
	}
	return before, res.Close()
}

// loadReview reads the answer to readReview or lockReview.
func loadReview(res pgx.BatchResults) (r waybill.Review, err error) {
	err = res.QueryRow().Scan(reviewFields(&r)...)
	if errors.Is(err, pgx.ErrNoRows) {
		err = ledger.ErrNotFound
	}
	if err != nil {
		return r, fmt.Errorf("read the review: %w", err)
	}
	return r, nil
}

func (s *Store) queueReview(b *pgx.Batch, j *reviewJob, fresh bool) {
	r := &j.decision.Review
	b.Queue(decideReview, r.BizID, r.ShopAppID, r.Account, r.State, r.DecidedAt, r.DecidedBy, r.Message, r.Decisions)
	if !fresh {
		return
	}
	code := 0 // what updateBusiness says of it
	if r.State == waybill.ReviewFailed {
		code = 1
	}
	facts := s.events.Collect(j.Now)
	facts.Add(r.Account, event.MerchantReviewed, event.OfMerchant(r.BizID), r.Cause(), event.Body{
		BizID: r.BizID, ShopAppID: r.ShopAppID, Reason: string(r.State), ResultCode: &code, Source: event.Source{Token: r.DecidedBy},
	})
	facts.Queue(b)
}
