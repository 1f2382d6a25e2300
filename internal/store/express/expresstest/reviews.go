package expresstest

import (
	"testing"

	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// AddReview puts the pending review of a merchant there.
func AddReview(tb testing.TB, d storetest.Database, k waybill.ReviewKey) {
	tb.Helper()
	d.Exec(tb, `INSERT INTO merchant_review (account, biz_id, shop_app_id, state, requested_at, push) VALUES ($1, $2, $3, 'pending', now(), sha256('1'))`,
		k.Account, k.BizID, k.ShopAppID)
}

// MustReview expects a result to be decided about.
func (d Store) MustReview(tb testing.TB, r waybill.ReviewResult, want waybill.Verdict) waybill.Review {
	tb.Helper()
	got := storetest.Answer(tb, "review of "+r.BizID, d.DecideReview, r)
	if got.Verdict != want {
		tb.Errorf("the review of %s: %s, want %s", r.BizID, got.Verdict, want)
	}
	return got.Review
}
