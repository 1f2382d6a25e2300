package sandboxtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
)

// WeChat's paths.
const (
	TokenPath       = "/cgi-bin/token"
	StableTokenPath = "/cgi-bin/stable_token"
	QuotaGetPath    = "/cgi-bin/openapi/quota/get"
	ClearQuotaPath  = "/cgi-bin/clear_quota"

	CancelPath     = "/cgi-bin/express/business/order/cancel"
	AddPath        = "/cgi-bin/express/business/order/add"
	GetPath        = "/cgi-bin/express/business/order/get"
	BindPath       = "/cgi-bin/express/business/account/bind"
	QuotaPath      = "/cgi-bin/express/business/quota/get"
	PathPath       = "/cgi-bin/express/business/path/get"
	TestUpdatePath = "/cgi-bin/express/business/test_update_order"
	BatchGetPath   = "/cgi-bin/express/business/order/batchget"
	DeliveriesPath = "/cgi-bin/express/business/delivery/getall"
	UpdatePath     = "/cgi-bin/express/delivery/path/update"
	ContactPath    = "/cgi-bin/express/delivery/contact/get"
	BusinessPath   = "/cgi-bin/express/delivery/service/business/update"
	PreviewPath    = "/cgi-bin/express/delivery/template/preview"
	CloudPath      = "/openapi/logistics.cancelOrder"

	PreAddPath        = "/cgi-bin/express/local/business/order/pre_add"
	PlacePath         = "/cgi-bin/express/local/business/order/add"
	ReaddPath         = "/cgi-bin/express/local/business/order/readd"
	InstantCancelPath = "/cgi-bin/express/local/business/order/cancel"
	PreCancelPath     = "/cgi-bin/express/local/business/order/precancel"
	InstantGetPath    = "/cgi-bin/express/local/business/order/get"
	TipsPath          = "/cgi-bin/express/local/business/order/addtips"
	ConfirmPath       = "/cgi-bin/express/local/business/order/confirm_return"
	MockPath          = "/cgi-bin/express/local/business/test_update_order"
	StatusReportPath  = "/cgi-bin/express/local/delivery/update_order"
)

// Do sends a request, to which change may add something.
func (d *Sandbox) Do(method, url, body string, change func(*http.Request)) (status int, answer string, header http.Header) {
	d.TB.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		d.TB.Fatal(err)
	}
	change(req)
	res, err := d.Client.Do(req)
	if err != nil {
		d.TB.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		d.TB.Fatal(err)
	}
	if res.Header.Get("X-Sandbox") != "not-for-production" {
		d.TB.Errorf("%s does not say what it is", url)
	}
	return res.StatusCode, string(got), res.Header
}

// Exchange sends a request as it is, and returns the status as well.
func (d *Sandbox) Exchange(method, url, body string) (int, string) {
	d.TB.Helper()
	status, got, _ := d.Do(method, url, body, func(*http.Request) {})
	return status, got
}

// Send sends a request and returns the body of an answer that must be 200.
func (d *Sandbox) Send(method, url, body string) string {
	d.TB.Helper()
	status, got := d.Exchange(method, url, body)
	if status != http.StatusOK {
		d.TB.Errorf("%s %s: status %d: %s", method, url, status, got)
	}
	return got
}

// Call posts to the merchant's API with the token that is always valid.
func (d *Sandbox) Call(path, body string) string {
	d.TB.Helper()
	return d.Send(http.MethodPost, d.MerchantURL+path+"?access_token="+sandbox.StandingToken, body)
}

// CallAs posts with a new access token of an app's.
func (d *Sandbox) CallAs(app, path, body string) string {
	d.TB.Helper()
	var answer struct {
		Token string `json:"access_token"`
	}
	Decode(d.TB, d.Send(http.MethodGet, d.MerchantURL+TokenPath+"?grant_type=client_credential&appid="+app+"&secret="+sandbox.Secret, ""), &answer)
	return d.Send(http.MethodPost, d.MerchantURL+path+"?access_token="+answer.Token, body)
}

// WantCode calls and compares the errcode.
func (d *Sandbox) WantCode(path, body string, code int) {
	d.TB.Helper()
	got := d.Call(path, body)
	if c := d.Errcode(got); c != code {
		d.TB.Errorf("%s %s\n got %s\nwant errcode %d", path, body, got, code)
	}
}

