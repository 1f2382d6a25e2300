package express_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/sandbox/express"
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
// merchant's API could not use it. A waybill has one order: the last that was put in.
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
		"the carrier's number": order("zero", "0", ""),
		"no order":             order("", "N3", ""),
		"a control character":  order(`a\u0001`, "N3", ""),
		"a long order":         order(strings.Repeat("x", 513), "N4", ""),
		"a long waybill":       order("third", strings.Repeat("x", 129), ""),
		"another source":       order("fourth", "N5", `,"add_source":7`),
		"no user":              order("fifth", "N6", `,"openid":""`),
		"another merchant":     order("sixth", "N7", `,"biz_id":"nobody"`),
		"a number for a text":  `{"order_id":7}`,
		"null":                 "null",
		"a list":               "[]",
		"half an object":       "{",
	} {
		status, got := d.Exchange(http.MethodPost, orders, body)
		if status != http.StatusBadRequest || !strings.Contains(got, `"error"`) || strings.Contains(got, "struct") {
			t.Errorf("%s: %d %s", name, status, got)
		}
	}
	if got := d.Show("orders"); strings.Count(got, `"N1"`) != 1 || strings.Count(got, `"N`) != 1 {
		t.Errorf("the record has %s", got)
	}
	d.Send(http.MethodPost, orders, order("mine", "N1", ""))
	d.WantCode(CancelPath, CancelBody("order_id", "mine", "waybill_id", "N1", "openid", "o7"), 0)
	d.Send(http.MethodPost, orders, order("second", "N1", ""))
	d.WantCode(CancelPath, CancelBody("order_id", "mine", "waybill_id", "N1", "openid", "o7"), 930563)
	d.Send(http.MethodPost, orders, order("second", "N2", ""))
	d.WantCode(CancelPath, CancelBody("order_id", "second", "waybill_id", "N1", "openid", "o7"), 40199)
	d.WantCode(CancelPath, CancelBody("order_id", "second", "waybill_id", "N2", "openid", "o7"), 0)
	if got := d.Show("orders"); strings.Count(got, `"N`) != 1 {
		t.Errorf("the record has %s", got)
	}
}

// The demo's carrier is given an order that was put in; one that it cannot take is not
// recorded, and what was wrong is in the log only.
func TestControlOrderAtCarrier(t *testing.T) {
	t.Parallel()
	var given []string
	var broken error
	d := StartSandbox(t, wechat.XML, func(o *Options) {
		o.Express.OnOrder = func(_ context.Context, o express.Order) error {
			given = append(given, o.BizID+" "+o.OrderID+" "+o.WaybillID)
			return broken
		}
	})
	put := func(id string) (int, string) {
		return d.Exchange(http.MethodPost, d.ControlURL+"/orders", `{"biz_id":"xyz","order_id":"`+id+`","waybill_id":"123456789","openid":"oABC123456"}`)
	}
	if status, got := put("01234567890123456789"); status != http.StatusOK {
		t.Error(got)
	}
	broken = errors.New("no database at 10.1.2.3")
	if status, got := put("second"); status != http.StatusInternalServerError || strings.Contains(got, "10.1.2.3") {
		t.Errorf("%d %s", status, got)
	}
	d.WantCode(CancelPath, CancelBody("order_id", "second"), 930563)
	if got := d.Call(CancelPath, Sample(t, "api.cancelOrder.request.json")); got != Sample(t, "api.cancelOrder.response.json") {
		t.Error(got)
	}
	if !slices.Equal(given, []string{"xyz 01234567890123456789 123456789", "xyz second 123456789"}) {
		t.Errorf("the carrier was given %q", given)
	}
}

// What the platform forgets is added again as a new order; the carrier may know it.
func TestControlOrderForgotten(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	d.Carrier.AnswerAdd(-1, "cancelled before")
	d.WantCode(AddPath, AddBody("order_id", `"order"`), 9300522)
	if got := d.Send(http.MethodDelete, d.ControlURL+"/orders", `{"order_id":"order"}`); got != `{"status":"forgotten"}` {
		t.Error(got)
	}
	d.WantCode(CancelPath, CancelBody(), 930563)
	d.WantCode(AddPath, AddBody("order_id", `"order"`), 9300501)
	for _, body := range []string{`{"order_id":"other"}`, `{"order_id":"elsewhere","shop_app_id":"wxOther"}`, `{}`, `{`} {
		if status, got := d.Exchange(http.MethodDelete, d.ControlURL+"/orders", body); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
}
