package instant_test

import (
	"fmt"
	"strconv"
	"strings"
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
		d.WantResult(InstantGetPath, QuestionBody(), 0)
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
		d.WantResult(InstantGetPath, QuestionBody("shop_order_id", id), 0)
	}
	if n, found := d.Instant.Remembered(); n != 10_000 || found != n {
		t.Errorf("%d orders, %d of them to be found", n, found)
	}
}

// A personal text that the packet or an error writes in another way is not shown.
func TestPushesHideAwkwardText(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d, c := startInstant(t, f, "SFTC")
		d.WantResult(PlacePath, PlaceBody(), 0)
		for _, name := range []string{`王"小"明`, `王小]]>明小`, `王\小明`, "王小\n明小", "王小\t明", "王小\u3000明", `]>王小明`} {
			body := PlaceBody("receiver.name", strings.ReplaceAll(strconv.Quote(name), `\u3000`, "\u3000"))
			c.Refuse(1010, "收件人不正确]"+name+"。")
			d.WantResult(ReaddPath, body, 1010)
			c.Change(func(r *wechat.TransportReply) { r.ToUserName = "]" + name })
			d.WantCode(ReaddPath, body, 930557)
			c.Change(func(r *wechat.TransportReply) { r.FromUserName = "]" + name })
			d.WantCode(ReaddPath, body, 930557)
			c.Change(func(r *wechat.TransportReply) { r.WaybillID = "]" + name + strings.Repeat("x", 129) })
			d.WantCode(ReaddPath, body, 930557)
			c.Change(func(r *wechat.TransportReply) { r.Desc = "退款给]" + name })
			d.WantResult(PreCancelPath, QuestionBody(), 0)
			c.Change(func(r *wechat.TransportReply) { r.ActionMsg = "已送给]" + name })
			d.WantResult(InstantGetPath, QuestionBody(), 0)
			c.Change(nil)
		}
		got := d.Show("pushes")
		if strings.Contains(got, "小") || strings.Contains(got, "明") {
			t.Errorf("%v: a name is shown in %s", f, got)
		}
		for _, part := range []string{`"result_msg":"收件人不正确][hidden]。"`, "退款给][hidden]", "ToUserName of the reply is", "收件人不正确][hidden]。"} {
			if n := strings.Count(got, part); n < 7 {
				t.Errorf("%v: %s is there %d times in %s", f, part, n, got)
			}
		}
	}
}
