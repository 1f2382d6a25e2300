package sandbox_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/express"
	"carrierhook/internal/sandbox/instant"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// A fault holds for as many pushes as are set, and for all without a
// number.
func TestControlFault(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.JSON, nil)
	fault := d.ControlURL + "/fault"
	show := func(want string) {
		t.Helper()
		if got := d.Send(http.MethodGet, fault, ""); !strings.HasPrefix(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	show(`{"fault":"","pushes":0,"known":[{"fault":"wrong_signature",`)
	d.Send(http.MethodPut, fault, `{"fault":"wrong_signature","pushes":2}`)
	show(`{"fault":"wrong_signature","pushes":2,`)
	d.WantCode(CancelPath, CancelBody(), -1)
	d.WantCode(CancelPath, CancelBody(), -1)
	show(`{"fault":"","pushes":0,`)
	d.Send(http.MethodPut, fault, `{"fault":"flipped_byte"}`)
	d.WantCode(CancelPath, CancelBody(), -1)
	show(`{"fault":"flipped_byte","pushes":0,`)
	d.Send(http.MethodDelete, fault, "")
	d.WantCode(CancelPath, CancelBody(), 0)
	for _, body := range []string{``, `{`, `{"fault":"nonsense"}`, `{"fault":"twice","pushes":-1}`, `{"fault":"twice","push":1}`, `{"fault":"twice"} x`} {
		if status, got := d.Exchange(http.MethodPut, fault, body); status != http.StatusBadRequest || !strings.Contains(got, "error") {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
	if status, _ := d.Exchange(http.MethodPost, fault, "{}"); status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", status)
	}
	xml := StartSandbox(t, wechat.XML, nil)
	if status, _ := xml.Exchange(http.MethodPut, xml.ControlURL+"/fault", `{"fault":"json_as_xml"}`); status != http.StatusBadRequest {
		t.Errorf("a fault of JSON in XML: %d", status)
	}
}

// The merchant's listener has no control, and the control no merchant.
func TestControlIsApart(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	for _, path := range []string{"/fault", "/pushes", "/orders", "/accounts", "/reset"} {
		if status, _ := d.Exchange(http.MethodPost, d.MerchantURL+path, "{}"); status != http.StatusNotFound {
			t.Errorf("%s is %d for merchants", path, status)
		}
	}
	if status, _ := d.Exchange(http.MethodPost, d.ControlURL+CancelPath, "{}"); status != http.StatusNotFound {
		t.Errorf("cancelOrder is %d at the control", status)
	}
}

// The pushes are shown with what was sent and what came back, without the
// password, even if the carrier repeats it.
func TestControlPushes(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d := StartSandbox(t, f, nil)
		d.Carrier.Reply(30002, "your password is "+Password)
		d.Call(CancelPath, CancelBody())
		d.Call(AddPath, AddBody())
		d.SetFault("wrong_app_id", 1)
		d.Call(CancelPath, CancelBody())
		got := d.Show("pushes")
		for _, part := range []string{`"event":"cancel_waybill"`, `"event":"add_waybill"`, `"result_code":30002`, `"status":200`, `"status":403`, `"fault":"wrong_app_id"`, sandbox.Hidden, "add_waybill needs a reply"} {
			if !strings.Contains(got, part) {
				t.Errorf("%s is not in %s", part, got)
			}
		}
		if strings.Contains(got, Password) {
			t.Errorf("the password is shown: %s", got)
		}
	}
}

// An order can be put into the record for carriers that know no add_waybill.
func TestControlOrders(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	orders := d.ControlURL + "/orders"
	d.Send(http.MethodPost, orders, `{"biz_id":"xyz","order_id":"mine","waybill_id":"W7","openid":"o7","token":"t7"}`)
	d.WantCode(CancelPath, CancelBody("order_id", "mine", "waybill_id", "W7", "openid", "o7"), 0)
	got := d.Send(http.MethodGet, orders, "")
	if !strings.Contains(got, `"order_id":"mine","waybill_id":"W7","openid":"o7","add_source":0,"token":"t7","placed":true,"cancelled":true,"path_items":0}`) {
		t.Errorf("got %s", got)
	}
	for _, body := range []string{
		`{"biz_id":"xyz","order_id":"mine","waybill_id":"W7","openid":"o7"}`, `{"biz_id":"nobody","order_id":"x","waybill_id":"W8","openid":"o7"}`,
		`{"biz_id":"xyz","order_id":"","waybill_id":"W8","openid":"o7"}`, `{"biz_id":"xyz","order_id":"x","waybill_id":"W8"}`, `{`,
	} {
		if status, got := d.Exchange(http.MethodPost, orders, body); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
}

// A reset makes everything as it was, here and at the carrier.
func TestControlReset(t *testing.T) {
	t.Parallel()
	var resets int
	var broken error
	d := StartSandbox(t, wechat.XML, func(o *Options) { o.OnReset = func(context.Context) error { resets++; return broken } })
	d.WantCode(CancelPath, CancelBody(), 0)
	d.SetFault("wrong_signature", 0)
	d.Reset()
	if got := d.Show("pushes"); got != `{"pushes":[]}` {
		t.Errorf("pushes: %s", got)
	}
	d.WantCode(CancelPath, CancelBody(), 0)
	broken = errors.New("no database at 10.1.2.3")
	if status, got := d.Exchange(http.MethodPost, d.ControlURL+"/reset", ""); status != http.StatusInternalServerError || strings.Contains(got, "10.1.2.3") || resets != 2 {
		t.Errorf("%d %s, %d resets", status, got, resets)
	}
}

// Options that cannot be are refused at once, all of them.
func TestAPIOptions(t *testing.T) {
	t.Parallel()
	lost := SampleOrder("lost", "W1")
	lost.BizID = "nobody"
	_, err := sandbox.NewAPI(sandbox.APIOptions{TokenLife: -1, Numbers: sandbox.NumberRange{Width: 1}}, express.New(express.Options{
		Orders: []express.Order{lost, SampleOrder("", "")}, Accounts: []express.Account{{ShopAppID: "wx", DeliveryID: "ZTO", BizID: "xyz", BizPwd: Password}},
	}).Join, instant.New(instant.Options{Shops: []string{"1"}}).Join)
	for _, part := range []string{"platform", "the carrier's id", "shops", "live", "1 digits", `"lost"`, `order ""`, `"ZTO"`} {
		if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), Password) {
			t.Errorf("%v lacks %s", err, part)
		}
	}
}

