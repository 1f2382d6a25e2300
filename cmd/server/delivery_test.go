package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/config"
	"carrierhook/internal/delivery"
	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"
)

// instantReply is the part of a merchant's answer that the tests check, of instant delivery.
// Amounts are kept as they are written.
type instantReply struct {
	ErrCode    int    `json:"errcode"`
	ResultCode int    `json:"resultcode"`
	ResultMsg  string `json:"resultmsg"`

	Fee           json.Number `json:"fee"`
	DeliverFee    json.Number `json:"deliverfee"`
	CouponFee     json.Number `json:"couponfee"`
	Tips          json.Number `json:"tips"`
	InsuranceFee  json.Number `json:"insurancefee"`
	InsuranceFee2 json.Number `json:"insurancfee"` // so spelt
	DeductFee     json.Number `json:"deduct_fee"`
	Distance      int64       `json:"distance"`
	WaybillID     string      `json:"waybill_id"`
	OrderStatus   int         `json:"order_status"`
	FinishCode    int         `json:"finish_code"`
	PickupCode    int         `json:"pickup_code"`
	Dispatch      int         `json:"dispatch_duration"`
	Token         string      `json:"delivery_token"`
}

// instant calls the sandbox about instant delivery as a merchant does, and wants the
// errcode or, where there is none, the resultcode.
func (d *playedBox) instant(code int, call, body string) (says string, a instantReply) {
	d.tb.Helper()
	says, _ = d.call("local/business/order/"+call, body)
	if err := json.Unmarshal([]byte(says), &a); err != nil {
		d.tb.Errorf("%s: %v", says, err)
	}
	if got := a.ErrCode + a.ResultCode; got != code || a.ErrCode != 0 && a.ResultCode != 0 {
		d.tb.Fatalf("order/%s: %s, want %d", call, says, code)
	}
	return says, a
}

// reorder is WeChat's sample of a request for reOrder, changed.
func reorder(tb testing.TB, change func(m map[string]any)) string {
	tb.Helper()
	d := json.NewDecoder(strings.NewReader(read(tb, filepath.Join("testdata", "api.reOrder.request.json"))))
	d.UseNumber()
	var m map[string]any
	must(tb, d.Decode(&m))
	change(m)
	text, err := json.Marshal(m)
	must(tb, err)
	return string(text)
}

// signOf is the right sign of a request, for that order.
func signOf(m map[string]any, orderID string) string {
	return delivery.Sign(m["shopid"].(string), orderID, demo.ShopSecret)
}

// signed is the sample with a right sign and a token, and nothing else changed.
func signed(tb testing.TB, token string) string {
	tb.Helper()
	return reorder(tb, func(m map[string]any) {
		m["delivery_sign"] = signOf(m, m["shop_order_id"].(string))
		m["delivery_token"] = token
	})
}

// about is a request about the sample's order.
func about(tb testing.TB, waybillID string, more func(m map[string]any)) string {
	tb.Helper()
	return reorder(tb, func(m map[string]any) {
		m["delivery_sign"] = signOf(m, m["shop_order_id"].(string))
		for _, part := range []string{"sender", "receiver", "cargo", "order_info", "shop", "delivery_token"} {
			delete(m, part)
		}
		m["waybill_id"] = waybillID
		if more != nil {
			more(m)
		}
	})
}

func notNeeded(m map[string]any) { m["cancel_reason_id"], m["cancel_reason"] = 1, "" }

// WeChat's sample of reOrder, with a right sign and a token from pre_add, for an
// order that was placed and cancelled: the sample's answer, with our own figures,
// through sandbox, push, decision and Postgres, in every mode and format. The
// sample as it stands is refused for its sign, and an order under way is refused.
func TestReorder(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *program, mode wechat.Mode, f wechat.Format) {
		d := playWeChat(t, p, mode, f, nil)
		untouched := read(t, filepath.Join("testdata", "api.reOrder.request.json"))

		_, quote := d.instant(0, "pre_add", signed(t, ""))
		if quote.Token == "" || quote.Fee != "69" || quote.Distance != 34489 {
			t.Fatalf("the quote is %+v", quote)
		}
		_, placed := d.instant(0, "add", signed(t, quote.Token))
		_, refused := d.instant(1033, "readd", signed(t, quote.Token))
		if refused.ResultMsg == "" {
			t.Error("an order under way is refused without a word")
		}
		_, cancelled := d.instant(0, "cancel", about(t, placed.WaybillID, notNeeded))
		if cancelled.DeductFee != "0" {
			t.Errorf("%s is deducted", cancelled.DeductFee)
		}
		if says, _ := d.instant(1003, "readd", untouched); says != `{"resultcode":1003,"resultmsg":"签名不正确"}` {
			t.Errorf("the untouched sample: %s", says)
		}
		says, again := d.instant(0, "readd", signed(t, quote.Token))
		asTheSample(t, says)
		if again.ResultCode != 0 || again.OrderStatus != 101 || again.WaybillID == "" || again.WaybillID == placed.WaybillID {
			t.Errorf("%s, and it was %s before", says, placed.WaybillID)
		}
		if again.Fee != quote.Fee || again.DeliverFee != "69" || again.CouponFee != "0" || again.Distance != quote.Distance || again.Dispatch != 300 {
			t.Errorf("%s does not hold what %+v quoted", says, quote)
		}
		d.instant(1033, "readd", signed(t, quote.Token))

		for result, n := range map[string]float64{"0": 1, "1003": 1, "1033": 2} {
			p.shows(t, map[string]float64{fmt.Sprintf(`carrierhook_pushes_total{account="main",event="transport_readd_order",format="%v",mode="%v",result="%s"}`, f, mode, result): n})
		}
		metrics := p.metrics(t)
		noSecrets(t, metrics)
		noPersonalData(t, metrics)
	})
}

