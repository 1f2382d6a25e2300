package express

import (
	"context"
	"fmt"

	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// The keys are compared as a row, which is the order of the index of one state.
const (
	listReviews = `SELECT ` + reviewColumns + ` FROM merchant_review r
		WHERE (r.requested_at, r.biz_id, r.shop_app_id, r.account) > ($1, $2, $3, $4)`
	listReviewsIn    = listReviews + ` AND r.state = $5 ORDER BY r.state, r.requested_at, r.biz_id, r.shop_app_id, r.account LIMIT $6`
	listReviewsOfAll = listReviews + ` ORDER BY r.requested_at, r.biz_id, r.shop_app_id, r.account LIMIT $5`
)

// Reviews gives a page of the reviews that a query has, those first that became pending
// first, and whether there are more than its limit. One that becomes pending again comes
// behind all others, so that no page leaves it out. Those of all states are read as a whole,
// and a merchant's are few.
func (s *Store) Reviews(ctx context.Context, q waybill.ReviewQuery) (page []waybill.Review, more bool, err error) {
	err = s.pool.Read(ctx, q.State == "", func(b *pgx.Batch) { queueReviews(b, q) }, func(res pgx.BatchResults) error {
		page = nil
		return pg.EachRow(res, func(rows pgx.Rows) error {
			var r waybill.Review
			err := rows.Scan(reviewFields(&r)...)
			page = append(page, r)
			return err
		})
	})
	if err != nil {
		return nil, false, fmt.Errorf("list reviews: %w", err)
	}
	if len(page) > q.Limit {
		return page[:q.Limit], true, nil
	}
	return page, false, nil
}

// queueReviews reads one more than wanted, to tell whether there are more.
func queueReviews(b *pgx.Batch, q waybill.ReviewQuery) {
	after := waybill.ReviewCursor{}
	if q.After != nil {
		after = *q.After
	}
	args := []any{after.RequestedAt, after.BizID, after.ShopAppID, after.Account}
	if q.State == "" {
		b.Queue(listReviewsOfAll, append(args, q.Limit+1)...)
		return
	}
	b.Queue(listReviewsIn, append(args, q.State, q.Limit+1)...)
}
