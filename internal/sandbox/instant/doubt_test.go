package instant_test

import (
	"strings"
	"testing"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// Where nobody knows whether the company took an order, queries are allowed; added
// again it has the same token, and what the company says ends the doubt.
func TestDoubt(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	unheard(d, c, PlacePath, PlaceBody())
	token := c.LastOrder().WXToken
	c.Refuse(1030, "订单已存在")
	d.WantResult(PlacePath, PlaceBody(), 1030)
	if again := c.LastOrder(); again.WXToken != token {
		t.Error("the order is added again with another token")
	}
	if got := d.Show("deliveries"); !strings.Contains(got, `"in_doubt":true,"attempts":[]`) {
		t.Errorf("%s", got)
	}
	c.Change(func(r *wechat.InstantReply) { r.WaybillID, r.OrderStatus = "W1", 101 })
	if got := d.WantResult(InstantGetPath, FollowUpBody(), 0); !strings.Contains(got, `"order_status":101,"waybill_id":"W1"`) {
		t.Errorf("%s", got)
	}
	if last := c.LastFollowUp(); last.WaybillID != "" {
		t.Errorf("in doubt the query is about %s", last.WaybillID)
	}
	d.WantCode(PlacePath, PlaceBody(), 930562)
	d.WantResult(StatusReportPath, StatusReportBody(token, "order_status", "205"), 0)

	// The same with readd: the answer shows whether the new attempt is there.
	unheard(d, c, ReaddPath, PlaceBody())
	second := c.LastOrder().WXToken
	if second == token {
		t.Error("placed again with the old token")
	}
	c.Change(func(r *wechat.InstantReply) { r.WaybillID, r.OrderStatus = "W2", 101 })
	d.WantResult(InstantCancelPath, FollowUpBody(), 0) // in doubt the order may be under way again
	d.WantResult(InstantGetPath, FollowUpBody(), 0)
	d.WantResult(StatusReportPath, StatusReportBody(second, "waybill_id", `"W2"`), 0)
	d.WantCode(StatusReportPath, StatusReportBody(token), 930565)
	got := d.Show("deliveries")
	if !strings.Contains(got, `"in_doubt":false`) || strings.Count(got, `"waybill_id"`) != 2 || !strings.Contains(got, `{"waybill_id":"W2","order_status":102,`) {
		t.Errorf("%s", got)
	}

	// And if it never arrived, the old attempt is the last.
	d.WantResult(StatusReportPath, StatusReportBody(second, "waybill_id", `"W2"`, "order_status", "501"), 0)
	d.Carrier.AnswerInstant(nil)
	d.WantCode(ReaddPath, PlaceBody(), 930557)
	d.Carrier.AnswerInstant(c.Answer)
	c.Change(func(r *wechat.InstantReply) { r.WaybillID, r.OrderStatus = "W2", 501 })
	d.WantResult(InstantGetPath, FollowUpBody(), 0)
	if got := d.Show("deliveries"); !strings.Contains(got, `"in_doubt":false`) || strings.Count(got, `"waybill_id"`) != 2 {
		t.Errorf("%s", got)
	}
	d.WantCode(InstantCancelPath, FollowUpBody(), 930565)
}

// An order in doubt is not taken to another company.
func TestDoubtStays(t *testing.T) {
	t.Parallel()
	d, _ := startInstant(t, wechat.JSON, "SFTC")
	d.Carrier.AnswerInstant(nil)
	d.WantCode(PlacePath, PlaceBody("shopid", `"test_shop_id"`), 930557)
	d.WantCode(PlacePath, TrialBody(ShopOrderID), 930562)
}