// A password that the packets have to escape is not shown either.
func TestControlPushesHideAwkwardPassword(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d := StartSandbox(t, f, func(o *Options) {
			for i := range o.Express.Accounts {
				o.Express.Accounts[i].BizPwd = `a"b\c]]>d`
			}
		})
		d.Carrier.Reply(30002, `it is a"b\c]]>d`)
		d.Call(CancelPath, CancelBody())
		d.Call(AddPath, AddBody())
		got := d.Show("pushes")
		if strings.Contains(got, "c]]") || strings.Count(got, sandbox.Hidden) < 2 {
			t.Errorf("%v: %s", f, got)
		}
	}
}

// What is sent is remembered without the password, however the packet would have
// to write it.
func TestControlPushesSendNoPassword(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d := StartSandbox(t, f, func(o *Options) { o.Express.Accounts[0].BizPwd = "line\rpwd" })
		d.Call(CancelPath, CancelBody())
		d.Call(AddPath, AddBody())
		d.Call(QuotaPath, QuotaBody)
		got := d.Show("pushes")
		if strings.Contains(got, "pwd") || strings.Count(got, sandbox.Hidden) != 3 {
			t.Errorf("%v: %s", f, got)
		}
	}
}

// What the merchant's API could not use is not put into the record, and a
// waybill has one order.
func TestControlOrdersRefused(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, Formats[0], nil)
	order := func(id, waybill string, more string) string {
		return `{"biz_id":"xyz","order_id":"` + id + `","waybill_id":"` + waybill + `","openid":"oABCD"` + more + `}`
	}
	d.Send(http.MethodPost, d.ControlURL+"/orders", order("first", "N1", ""))
	for name, body := range map[string]string{
		"the waybill again":   order("second", "N1", ""),
		"the order again":     order("first", "N2", ""),
		"a control character": order(`a\u0001`, "N3", ""),
		"a long order":        order(strings.Repeat("x", 513), "N4", ""),
		"a long waybill":      order("third", strings.Repeat("x", 129), ""),
		"another source":      order("fourth", "N5", `,"add_source":7`),
		"a number for a text": `{"order_id":7}`,
		"null":                "null",
		"a list":              "[]",
	} {
		_, got := d.Exchange(http.MethodPost, d.ControlURL+"/orders", body)
		if !strings.Contains(got, `"error"`) || strings.Contains(got, "struct") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := d.Show("orders"); strings.Count(got, `"N1"`) != 1 || strings.Contains(got, "N2") {
		t.Errorf("the record has %s", got)
	}
}
