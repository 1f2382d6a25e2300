package express

import (
	"context"
	"fmt"

	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// ReviewCall is what WeChat is to hear of a decided review, by its event. It is
// ledger.ErrNotFound if the decision of the event no longer holds: the merchant was decided
// about again, or binds its account again, and a verdict that comes late would be taken for
// the one on that.
func (s *Store) ReviewCall(ctx context.Context, e *event.Event) (waybill.ReviewCall, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var r waybill.Review
	err := error(ledger.ErrNotFound)
	if pg.CanStore(e.Body.BizID, e.Body.ShopAppID, e.Account) {
		err = s.pool.Read(ctx, false, func(b *pgx.Batch) { b.Queue(readReview, e.Body.BizID, e.Body.ShopAppID, e.Account) },
			func(res pgx.BatchResults) (err error) {
				r, err = loadReview(res)
				return err
			})
	}
	if err == nil && (r.State == waybill.ReviewPending || event.NewID(event.MerchantReviewed, event.OfMerchant(r.BizID), r.Cause()) != e.ID) {
		err = fmt.Errorf("decided again, or pending again: %w", ledger.ErrNotFound)
	}
	if err != nil {
		return waybill.ReviewCall{}, fmt.Errorf("review of merchant %q: %w", e.Body.BizID, err)
	}
	return waybill.ReviewCall{ShopAppID: r.ShopAppID, BizID: r.BizID, Passed: r.State == waybill.ReviewPassed, Message: r.Message}, nil
}
