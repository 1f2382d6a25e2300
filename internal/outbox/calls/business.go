package calls

import (
	"context"

	"carrierhook/internal/event"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat/client"
)

// ReviewReader reads what updateBusiness says. *express.Store is one.
type ReviewReader interface {
	ReviewCall(ctx context.Context, e *event.Event) (waybill.ReviewCall, error)
}

// UpdateBusiness reports each decided review of a merchant.
func UpdateBusiness(r ReviewReader) Call {
	return Call{
		name:     "updateBusiness",
		keptBack: func(e *event.Event) bool { return e.Kind != event.MerchantReviewed },
		read: func(ctx context.Context, e *event.Event) (func(context.Context, *client.Client) error, error) {
			b, err := r.ReviewCall(ctx, e)
			return func(ctx context.Context, c *client.Client) error {
				review := client.Review{ShopAppID: b.ShopAppID, BizID: b.BizID}
				if !b.Passed {
					review.Code, review.Message = 1, b.Message
				}
				return c.UpdateBusiness(ctx, review)
			}, err
		},
	}
}
