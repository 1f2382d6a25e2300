package sandbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// onClock is a sandbox whose time a test moves, at the second before a day of Beijing's ends.
func onClock(t *testing.T) (*Sandbox, *clock) {
	c := &clock{at: time.Date(2026, 11, 30, 15, 59, 59, 0, time.UTC)}
	return StartSandbox(t, wechat.XML, func(o *Options) { o.Platform.Now = c.now }), c
}

// The day's calls are counted for each app and path until midnight in Beijing, those of a minute
// until the next one. What is refused is not counted, and changes nothing.
func TestLimits(t *testing.T) {
	t.Parallel()
	d, c := onClock(t)
	n := 0
	call := func(code int) {
		t.Helper()
		n++
		d.WantCode(UpdatePath, PathBody("W1", 200001, 1000+n), code)
	}
	d.SetLimits(UpdatePath, 3, 0)
	call(0)
	d.WantCode(UpdatePath, PathBody("W9", 200001, 1000), 40199) // is counted
	call(0)
	call(45009)
	call(45009)
	d.Call(ContactPath, ContactBody("W1"))
	if !d.LastCall().Done {
		t.Error("another path has no more calls")
	}
	if got := d.CallAs("wxOther", UpdatePath, PathBody("W1", 200001, 999)); d.Errcode(got) != 0 {
		t.Errorf("another app: %s", got)
	}
	if items := pathItems(d); items != 3 {
		t.Errorf("%d scans, want 3", items)
	}
	c.pass(time.Second)
	call(0)
	d.SetLimits("", 0, 2)
	call(0)
	call(45011)
	c.pass(59 * time.Second)
	call(45011)
	c.pass(time.Second)
	call(0)
	call(0)
	call(45011)
	d.Send(http.MethodDelete, d.ControlURL+"/calls/limits", "")
	call(0)
	d.Reset()
	if got := d.Show("calls/limits"); strings.Count(got, `"daily":500000,"per_minute":10000}`) != 8 {
		t.Error(got)
	}
	// A company of instant delivery has another code for the day's.
	d.SetLimits(StatusReportPath, 1, 0)
	d.WantHint(StatusReportPath, StatusReportBody("none"), "wx_token")
	d.WantCode(StatusReportPath, StatusReportBody("none"), 930564)
	d.SetLimits(StatusReportPath, 0, 1)
	d.WantCode(StatusReportPath, StatusReportBody("none"), 45011)
	for _, body := range []string{``, `{"path":"` + CancelPath + `","daily":1}`, `{"daily":-1}`, `{"per_minute":-1}`, `{"hourly":1}`} {
		if status, got := d.Exchange(http.MethodPut, d.ControlURL+"/calls/limits", body); status != http.StatusBadRequest || !strings.Contains(got, "error") {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
}

// stable_token is counted for the app that it names, once its secret is right, and a refusal
// gives no token.
func TestTokenLimits(t *testing.T) {
	t.Parallel()
	d, c := onClock(t)
	_, stable, _ := tokensOf(t, d)
	d.SetLimits(StableTokenPath, 3, 2)
	wrong := strings.Replace(login, sandbox.Secret, "wrong", 1)
	for i, tt := range []struct {
		body string
		code int
	}{{wrong, 40125}, {login, 0}, {login, 0}, {login, 45011}, {wrong, 40125}} {
		if got := d.Send(http.MethodPost, d.MerchantURL+StableTokenPath, tt.body); !strings.Contains(got, "access_token\":") && d.Errcode(got) != tt.code {
			t.Errorf("call %d: %s", i+1, got)
		} else if c := d.LastCall(); c.ErrCode != tt.code || c.Account != "wxABCD" {
			t.Errorf("call %d: %+v", i+1, c)
		}
	}
	c.pass(time.Second) // another minute and another day
	if stable("false").Token == "" {
		t.Error("the next day")
	}
}

// quota/get tells what the limits have counted, and of which paths it can; clear_quota makes the
// day begin again, ten times a month.
func TestQuota(t *testing.T) {
	t.Parallel()
	d, c := onClock(t)
	quota := func(want string) {
		t.Helper()
		if got := d.Call(QuotaGetPath, `{"cgi_path":"`+UpdatePath+`"}`); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
	usage := func(daily, used, remain, perMinute int) string {
		return fmt.Sprintf(`{"errcode":0,"errmsg":"ok","quota":{"daily_limit":%d,"used":%d,"remain":%d},"rate_limit":{"call_count":%d,"refresh_second":60}}`, daily, used, remain, perMinute)
	}
	call := func(code int) { t.Helper(); d.WantCode(UpdatePath, PathBody("W1", 200001, 1000), code) }
	quota(usage(500000, 0, 500000, 10000))
	d.SetLimits(UpdatePath, 2, 5)
	call(0)
	call(0)
	call(45009)
	quota(usage(2, 2, 0, 5))
	d.SetLimits(UpdatePath, 1, 5)
	quota(usage(1, 2, 0, 5))
	for path, code := range map[string]int{
		"/cgi-bin/nothing": 76021, "/sns/jscode2session": 76022, CancelPath: 76022, TokenPath: 76022,
		"cgi-bin/express/delivery/path/update": 76003, "https://api.weixin.qq.com" + UpdatePath: 76003, "": 930561,
	} {
		d.WantCode(QuotaGetPath, `{"cgi_path":"`+path+`"}`, code)
	}
	d.WantCode(ClearQuotaPath, `{}`, 41002)
	d.WantCode(ClearQuotaPath, `{"appid":"wxOther"}`, 40013)
	d.WantCode(ClearQuotaPath, `{"appid":7}`, 47001)
	quota(usage(1, 2, 0, 5)) // cleared nothing
	others := func(want string) {
		t.Helper()
		if got := d.CallAs("wxOther", QuotaGetPath, `{"cgi_path":"`+UpdatePath+`"}`); got != want {
			t.Errorf("another app\n got %s\nwant %s", got, want)
		}
	}
	d.CallAs("wxOther", UpdatePath, PathBody("W1", 200001, 1000))
	others(usage(1, 1, 0, 5))
	for range 10 {
		d.WantCode(ClearQuotaPath, `{"appid":"wxABCD"}`, 0)
	}
	quota(usage(1, 0, 1, 5))
	others(usage(1, 1, 0, 5))
	call(0)
	d.WantCode(ClearQuotaPath, `{"appid":"wxABCD"}`, 48006)
	if got := d.CallAs("wxOther", ClearQuotaPath, `{"appid":"wxOther"}`); d.Errcode(got) != 0 {
		t.Errorf("another app: %s", got)
	}
	call(45009)
	c.pass(time.Second) // December
	d.WantCode(ClearQuotaPath, `{"appid":"wxABCD"}`, 0)
	call(0)
}

// The allow-list is of the calls of carriers and of both ways to get a token; a merchant's
// others are served.
func TestAllowList(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	allow := d.ControlURL + "/calls/allow"
	body := PathBody("W1", 100001, 1000)
	for list, allowed := range map[string]bool{
		`["10.0.0.1"]`: false, `["10.0.0.0/8","::1"]`: false, `["127.0.0.1"]`: true, `["10.0.0.1","127.0.0.0/8"]`: true, `["127.0.0.2"]`: false, `[]`: true,
	} {
		got := d.Send(http.MethodPut, allow, `{"addresses":`+list+`}`)
		if want := `{"addresses":` + list + `}`; got != want || d.Show("calls/allow") != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
		before, tokens := pathItems(d), d.IssuedTokens()
		answers := []string{
			d.Call(UpdatePath, body), d.Send(http.MethodPost, d.MerchantURL+StableTokenPath, login),
			d.Send(http.MethodGet, d.MerchantURL+TokenPath+"?grant_type=client_credential&appid=wxABCD&secret="+sandbox.Secret, ""),
		}
		for _, got := range answers {
			if strings.HasPrefix(got, `{"errcode":40164,"errmsg":"invalid ip 127.0.0.1, not in whitelist rid: `) == allowed {
				t.Errorf("%s: %s", list, got)
			}
		}
		if (pathItems(d) == before && d.IssuedTokens() == tokens) == allowed {
			t.Errorf("%s: %d scans", list, pathItems(d))
		}
	}
	d.Send(http.MethodPut, allow, `{"addresses":["10.0.0.1","2001:db8::/32"]}`)
	for from, code := range map[string]string{
		"10.0.0.1:7": `"errcode":0,`, "[::ffff:10.0.0.1]:7": `"errcode":0,`, "[2001:db8::7%eth0]:7": `"errcode":0,`,
		"10.0.0.2:7": "invalid ip 10.0.0.2, ", "[2001:db9::7]:7": "invalid ip 2001:db9::7, ", "pipe": "invalid ip pipe, ",
	} {
		r, w := httptest.NewRequest(http.MethodPost, UpdatePath+"?access_token="+sandbox.StandingToken, strings.NewReader(body)), httptest.NewRecorder()
		r.Host, r.RemoteAddr = "localhost", from
		if d.Merchant().ServeHTTP(w, r); !strings.Contains(w.Body.String(), code) {
			t.Errorf("from %s: %s", from, w.Body)
		}
	}
	d.WantCode(CancelPath, CancelBody(), 9300506)
	d.Send(http.MethodDelete, allow, "")
	d.WantCode(UpdatePath, body, 0)
	d.Send(http.MethodPut, allow, `{"addresses":["10.0.0.1"]}`)
	d.Reset()
	d.WantCode(UpdatePath, body, 0)
	for _, body := range []string{``, `{"addresses":["here"]}`, `{"addresses":"127.0.0.1"}`, `{"address":[]}`} {
		if status, got := d.Exchange(http.MethodPut, allow, body); status != http.StatusBadRequest || !strings.Contains(got, "error") {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
}
