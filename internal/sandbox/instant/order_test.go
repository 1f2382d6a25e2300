package instant_test

import (
	"bytes"
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// Varying are the members of a push that are not WeChat's sample's.
var Varying = []string{"ToUserName", "FromUserName", "CreateTime", "wx_token", "shopid", "shop_order_id", "waybill_id", "delivery_sign"}

// WeChat's own request of reOrder, for an order that was placed and cancelled before:
// the push and the answer are WeChat's, byte for byte, and so is a refusal.
func TestReOrderSample(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d, c := startInstant(t, f, "SFTC")
		c.SendRaw(func(event string) []byte { return SampleReply(t, f, event) })
		body := PlaceBody()
		for _, step := range []struct{ path, body, name, event string }{
			{PreAddPath, body, "pre_add", wechat.EventPrecreateOrder},
			{PlacePath, body, "add", wechat.EventAddOrder},
			{TipsPath, FollowUpBody("remark", ""), "addtips", wechat.EventAddTips},
			{PreCancelPath, FollowUpBody(), "precancel", wechat.EventPrecancelOrder},
			{InstantCancelPath, FollowUpBody(), "cancel", wechat.EventCancelOrder},
			{ReaddPath, body, "readd", wechat.EventReaddOrder},
			{ConfirmPath, FollowUpBody("remark", ""), "confirm_return", wechat.EventConfirmReturn},
		} {
			if got, want := d.Call(step.path, step.body), Sample(t, "api.instant."+step.name+".response.json"); got != want {
				t.Errorf("%v %s:\n got %s\nwant %s", f, step.name, got, want)
			}
			packet, _ := d.Carrier.Last()
			SamePacket(t, f, step.event+".request", packet, Varying...)
		}
		got, want := d.Call(ReaddPath, body), Sample(t, "api.reOrder.response.json")
		if got = strings.Replace(got, `"insurancefee":0,`, "", 1); got != want {
			t.Errorf("%v: beside the second spelling\n got %s\nwant %s", f, got, want)
		}
		c.SendRaw(nil)
		c.Refuse(1010, "收件人信息不正确")
		for _, path := range []string{PreAddPath, ReaddPath, PlacePath} {
			if got, want := d.Call(path, PlaceBody("shop_order_id", `"refused"`)), Sample(t, "api.reOrder.response.error.json"); path != ReaddPath && got != want {
				t.Errorf("%v %s refused:\n got %s\nwant %s", f, path, got, want)
			}
		}
		if got, want := d.Call(ReaddPath, body), Sample(t, "api.reOrder.response.error.json"); got != want {
			t.Errorf("%v refused:\n got %s\nwant %s", f, got, want)
		}
	}
}

// What the company says arrives with its own figures, in numbers, the insurance under
// both names whichever it came under, and codes only if there are any.
func TestFigures(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d, c := startInstant(t, f, "SFTC")
		c.Change(func(r *wechat.InstantReply) { r.InsuranceFee, r.Tips, r.FinishCode = 5, 1_10, 0 })
		got := d.Call(PlacePath, PlaceBody("order_info.is_pickup_code_needed", "0"))
		want := `{"resultcode":0,"resultmsg":"ok","fee":12.5,"deliverfee":15,"couponfee":2.5,"tips":1.1,"insurancfee":0.05,"insurancefee":0.05,` +
			`"distance":1234,"waybill_id":"W1","order_status":101,"dispatch_duration":300}`
		if got != want {
			t.Errorf("%v\n got %s\nwant %s", f, got, want)
		}
		if got := d.Call(InstantCancelPath, FollowUpBody()); got != `{"resultcode":0,"resultmsg":"ok","deduct_fee":2.05,"desc":"扣2.05元"}` {
			t.Errorf("%v: %s", f, got)
		}
	}
	d, c := startInstant(t, wechat.JSON, "SFTC")
	for _, spelling := range []string{`"insurancfee":0.07`, `"insurancefee":0.07`, `"insurancefee":0.07,"insurancfee":0.07`} {
		c.SendRaw(func(event string) []byte {
			return bytes.Replace(SampleReply(t, wechat.JSON, event), []byte(`"insurancefee": 0`), []byte(spelling), 1)
		})
		if got := d.Call(PreAddPath, PlaceBody()); !strings.Contains(got, `"insurancfee":0.07,"insurancefee":0.07,`) {
			t.Errorf("%s: %s", spelling, got)
		}
	}
}

// The delivery_token of WeChat's sample stands for none, where that is said; any other is
// the company's.
func TestNoToken(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, func(o *Options) {
		InstantAt("SFTC")(o)
		o.Instant.NoToken = "xxxxxxxx"
	})
	c := NewCompany(d, wechat.XML)
	for token, want := range map[string]string{"xxxxxxxx": "", "xxxxxxxxx": "xxxxxxxxx", "": ""} {
		d.Call(PlacePath, PlaceBody("shop_order_id", `"`+token+`_"`, "delivery_token", `"`+token+`"`))
		if got := c.LastOrder().DeliveryToken; got != want {
			t.Errorf("%q went to the company as %q", token, got)
		}
	}
}

