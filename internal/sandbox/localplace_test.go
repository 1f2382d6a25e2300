package sandbox

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"carrierhook/internal/wechat"
)

// varyingLocal are the members of a push that are not WeChat's sample's.
var varyingLocal = []string{"ToUserName", "FromUserName", "CreateTime", "wx_token", "shopid", "shop_order_id", "waybill_id", "delivery_sign"}

// sampleReply is WeChat's reply to an event, with the names of a push of ours.
func sampleReply(tb testing.TB, f wechat.Format, event string) []byte {
	tb.Helper()
	text, err := os.ReadFile("testdata/" + event + ".response." + f.String())
	if err != nil {
		tb.Fatal(err)
	}
	return bytes.ReplaceAll(text, []byte("oABCD"), []byte(teamOpenID))
}

// pushed is the packet of the last push of instant delivery.
func (d *desk) pushed() string {
	packet, _ := d.carrier.last()
	return packet
}

// WeChat's own request of reOrder, for an order that was placed and cancelled before:
// the push and the answer are WeChat's, byte for byte, and so is a refusal.
func TestReOrderSample(t *testing.T) {
	t.Parallel()
	for _, f := range bothFormats {
		d, c := localDesk(t, f, "SFTC")
		c.sends(func(event string) []byte { return sampleReply(t, f, event) })
		body := localBody(t)
		for _, step := range []struct{ path, body, name, event string }{
			{preAddPath, body, "pre_add", wechat.EventPrecreateOrder},
			{localAddPath, body, "add", wechat.EventAddOrder},
			{tipsPath, askBody("remark", ""), "addtips", wechat.EventAddTips},
			{preCancelPath, askBody(), "precancel", wechat.EventPrecancelOrder},
			{localCancelPath, askBody(), "cancel", wechat.EventCancelOrder},
			{readdPath, body, "readd", wechat.EventReaddOrder},
			{confirmPath, askBody("remark", ""), "confirm_return", wechat.EventConfirmReturn},
		} {
			if got, want := d.call(step.path, step.body), sample(t, "api.local."+step.name+".response.json"); got != want {
				t.Errorf("%v %s:\n got %s\nwant %s", f, step.name, got, want)
			}
			samePacket(t, f, step.event+".request", d.pushed(), varyingLocal...)
		}
		got, want := d.call(readdPath, body), sample(t, "api.reOrder.response.json")
		if got = strings.Replace(got, `"insurancefee":0,`, "", 1); got != want {
			t.Errorf("%v: beside the second spelling\n got %s\nwant %s", f, got, want)
		}
		c.sends(nil)
		c.refuses(1010, "收件人信息不正确")
		for _, path := range []string{preAddPath, readdPath, localAddPath} {
			if got, want := d.call(path, localBody(t, "shop_order_id", `"refused"`)), sample(t, "api.reOrder.response.error.json"); path != readdPath && got != want {
				t.Errorf("%v %s refused:\n got %s\nwant %s", f, path, got, want)
			}
		}
		if got, want := d.call(readdPath, body), sample(t, "api.reOrder.response.error.json"); got != want {
			t.Errorf("%v refused:\n got %s\nwant %s", f, got, want)
		}
	}
}

// What the company says arrives with its own figures, in numbers, the insurance under
// both names whichever it came under, and codes only if there are any.
func TestLocalFigures(t *testing.T) {
	t.Parallel()
	for _, f := range bothFormats {
		d, c := localDesk(t, f, "SFTC")
		c.says(func(r *wechat.TransportReply) { r.InsuranceFee, r.Tips, r.FinishCode = 5, 1_10, 0 })
		got := d.call(localAddPath, localBody(t, "order_info.is_pickup_code_needed", "0"))
		want := `{"resultcode":0,"resultmsg":"ok","fee":12.5,"deliverfee":15,"couponfee":2.5,"tips":1.1,"insurancfee":0.05,"insurancefee":0.05,` +
			`"distance":1234,"waybill_id":"W1","order_status":101,"dispatch_duration":300}`
		if got != want {
			t.Errorf("%v\n got %s\nwant %s", f, got, want)
		}
		if got := d.call(localCancelPath, askBody()); got != `{"resultcode":0,"resultmsg":"ok","deduct_fee":2.05,"desc":"扣2.05元"}` {
			t.Errorf("%v: %s", f, got)
		}
	}
	d, c := localDesk(t, wechat.JSON, "SFTC")
	for _, spelling := range []string{`"insurancfee":0.07`, `"insurancefee":0.07`, `"insurancefee":0.07,"insurancfee":0.07`} {
		c.sends(func(event string) []byte {
			return bytes.Replace(sampleReply(t, wechat.JSON, event), []byte(`"insurancefee": 0`), []byte(spelling), 1)
		})
		if got := d.call(preAddPath, localBody(t)); !strings.Contains(got, `"insurancfee":0.07,"insurancefee":0.07,`) {
			t.Errorf("%s: %s", spelling, got)
		}
	}
}

