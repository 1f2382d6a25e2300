package express_test

import (
	"net/http"
	"strings"
	"testing"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// An account can be bound without a push, and another password put in
// the place of the right one. No password is shown.
func TestControlAccounts(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	d.Carrier.AnswerAccount(0, "success", func(reply string) string {
		if packet, _ := d.Carrier.Last(); MemberOf(packet, wechat.XML, "BizPwd") != Password {
			return strings.Replace(reply, "<ResultCode>0", "<ResultCode>10002", 1)
		}
		return reply
	})
	accounts := d.ControlURL + "/accounts"
	if got := d.Send(http.MethodPost, accounts, `{"biz_id":"mine","password":"`+Password+`"}`); got != `{"status":"bound"}` {
		t.Error(got)
	}
	if got := d.Call(QuotaPath, strings.Replace(QuotaBody, "xyz", "mine", 1)); got != `{"quota_num":210}` {
		t.Error(got)
	}
	d.Send(http.MethodPost, accounts, `{"biz_id":"xyz","password":"was right once"}`)
	d.WantCode(QuotaPath, QuotaBody, 9300501)
	d.WantCode(BindPath, BindBody("type", "unbind", "biz_id", "mine"), 0)
	want := `{"accounts":[{"shop_app_id":"wxABCD","delivery_id":"SF","biz_id":"xyz","bound":true},` +
		`{"shop_app_id":"wxABCD","delivery_id":"SF","biz_id":"mine","bound":false}]}`
	if got := d.Send(http.MethodGet, accounts, ""); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	for _, body := range []string{
		`{}`, `{"biz_id":"x","delivery_id":"ZTO"}`, `{"biz_id":"x","shop_app_id":"wxNobody"}`, `{"biz_id":"a\u0001"}`, `{"biz_id":"x","password":"a\nb"}`,
		`{"biz_id":"` + strings.Repeat("x", 129) + `"}`, `{"biz_id":"x","pwd":"` + Password + `"}`, `{"biz_id":"x","password":7}`, `{`,
	} {
		status, got := d.Exchange(http.MethodPost, accounts, body)
		if status != http.StatusBadRequest || !strings.Contains(got, `"error"`) || strings.Contains(got, Password) {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
}

// An order can be put into the record for carriers that know no add_waybill, unless the
// merchant's API could not use it. A waybill has one order.
func TestControlOrders(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	order := func(id, waybill string, more string) string {
		return `{"biz_id":"xyz","order_id":"` + id + `","waybill_id":"` + waybill + `","openid":"o7"` + more + `}`
	}
	orders := d.ControlURL + "/orders"
	d.Send(http.MethodPost, orders, order("mine", "N1", `,"token":"t7"`))
	d.WantCode(CancelPath, CancelBody("order_id", "mine", "waybill_id", "N1", "openid", "o7"), 0)
	if got := d.Show("orders"); !strings.Contains(got, `"order_id":"mine","waybill_id":"N1","openid":"o7","add_source":0,"token":"t7","placed":true,"cancelled":true,"path_items":0}`) {
		t.Errorf("got %s", got)
	}
	for name, body := range map[string]string{
		"the waybill again":   order("second", "N1", ""),
		"the order again":     order("mine", "N2", ""),
		"no order":            order("", "N3", ""),
		"a control character": order(`a\u0001`, "N3", ""),
		"a long order":        order(strings.Repeat("x", 513), "N4", ""),
		"a long waybill":      order("third", strings.Repeat("x", 129), ""),
		"another source":      order("fourth", "N5", `,"add_source":7`),
		"no user":             order("fifth", "N6", `,"openid":""`),
		"another merchant":    order("sixth", "N7", `,"biz_id":"nobody"`),
		"a number for a text": `{"order_id":7}`,
		"null":                "null",
		"a list":              "[]",
		"half an object":      "{",
	} {
		status, got := d.Exchange(http.MethodPost, orders, body)
		if status != http.StatusBadRequest || !strings.Contains(got, `"error"`) || strings.Contains(got, "struct") {
			t.Errorf("%s: %d %s", name, status, got)
		}
	}
	if got := d.Show("orders"); strings.Count(got, `"N1"`) != 1 || strings.Count(got, `"N`) != 1 {
		t.Errorf("the record has %s", got)
	}
}
