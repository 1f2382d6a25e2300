package expresstest

import (
	"testing"
	"time"

	"carrierhook/internal/ledger"
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

// BindPush makes push n's bind of merchant B's account to a mini program.
func BindPush(n int, shopAppID string) waybill.AccountRequest {
	p := ledger.Push{ID: ledger.PushID{byte(n >> 8), byte(n), 6}, Account: "gh_a", Event: "check_biz", Format: "xml", Mode: "secure", Received: time.Now()}
	return waybill.NewBindRequest(p, "B", shopAppID, "pw")
}

// WantBind expects a bind to be answered for this reason.
func (d Store) WantBind(tb testing.TB, r waybill.AccountRequest, want waybill.Reason) {
	tb.Helper()
	if got := storetest.Answer(tb, "bind of "+r.BizID, d.Account, r); got != (waybill.AccountDecision{Reason: want, Field: got.Field}) {
		tb.Errorf("bind of %s to %s: got %+v, want %s", r.BizID, r.ShopAppID, got, want)
	}
}