// The platform gives a token to each placing, and what the merchant signed and was
// promised goes to the company as it is.
func TestLocalTokens(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.XML, "SFTC")
	seen := map[string]bool{}
	body := localBody(t, "delivery_token", `"tokenOfThePrice"`, "delivery_sign", `"FINISH4711"`)
	for _, path := range []string{localAddPath, readdPath, readdPath} {
		d.wantResult(path, body, 0)
		m := c.lastOrder()
		if m.WXToken == "" || seen[m.WXToken] || m.DeliveryToken != "tokenOfThePrice" || m.DeliverySign != "FINISH4711" {
			t.Errorf("%s: a token of its own is %v, the others are %q and %q", path, m.WXToken != "" && !seen[m.WXToken], m.DeliveryToken, m.DeliverySign)
		}
		seen[m.WXToken] = true
	}
	d.wantResult(preAddPath, body, 0)
	if m := c.lastOrder(); m.WXToken != "" || m.DeliveryToken != "" {
		t.Errorf("a price is asked for with tokens: %v", m.WXToken != "")
	}
	last := int64(0)
	for _, m := range c.orders {
		if m.CreateTime <= last || m.FromUserName != teamOpenID || m.ToUserName != testAccount.UserName {
			t.Errorf("CreateTime %d after %d, from %s to %s", m.CreateTime, last, m.FromUserName, m.ToUserName)
		}
		last = m.CreateTime
	}
}

// An order is there once the company took it, once, and what it refuses is not.
func TestLocalOrderExists(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.JSON, "SFTC")
	for _, path := range []string{readdPath, localCancelPath, preCancelPath, localGetPath, tipsPath, confirmPath} {
		body := askBody()
		if path == readdPath {
			body = localBody(t)
		}
		d.wantCode(path, body, 930563)
	}
	d.wantResult(preAddPath, localBody(t), 0)
	d.wantCode(localGetPath, askBody(), 930563)
	c.refuses(1013, "不行")
	d.wantResult(localAddPath, localBody(t), 1013)
	d.wantHint(reportPath, reportBody(c.lastOrder().WXToken), "wx_token")
	d.wantCode(localGetPath, askBody(), 930563)
	d.wantCode(readdPath, localBody(t), 930563)
	if got := d.send("GET", d.control.URL+"/deliveries", ""); got != `{"deliveries":[]}` {
		t.Errorf("%s", got)
	}
	c.says(nil)
	d.wantResult(localAddPath, localBody(t), 0)
	asked := c.count()
	d.wantCode(localAddPath, localBody(t), 930562)
	if c.count() != asked {
		t.Error("the company was asked what WeChat knows")
	}
	d.wantResult(readdPath, localBody(t), 0)
	c.refuses(1033, "配送中")
	if got := d.call(readdPath, localBody(t)); got != `{"resultcode":1033,"resultmsg":"配送中"}` {
		t.Errorf("refused: %s", got)
	}
	d.send("POST", d.control.URL+"/reset", "")
	d.wantCode(localGetPath, askBody(), 930563)
}

// An order is at one company, though its shop may be at two.
func TestLocalOrderElsewhere(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.JSON, "SFTC")
	d.wantResult(localAddPath, onTest(t, "a", "delivery_id", `"SFTC"`), 0)
	d.wantCode(readdPath, onTest(t, "a"), 930563)
	d.wantCode(localCancelPath, askTest("a"), 930563)
	d.wantCode(localAddPath, onTest(t, "a"), 930562)
	if c.count() != 1 {
		t.Errorf("%d pushes", c.count())
	}
	d.wantResult(localAddPath, onTest(t, "b"), 0)
	d.wantCode(readdPath, onTest(t, "b", "delivery_id", `"SFTC"`), 930563)
	d.wantCode(localCancelPath, askTest("b", "delivery_id", `"SFTC"`, "waybill_id", `"W1"`), 930563)
}

// Meituan places nothing again and takes no tips, and the company is not asked.
func TestMeituanOffersLess(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.JSON, "MTPS")
	body := localBody(t, "delivery_id", `"MTPS"`)
	d.wantResult(localAddPath, body, 0)
	got := d.call(readdPath, body)
	if !strings.HasPrefix(got, `{"errcode":930558,"errmsg":"delivery logic error hint: [MTPS places no order again; add it under another shop_order_id] rid: `) {
		t.Errorf("%s", got)
	}
	d.wantCode(tipsPath, askBody(), 930558)
	if c.count() != 1 {
		t.Errorf("%d pushes", c.count())
	}
}

// A shop is of one company and of one merchant.
func TestShopNotBound(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.JSON, "SFTC")
	for name, body := range map[string]string{
		"a shop that is not": localBody(t, "shopid", `"1"`), "at another company": localBody(t, "delivery_id", `"DADA"`),
		"at the company for trying": localBody(t, "delivery_id", `"TEST"`),
	} {
		if got := d.call(localAddPath, body); !strings.HasPrefix(got, `{"errcode":930560,"errmsg":"shopid need bind first rid: `) {
			t.Errorf("%s: %s", name, got)
		}
	}
	d.wantCode(localGetPath, askBody("shopid", `"1"`), 930560)
	d.wantCode(localCancelPath, askBody("delivery_id", `"DADA"`), 930560)
	other, _ := d.tokens.fresh(way{"wxOther", false})
	answer := d.send("POST", d.merchant.URL+localAddPath+"?access_token="+other, localBody(t))
	if errcode(t, answer) != 930560 {
		t.Errorf("another merchant: %s", answer)
	}
	if c.count() != 0 {
		t.Errorf("%d pushes", c.count())
	}
	none := newDesk(t, wechat.JSON, nil)
	none.wantCode(localAddPath, localBody(t), 930560)
}

// What the company says reaches the merchant word for word.
func TestLocalAnswerIsJSON(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.JSON, "SFTC")
	c.refuses(7, `<&> "quoted" 不`)
	got := d.call(localAddPath, localBody(t))
	if got != `{"resultcode":7,"resultmsg":"<&> \"quoted\" 不"}` || !json.Valid([]byte(got)) {
		t.Errorf("%s", got)
	}
}
