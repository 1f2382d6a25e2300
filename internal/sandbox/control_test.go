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

// The merchant's listener has no control, and the control no merchant. What is not
// there is answered in JSON, by whatever method: WeChat's with its errcode.
func TestListenersSeparate(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	for _, path := range []string{"/fault", "/pushes", "/orders", "/accounts", "/reset", "/", "/cgi-bin/message/template/send", "//cgi-bin/token", CancelPath + "/", "/cgi-bin/../fault"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			got := d.Send(method, d.MerchantURL+path, "{}")
			if d.Errcode(got) != 40066 || !strings.HasPrefix(got, `{"errcode":40066,"errmsg":"invalid url hint: [`) {
				t.Errorf("%s %s: %s", method, path, got)
			}
		}
	}
	for method, code := range map[string]int{http.MethodGet: 43002, http.MethodPut: 43002, http.MethodDelete: 43002, http.MethodOptions: 43002} {
		if got := d.Send(method, d.MerchantURL+CancelPath, ""); d.Errcode(got) != code {
			t.Errorf("%s: %s", method, got)
		}
	}
	for _, c := range []struct {
		method, path  string
		status        int
		allow, answer string
	}{
		{http.MethodPost, CancelPath, 404, "", `{"error":"the control has no such path"}`},
		{http.MethodGet, "/", 404, "", `{"error":"the control has no such path"}`},
		{http.MethodPost, "/fault", 405, "GET, PUT, DELETE", `{"error":"/fault takes GET, PUT, DELETE"}`},
		{http.MethodGet, "/reset", 405, "POST", `{"error":"/reset takes POST"}`},
	} {
		status, got, header := d.Do(c.method, d.ControlURL+c.path, "{}", func(*http.Request) {})
		if status != c.status || got != c.answer || header.Get("Allow") != c.allow || !strings.HasPrefix(header.Get("Content-Type"), "application/json") {
			t.Errorf("%s %s: %d %s %v", c.method, c.path, status, got, header)
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

// The pushes are shown with what was sent and what came back, without the
// password, even if the carrier repeats it, and however the packets have to write it.
func TestControlPushes(t *testing.T) {
	t.Parallel()
	for password, part := range map[string]string{Password: Password, `a"b\c]]>d`: "c]]", "line\rpwd": "pwd"} {
		for _, f := range Formats {
			d := StartSandbox(t, f, func(o *Options) { o.Express.Accounts[0].BizPwd = wechat.Password(password) })
			d.Carrier.Reply(30002, "your password is "+strings.TrimPrefix(password, "line\rpwd"))
			d.Call(CancelPath, CancelBody())
			d.Call(AddPath, AddBody())
			d.Call(QuotaPath, QuotaBody)
			d.SetFault(sandbox.WrongAppID, 1)
			d.Call(CancelPath, CancelBody())
			got := d.Show("pushes")
			for _, part := range []string{`"event":"cancel_waybill"`, `"event":"add_waybill"`, `"result_code":30002`, `"status":200`, `"status":403`, `"fault":"wrong_app_id"`, "add_waybill needs a reply"} {
				if !strings.Contains(got, part) {
					t.Errorf("%s is not in %s", part, got)
				}
			}
			if n := strings.Count(got, sandbox.Hidden); strings.Contains(got, part) || n != map[bool]int{true: 6, false: 4}[part != "pwd"] {
				t.Errorf("the password is shown, or hidden %d times: %s", n, got)
			}
		}
	}
}