// asTheSample wants the members of WeChat's sample of an answer, in their types,
// and the one that it spells in another way.
func asTheSample(t *testing.T, says string) {
	t.Helper()
	kinds := func(text string) map[string]reflect.Kind {
		var m map[string]any
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		k := map[string]reflect.Kind{}
		for name, v := range m {
			k[name] = reflect.ValueOf(v).Kind()
		}
		return k
	}
	got, want := kinds(says), kinds(read(t, filepath.Join("testdata", "api.reOrder.response.json")))
	want["insurancefee"] = want["insurancfee"]
	if !maps.Equal(got, want) || len(want) != 14 {
		t.Errorf("%s\nhas the members %v\nwant %v", says, got, want)
	}
}

// A shop of one's own at the sandbox is bound by its flag. Whether the carrier knows it
// is another question.
func TestSandboxOwnShop(t *testing.T) {
	t.Parallel()
	p := start(t, testConfig(withSamples(t), wechat.Plain))
	mine := reorder(t, func(m map[string]any) { m["shopid"] = "mine" })
	playWeChat(t, p, wechat.Plain, wechat.XML, nil).instant(930560, "add", mine)
	d := playWeChat(t, p, wechat.Plain, wechat.XML, func(s *sandboxFlags) { s.shops = []string{"mine"} })
	d.instant(1002, "add", mine)
	d.instant(0, "pre_add", signed(t, ""))
}

// Without delivery.key nothing of instant delivery is offered: every push is answered so,
// in small letters, and recorded. Shops cannot be imported.
func TestDeliveryNotOffered(t *testing.T) {
	t.Parallel()
	cfg := testConfig(withSamples(t), wechat.Plain)
	cfg.Delivery.Key = ""
	p := start(t, cfg)
	for f, says := range map[wechat.Format]string{
		wechat.XML: "<resultcode>-1</resultcode><resultmsg><![CDATA[不支持该业务]]></resultmsg>", wechat.JSON: `"resultcode":-1,"resultmsg":"不支持该业务"`,
	} {
		w := p.wechat(t, wechat.Plain, f)
		for i, event := range slices.Concat(instantOrderEvents, instantFollowUps, []string{"transport_get_agent_pos", "get_auth_info"}) {
			m := wechat.InstantFollowUp{ToUserName: "gh_abcdefg", FromUserName: testOpenID, CreateTime: int64(1533042556 + i), Event: event, ShopID: demo.ShopID, ShopOrderID: "1"}
			d, err := w.Push(t.Context(), wechat.EncodeInstantFollowUp(f, m), "")
			if err != nil || !strings.Contains(string(d.Reply), says) {
				t.Errorf("%v %s: %v\n%s", f, event, err, d.Reply)
			}
		}
	}
	api := carrier{tb: t, p: p}
	if pushes := api.call(200, "GET", "/v1/pushes?reason=not_offered", "").Pushes; len(pushes) != 20 {
		t.Errorf("%d pushes are on record, want 20", len(pushes))
	}
	out := on(t, cfg.Database.URL.Value()).reading("shop_id,secret\nmine,hush\n").refuses("delivery.key (CARRIERHOOK_DELIVERY_KEY)", "import", "shops", "-")
	if strings.Contains(out, "hush") {
		t.Error("the secret is shown")
	}
}

// The configuration's units become the rules' own.
func TestDeliveryPolicy(t *testing.T) {
	t.Parallel()
	if deliveryPolicy(config.Default().Delivery) != nil {
		t.Error("without a key it is offered")
	}
	d := demo.Config().Delivery
	d.MaxDistance, d.CancelAfterPickup = 7, true
	d.Tariff = config.Tariff{Base: 1, BaseKm: 2, BaseKg: 3, PerKm: 4, PerKg: 5, InsurancePerMille: 6, Coupon: 7, CancelFee: 8}
	got := deliveryPolicy(d)
	want := delivery.Tariff{Base: 1, BaseMetres: 2000, BaseGrams: 3000, PerKilometre: 4, PerKilogram: 5, InsurancePerMille: 6, Coupon: 7, CancelFee: 8}
	if got.Tariff != want || got.MaxMetres != 7000 || !got.CancelAfterPickup || got.QuoteFor != d.QuoteValidity || got.Expiry != d.Expiry || got.Dispatch != d.DispatchDuration {
		t.Errorf("got %+v", got)
	}
	if len(got.Keys) != 1 || string(got.Keys[0]) != "the demo's key, for nothing else" {
		t.Errorf("got %d keys", len(got.Keys))
	}
}
