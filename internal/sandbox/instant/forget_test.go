package instant_test

import (
	"fmt"
	"strconv"
	"testing"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// An order that is under way outlives any number of prices, and of orders that the
// company refuses.
func TestPricesForgetNothing(t *testing.T) {
	t.Parallel()
	for _, taken := range []bool{false, true} {
		d, c := startInstant(t, wechat.JSON, "SFTC")
		d.WantResult(PlacePath, PlaceBody(), 0)
		token := c.LastOrder().WXToken
		d.Instant.Fill(taken)
		for i := range 3 {
			id := fmt.Sprintf(`"price%d"`, i)
			d.WantResult(PreAddPath, PlaceBody("shop_order_id", id), 0)
			c.Refuse(1013, "不行")
			d.WantResult(PlacePath, PlaceBody("shop_order_id", id), 1013)
			c.Change(nil)
		}
		d.WantResult(StatusReportPath, StatusReportBody(token), 0)
		d.WantResult(InstantGetPath, FollowUpBody(), 0)
		if n, found := d.Instant.Remembered(); n != 10_000 || found != n {
			t.Errorf("%d orders, %d of them to be found", n, found)
		}
	}
}

// An order is not forgotten while a call is at it: neither one that is being placed,
// nor one that has ended and is being placed again.
func TestForgetsNothingInHand(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	d.WantResult(PlacePath, PlaceBody(), 0)
	d.WantResult(StatusReportPath, StatusReportBody(c.LastOrder().WXToken, "order_status", "205"), 0)
	d.Instant.Fill(true)
	others := 0
	d.Carrier.AnswerInstant(func(p *wechat.Push) []byte {
		for range 2 { // orders of somebody else's, meanwhile
			d.Instant.Place("wxOther", ShopID, strconv.Itoa(others))
			others++
		}
		return c.Answer(p)
	})
	for _, step := range []struct{ path, id, waybill string }{{ReaddPath, ShopOrderID, `"W2"`}, {PlacePath, "new", `"W3"`}} {
		id := strconv.Quote(step.id)
		d.WantResult(step.path, PlaceBody("shop_order_id", id), 0)
		d.WantResult(StatusReportPath, StatusReportBody(c.LastOrder().WXToken, "shop_order_id", id, "waybill_id", step.waybill), 0)
		d.WantResult(InstantGetPath, FollowUpBody("shop_order_id", id), 0)
	}
	if n, found := d.Instant.Remembered(); n != 10_000 || found != n {
		t.Errorf("%d orders, %d of them to be found", n, found)
	}
}
