package sandbox

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"carrierhook/internal/wechat"
)

// fill makes the record full: with orders that are under way, or of which only the
// price was asked.
func (r *localRecord) fill(taken bool) {
	for i := 0; len(r.oldest) < maxOrders; i++ {
		o := r.claim(localKey{"wxABCD", localShop, "full" + strconv.Itoa(i)})
		if taken {
			r.begin(o, "SFTC", "", "token"+o.orderID)
			r.took(o, "W", statusWaiting, 0)
		}
		r.leave(o)
	}
}

// An order that is under way outlives any number of prices, and of orders that the
// company refuses.
func TestLocalPricesForgetNothing(t *testing.T) {
	t.Parallel()
	for _, taken := range []bool{false, true} {
		d, c := localDesk(t, wechat.JSON, "SFTC")
		d.wantResult(localAddPath, localBody(t), 0)
		token := c.lastOrder().WXToken
		d.local.fill(taken)
		for i := range 3 {
			id := fmt.Sprintf(`"price%d"`, i)
			d.wantResult(preAddPath, localBody(t, "shop_order_id", id), 0)
			c.refuses(1013, "不行")
			d.wantResult(localAddPath, localBody(t, "shop_order_id", id), 1013)
			c.says(nil)
		}
		d.wantResult(reportPath, reportBody(token), 0)
		d.wantResult(localGetPath, askBody(), 0)
		if n := len(d.local.oldest); n != maxOrders || len(d.local.orders) != n {
			t.Errorf("%d orders, %d of them to be found", n, len(d.local.orders))
		}
	}
}

// What no company took is forgotten before what has ended, that before what is under
// way, and of each the oldest first.
func TestLocalForgetsInOrder(t *testing.T) {
	t.Parallel()
	var r localRecord
	r.clear()
	for _, made := range []struct {
		id    string
		doubt bool
		takes []int // the statuses of its attempts
	}{
		{"doubted", true, nil}, {"waiting", false, []int{statusWaiting}}, {"again", true, []int{statusCancelled}},
		{"ended", false, []int{statusCancelled, statusReturned}}, {"ended too", false, []int{statusCancelled}},
		{"price", false, nil}, {"price too", false, nil},
	} {
		o := r.claim(localKey{"a", "s", made.id})
		for i, status := range made.takes {
			r.begin(o, "SFTC", "", made.id+strconv.Itoa(i))
			r.took(o, "W", status, 0)
		}
		if made.doubt {
			r.begin(o, "SFTC", "", made.id)
			r.unknown(o)
		}
		r.leave(o)
	}
	r.fill(true)
	tokens := len(r.tokens)
	for i, step := range []struct {
		id     string
		tokens int
	}{{"price", 0}, {"price too", 0}, {"ended", 2}, {"ended too", 1}, {"doubted", 1}, {"waiting", 1}, {"again", 2}, {"full0", 1}} {
		if r.orders[localKey{"a", "s", step.id}] == nil && step.id != "full0" {
			t.Errorf("%s is forgotten too early", step.id)
		}
		o := r.claim(localKey{"a", "s", "new" + strconv.Itoa(i)})
		r.begin(o, "SFTC", "", "new"+strconv.Itoa(i))
		r.took(o, "W", statusWaiting, 0)
		r.leave(o)
		tokens += 1 - step.tokens
		if r.orders[localKey{"a", "s", step.id}] != nil || len(r.tokens) != tokens || len(r.orders) != maxOrders || len(r.oldest) != maxOrders {
			t.Errorf("%s should go: %d tokens for %d, %d orders", step.id, len(r.tokens), tokens, len(r.orders))
		}
	}
	if r.orders[localKey{"wxABCD", localShop, "full0"}] != nil {
		t.Error("the oldest of all is there")
	}
}

// An order is not forgotten while a call is at it: neither one that is being placed,
// nor one that has ended and is being placed again.
func TestLocalForgetsNothingInHand(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.JSON, "SFTC")
	d.wantResult(localAddPath, localBody(t), 0)
	d.wantResult(reportPath, reportBody(c.lastOrder().WXToken, "order_status", "205"), 0)
	d.local.fill(true)
	others := 0
	d.carrier.answersLocal(func(p *wechat.Push) []byte {
		for range 2 { // orders of somebody else's, meanwhile
			o := d.local.claim(localKey{"wxOther", localShop, strconv.Itoa(others)})
			others++
			d.local.begin(o, "SFTC", "", "other"+o.orderID)
			d.local.took(o, "W", statusWaiting, 0)
			d.local.leave(o)
		}
		return c.answer(p)
	})
	for _, step := range []struct{ path, id, waybill string }{{readdPath, localOrder1, `"W2"`}, {localAddPath, "new", `"W3"`}} {
		id := strconv.Quote(step.id)
		d.wantResult(step.path, localBody(t, "shop_order_id", id), 0)
		d.wantResult(reportPath, reportBody(c.lastOrder().WXToken, "shop_order_id", id, "waybill_id", step.waybill), 0)
		d.wantResult(localGetPath, askBody("shop_order_id", id), 0)
	}
	if n := len(d.local.oldest); n != maxOrders || len(d.local.orders) != n {
		t.Errorf("%d orders, %d of them to be found", n, len(d.local.orders))
	}
}

// A personal text that the packet or an error writes in another way is not shown.
func TestLocalPushesHideAwkwardText(t *testing.T) {
	t.Parallel()
	for _, f := range bothFormats {
		d, c := localDesk(t, f, "SFTC")
		d.wantResult(localAddPath, localBody(t), 0)
		for _, name := range []string{`王"小"明`, `王小]]>明小`, `王\小明`, "王小\n明小", "王小\t明", "王小\u3000明", `]>王小明`} {
			body := localBody(t, "receiver.name", strings.ReplaceAll(strconv.Quote(name), `\u3000`, "\u3000"))
			c.refuses(1010, "收件人不正确]"+name+"。")
			d.wantResult(readdPath, body, 1010)
			c.says(func(r *wechat.TransportReply) { r.ToUserName = "]" + name })
			d.wantCode(readdPath, body, 930557)
			c.says(func(r *wechat.TransportReply) { r.FromUserName = "]" + name })
			d.wantCode(readdPath, body, 930557)
			c.says(func(r *wechat.TransportReply) { r.WaybillID = "]" + name + strings.Repeat("x", 129) })
			d.wantCode(readdPath, body, 930557)
			c.says(func(r *wechat.TransportReply) { r.Desc = "退款给]" + name })
			d.wantResult(preCancelPath, askBody(), 0)
			c.says(func(r *wechat.TransportReply) { r.ActionMsg = "已送给]" + name })
			d.wantResult(localGetPath, askBody(), 0)
			c.says(nil)
		}
		got := d.send("GET", d.control.URL+"/pushes", "")
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