// The platform gives a token to each placing, and what the merchant signed and was
// promised goes to the company as it is.
func TestTokens(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.XML, "SFTC")
	seen := map[string]bool{}
	body := PlaceBody("delivery_token", `"tokenOfThePrice"`, "delivery_sign", `"FINISH4711"`)
	for _, path := range []string{PlacePath, ReaddPath, ReaddPath} {
		d.WantResult(path, body, 0)
		m := c.LastOrder()
		if m.WXToken == "" || seen[m.WXToken] || m.DeliveryToken != "tokenOfThePrice" || m.DeliverySign != "FINISH4711" {
			t.Errorf("%s: a token of its own is %v, the others are %q and %q", path, m.WXToken != "" && !seen[m.WXToken], m.DeliveryToken, m.DeliverySign)
		}
		seen[m.WXToken] = true
	}
	d.WantResult(PreAddPath, body, 0)
	if m := c.LastOrder(); m.WXToken != "" || m.DeliveryToken != "" {
		t.Errorf("a query for a price has tokens: %v", m.WXToken != "")
	}
	last := int64(0)
	for _, m := range c.Orders {
		if m.CreateTime <= last || m.FromUserName != sandbox.TeamOpenID || m.ToUserName != AccountOptions.UserName {
			t.Errorf("CreateTime %d after %d, from %s to %s", m.CreateTime, last, m.FromUserName, m.ToUserName)
		}
		last = m.CreateTime
	}
}

// An order is there once the company took it, once, and what it refuses is not.
func TestOrderExists(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	for _, path := range []string{ReaddPath, InstantCancelPath, PreCancelPath, InstantGetPath, TipsPath, ConfirmPath} {
		body := FollowUpBody()
		if path == ReaddPath {
			body = PlaceBody()
		}
		d.WantCode(path, body, 930563)
	}
	d.WantResult(PreAddPath, PlaceBody(), 0)
	d.WantCode(InstantGetPath, FollowUpBody(), 930563)
	c.Refuse(1013, "不行")
	d.WantResult(PlacePath, PlaceBody(), 1013)
	d.WantHint(StatusReportPath, StatusReportBody(c.LastOrder().WXToken), "wx_token")
	d.WantCode(InstantGetPath, FollowUpBody(), 930563)
	d.WantCode(ReaddPath, PlaceBody(), 930563)
	if got := d.Show("deliveries"); got != `{"deliveries":[]}` {
		t.Errorf("%s", got)
	}
	c.Change(nil)
	d.WantResult(PlacePath, PlaceBody(), 0)
	before := c.Count()
	d.WantCode(PlacePath, PlaceBody(), 930562)
	if c.Count() != before {
		t.Error("the company got a push about what WeChat knows")
	}
	d.WantResult(ReaddPath, PlaceBody(), 0)
	c.Refuse(1033, `<&> "配送中"`) // the merchant gets it verbatim
	if got := d.Call(ReaddPath, PlaceBody()); got != `{"resultcode":1033,"resultmsg":"<&> \"配送中\""}` {
		t.Errorf("refused: %s", got)
	}
	d.Reset()
	d.WantCode(InstantGetPath, FollowUpBody(), 930563)
}

// An order is at one company, though its shop may be at two.
func TestOrderElsewhere(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	d.WantResult(PlacePath, TrialBody("a", "delivery_id", `"SFTC"`), 0)
	d.WantCode(ReaddPath, TrialBody("a"), 930563)
	d.WantCode(InstantCancelPath, TrialFollowUpBody("a"), 930563)
	d.WantCode(PlacePath, TrialBody("a"), 930562)
	if c.Count() != 1 {
		t.Errorf("%d pushes", c.Count())
	}
	d.WantResult(PlacePath, TrialBody("b"), 0)
	d.WantCode(ReaddPath, TrialBody("b", "delivery_id", `"SFTC"`), 930563)
	d.WantCode(InstantCancelPath, TrialFollowUpBody("b", "delivery_id", `"SFTC"`, "waybill_id", `"W1"`), 930563)
}

// Meituan places nothing again and takes no tips, and the company gets no push.
func TestMeituanOffersLess(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "MTPS")
	body := PlaceBody("delivery_id", `"MTPS"`)
	d.WantResult(PlacePath, body, 0)
	got := d.Call(ReaddPath, body)
	if !strings.HasPrefix(got, `{"errcode":930558,"errmsg":"delivery logic error hint: [MTPS places no order again; add it under another shop_order_id] rid: `) {
		t.Errorf("%s", got)
	}
	d.WantCode(TipsPath, FollowUpBody(), 930558)
	if c.Count() != 1 {
		t.Errorf("%d pushes", c.Count())
	}
}

// A shop is of one company and of one merchant.
func TestShopNotBound(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	for name, body := range map[string]string{
		"a shop that is not": PlaceBody("shopid", `"1"`), "at another company": PlaceBody("delivery_id", `"DADA"`),
		"at the company for trying": PlaceBody("delivery_id", `"TEST"`),
	} {
		if got := d.Call(PlacePath, body); !strings.HasPrefix(got, `{"errcode":930560,"errmsg":"shopid need bind first rid: `) {
			t.Errorf("%s: %s", name, got)
		}
	}
	d.WantCode(InstantGetPath, FollowUpBody("shopid", `"1"`), 930560)
	d.WantCode(InstantCancelPath, FollowUpBody("delivery_id", `"DADA"`), 930560)
	if answer := d.CallAs("wxOther", PlacePath, PlaceBody()); d.Errcode(answer) != 930560 {
		t.Errorf("another merchant: %s", answer)
	}
	if c.Count() != 0 {
		t.Errorf("%d pushes", c.Count())
	}
	none := StartSandbox(t, wechat.JSON, nil)
	none.WantCode(PlacePath, PlaceBody(), 930560)
}