// Errcode is the errcode of an answer. Every code has a text, and no other code has it.
func (d *Sandbox) Errcode(answer string) int {
	d.TB.Helper()
	var a struct {
		ErrCode *int   `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil || a.ErrCode == nil {
		d.TB.Errorf("%v: %s", err, answer)
		return 0
	}
	text, _, _ := strings.Cut(a.ErrMsg, " rid: ")
	text, _, _ = strings.Cut(text, " hint: ")
	d.mu.Lock()
	defer d.mu.Unlock()
	if other, taken := d.texts[text]; text == "" || taken && other != *a.ErrCode {
		d.TB.Errorf("%d and %d have the text %q", *a.ErrCode, other, text)
	}
	d.texts[text] = *a.ErrCode
	return *a.ErrCode
}

// WantResult calls and compares the resultcode of an answer without an errcode.
func (d *Sandbox) WantResult(path, body string, code int) string {
	d.TB.Helper()
	got := d.Call(path, body)
	var a struct {
		ErrCode    *int `json:"errcode"`
		ResultCode *int `json:"resultcode"`
	}
	if err := json.Unmarshal([]byte(got), &a); err != nil || a.ErrCode != nil || a.ResultCode == nil || *a.ResultCode != code {
		d.TB.Errorf("%s %s\n got %s\nwant resultcode %d", path, body, got, code)
	}
	return got
}

// WantHint wants 930561 for a member.
func (d *Sandbox) WantHint(path, body, member string) {
	d.TB.Helper()
	got := d.Call(path, body)
	if !strings.HasPrefix(got, `{"errcode":930561,"errmsg":"args error hint: [`+member+" ") {
		d.TB.Errorf("%s %s\n got %s\nwant a hint to %s", path, body, got, member)
	}
}

// Show is what the control endpoint has of a kind.
func (d *Sandbox) Show(kind string) string {
	d.TB.Helper()
	return d.Send(http.MethodGet, d.ControlURL+"/"+kind, "")
}

// LastPush is the last of the pushes that the control endpoint shows, and how many those are.
func (d *Sandbox) LastPush() (sandbox.Push, int) {
	d.TB.Helper()
	var answer struct{ Pushes []sandbox.Push }
	Decode(d.TB, d.Show("pushes"), &answer)
	return answer.Pushes[len(answer.Pushes)-1], len(answer.Pushes)
}

// SetFault makes the next pushes have a fault.
func (d *Sandbox) SetFault(f sandbox.Fault, pushes int) {
	d.TB.Helper()
	d.Send(http.MethodPut, d.ControlURL+"/fault", fmt.Sprintf(`{"fault":%q,"pushes":%d}`, f, pushes))
}

// CarrierCalls are the calls of carriers that the control shows, and what came of each key.
func (d *Sandbox) CarrierCalls(query string) (calls []sandbox.CarrierCall, keys []sandbox.CarrierKey) {
	d.TB.Helper()
	var answer struct {
		Calls []sandbox.CarrierCall
		Keys  []sandbox.CarrierKey
	}
	Decode(d.TB, d.Show("calls"+query), &answer)
	return answer.Calls, answer.Keys
}

// LastCall is the last of them.
func (d *Sandbox) LastCall() sandbox.CarrierCall {
	d.TB.Helper()
	calls, _ := d.CarrierCalls("")
	return calls[len(calls)-1]
}

// SetCallFault makes the next calls of a path have a fault; "" is of all paths.
func (d *Sandbox) SetCallFault(f sandbox.CallFault, path string, calls int) {
	d.TB.Helper()
	d.Send(http.MethodPut, d.ControlURL+"/calls/fault", fmt.Sprintf(`{"fault":%q,"path":%q,"calls":%d}`, f, path, calls))
}

// SetLimits sets how often an app may call a path; 0 is as usual.
func (d *Sandbox) SetLimits(path string, daily, perMinute int) {
	d.TB.Helper()
	d.Send(http.MethodPut, d.ControlURL+"/calls/limits", fmt.Sprintf(`{"path":%q,"daily":%d,"per_minute":%d}`, path, daily, perMinute))
}

// Reset makes everything as it was at the start.
func (d *Sandbox) Reset() {
	d.TB.Helper()
	d.Send(http.MethodPost, d.ControlURL+"/reset", "")
}

// Decode reads an answer.
func Decode(tb testing.TB, text string, into any) {
	tb.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		tb.Errorf("%v: %s", err, text)
	}
}

// WaybillOf is the waybill_id of an answer.
func WaybillOf(tb testing.TB, answer string) string {
	tb.Helper()
	var a struct {
		Number string `json:"waybill_id"`
	}
	Decode(tb, answer, &a)
	return a.Number
}
