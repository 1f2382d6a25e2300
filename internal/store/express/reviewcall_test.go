package express_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"carrierhook/internal/event"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// The call says the decision of its event while that holds, and is not made once it does not.
func TestReviewCall(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	expresstest.AddReview(t, d.Database, reviewKey)
	of := func(k waybill.ReviewKey, decision int) *event.Event {
		r := waybill.Review{ReviewKey: k, Decisions: decision}
		return &event.Event{
			ID: event.NewID(event.MerchantReviewed, event.OfMerchant(k.BizID), r.Cause()), Kind: event.MerchantReviewed,
			Account: k.Account, Body: event.Body{BizID: k.BizID, ShopAppID: k.ShopAppID},
		}
	}
	none := func(what string, e *event.Event) {
		t.Helper()
		if c, err := d.ReviewCall(t.Context(), e); !errors.Is(err, ledger.ErrNotFound) || c != (waybill.ReviewCall{}) {
			t.Errorf("%s: passed %t, %v", what, c.Passed, err)
		}
	}
	says := func(decision int, want waybill.ReviewCall) {
		t.Helper()
		if got, err := d.ReviewCall(t.Context(), of(reviewKey, decision)); err != nil || got != want {
			t.Errorf("decision %d: passed %t, %v", decision, got.Passed, err)
		}
	}
	none("nothing decided", of(reviewKey, 0))
	d.MustReview(t, failed(reviewKey, "资料不全"), waybill.Recorded)
	says(1, waybill.ReviewCall{ShopAppID: "wx1", BizID: "B", Message: "资料不全"})
	none("another account's", of(waybill.ReviewKey{Account: "gh_b", BizID: "B", ShopAppID: "wx1"}, 1))
	none("no id", of(waybill.ReviewKey{Account: "gh_a", BizID: "B\x00", ShopAppID: "wx1"}, 1))
	d.MustReview(t, passed(reviewKey), waybill.Recorded)
	none("failed, and passed since", of(reviewKey, 1))
	says(2, waybill.ReviewCall{ShopAppID: "wx1", BizID: "B", Passed: true})
	d.Exec(t, `UPDATE merchant_review SET state = 'pending', decided_at = NULL`)
	none("pending again", of(reviewKey, 2))
	d.MustReview(t, failed(reviewKey, "资料不全"), waybill.Recorded)
	none("failed before, in the same words", of(reviewKey, 1))
	says(3, waybill.ReviewCall{ShopAppID: "wx1", BizID: "B", Message: "资料不全"})
}

// Reading what a call says has a limit of its own, whatever time its caller has.
func TestCallsAreReadInTime(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Lock(t, `LOCK TABLE waybill, scan, merchant_review IN ACCESS EXCLUSIVE MODE`)
	ctx, cancel := context.WithTimeout(t.Context(), storetest.Patience)
	defer cancel()
	var all sync.WaitGroup
	for name, read := range map[string]func() error{
		"ReviewCall":     func() error { _, err := d.ReviewCall(ctx, &event.Event{}); return err },
		"PathNode":       func() error { _, err := d.PathNode(ctx, &event.Event{}); return err },
		"Token":          func() error { _, _, err := d.Token(ctx, "W1"); return err },
		"BookedByWeChat": func() error { _, err := d.BookedByWeChat(ctx, nil); return err },
	} {
		all.Go(func() {
			if err := read(); err == nil || errors.Is(err, ledger.ErrNotFound) || ctx.Err() != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	all.Wait()
}
