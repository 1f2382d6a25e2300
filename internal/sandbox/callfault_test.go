package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// tryCall posts to a path as a carrier does, and returns what arrived of the answer.
func tryCall(d *Sandbox, path, body string) (status int, got string, err error) {
	req, err := http.NewRequest(http.MethodPost, d.MerchantURL+path+"?access_token="+sandbox.StandingToken, strings.NewReader(body))
	if err != nil {
		d.TB.Fatal(err)
	}
	res, err := d.Client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

// pathItems is how many scans a merchant sees.
func pathItems(d *Sandbox) int {
	d.TB.Helper()
	var a struct {
		Num int `json:"path_item_num"`
	}
	Decode(d.TB, d.Call(PathPath, CancelBody()), &a)
	return a.Num
}

// Each fault goes wrong in its own way: a refusal changes nothing, and what arrives cut, late or
// not at all has happened, so that the call that follows is a repeat.
func TestCallFaults(t *testing.T) {
	t.Parallel()
	tried := map[sandbox.CallFault]bool{}
	for fault, tt := range map[sandbox.CallFault]struct {
		path, want string // what the answer has
		status     int
		done       bool
		answered   string
	}{
		sandbox.CallBusy:         {UpdatePath, `{"errcode":-1,"errmsg":"system error rid: `, 200, false, "whole"},
		sandbox.CallCut:          {UpdatePath, `{"errcode":0,`, 200, true, "cut"},
		sandbox.CallUnanswered:   {UpdatePath, "", 0, true, "none"},
		sandbox.CallBadGateway:   {UpdatePath, "<h1>502 Bad Gateway</h1>", 502, false, "none"},
		sandbox.CallPage:         {UpdatePath, "<h1>502 Bad Gateway</h1>", 200, false, "none"},
		sandbox.CallTokenRevoked: {UpdatePath, `{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest rid: `, 200, false, "whole"},
		sandbox.CallNotAllowed:   {UpdatePath, `{"errcode":40164,"errmsg":"invalid ip 127.0.0.1, not in whitelist rid: `, 200, false, "whole"},
		sandbox.CallUnauthorised: {UpdatePath, `{"errcode":48001,"errmsg":"api unauthorized rid: `, 200, false, "whole"},
		sandbox.CallDailyLimit:   {UpdatePath, `{"errcode":45009,"errmsg":"reach max api daily quota limit rid: `, 200, false, "whole"},
		sandbox.CallMinuteLimit:  {UpdatePath, `{"errcode":45011,"errmsg":"api minute-quota reach limit, must slower, retry next minute rid: `, 200, false, "whole"},
		sandbox.CallFrozen:       {StableTokenPath, `{"errcode":40243,"errmsg":"appsecret is frozen rid: `, 200, false, "whole"},
		sandbox.CallBadSecret:    {StableTokenPath, `{"errcode":40125,"errmsg":"invalid appsecret rid: `, 200, false, "whole"},
		sandbox.CallNoQuota:      {StatusReportPath, `{"errcode":930564,"errmsg":"no quota to call rid: `, 200, false, "whole"},
	} {
		tried[fault] = true
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			d := StartSandbox(t, wechat.XML, nil)
			body := map[string]string{
				UpdatePath: PathBody("W1", 100001, 1000), StableTokenPath: login, StatusReportPath: StatusReportBody("none"),
			}[tt.path]
			tokens := d.IssuedTokens()
			d.SetCallFault(fault, tt.path, 1)
			status, got, err := tryCall(d, tt.path, body)
			if status != tt.status || !strings.Contains(got, tt.want) || (err != nil) != (tt.done) {
				t.Errorf("%d %s, %v", status, got, err)
			}
			c := d.LastCall()
			if c.Fault != fault || c.Done != tt.done || c.Answered != tt.answered || c.ErrCode != 0 && !strings.Contains(got, fmt.Sprint(c.ErrCode)) {
				t.Errorf("%+v", c)
			}
			if n := pathItems(d); n != map[bool]int{true: 1}[tt.done] || d.IssuedTokens() != tokens {
				t.Errorf("%d scans are there, and the tokens are %s", n, d.IssuedTokens())
			}
			if !strings.Contains(d.Show("calls/fault"), `{"fault":"","path":"","calls":0,"errcode":0,`) {
				t.Error("the fault goes on")
			}
			if tt.path != UpdatePath {
				return
			}
			d.WantCode(UpdatePath, body, 0)
			if c := d.LastCall(); c.Repeat != tt.done || c.Fault != "" {
				t.Errorf("again: %+v", c)
			}
		})
	}
	for _, fault := range sandbox.CallFaults() {
		if !tried[fault] && fault != sandbox.CallSlow && fault != sandbox.CallErrCode {
			t.Errorf("%s is not tried", fault)
		}
	}
}

const login = `{"grant_type":"client_credential","appid":"wxABCD","secret":"` + sandbox.Secret + `"}`

// A slow answer comes after eight seconds, whole; what it is about has happened at once.
func TestSlowCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := StartInMemory(t, wechat.XML, nil)
		d.SetCallFault(sandbox.CallSlow, "", 1)
		begun := time.Now()
		go func() {
			time.Sleep(time.Second)
			if c := d.LastCall(); !c.Done || c.Answered != "whole" {
				t.Errorf("%+v", c)
			}
		}()
		d.WantCode(UpdatePath, PathBody("W1", 100001, 1000), 0)
		if took := time.Since(begun); took != 8*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// A fault is of the calls that can have it: of its path, of carriers, so many of them.
func TestCallFaultChoice(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	fault := d.ControlURL + "/calls/fault"
	show := func(want string) {
		t.Helper()
		if got := d.Send(http.MethodGet, fault, ""); !strings.HasPrefix(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	body := PathBody("W1", 100001, 1000)
	d.SetCallFault(sandbox.CallBusy, UpdatePath, 2)
	show(`{"fault":"busy","path":"` + UpdatePath + `","calls":2,"errcode":0,"known":[{"fault":"busy","words":"-1: WeChat is busy"},`)
	d.WantCode(GetPath, CancelBody(), 0)
	d.Call(ContactPath, ContactBody("W1"))
	if c := d.LastCall(); !c.Done {
		t.Errorf("another path: %+v", c)
	}
	d.WantCode(UpdatePath, body, -1)
	d.WantCode(UpdatePath, body, -1)
	d.WantCode(UpdatePath, body, 0)
	d.SetCallFault(sandbox.CallFrozen, "", 1) // a call with a token cannot have it
	d.WantCode(UpdatePath, body, 0)
	show(`{"fault":"frozen","path":"","calls":1,`)
	if got := d.Send(http.MethodPost, d.MerchantURL+StableTokenPath, login); d.Errcode(got) != 40243 {
		t.Error(got)
	}
	d.SetCallFault(sandbox.CallUnauthorised, "", 0)
	if got := d.Send(http.MethodPost, d.MerchantURL+StableTokenPath, login); !strings.Contains(got, "access_token") {
		t.Error(got)
	}
	for range 3 {
		d.WantCode(UpdatePath, body, 48001)
	}
	d.WantCode(CancelPath, CancelBody(), 9300506)
	d.Send(http.MethodDelete, fault, "")
	d.WantCode(UpdatePath, body, 0)
	d.Send(http.MethodPut, fault, `{"fault":"errcode","errcode":50007,"calls":1}`)
	if got := d.Call(UpdatePath, body); !strings.HasPrefix(got, `{"errcode":50007,"errmsg":"`) {
		t.Error(got)
	}
	for _, body := range []string{
		``, `{`, `{"fault":"nonsense"}`, `{"fault":"busy","calls":-1}`, `{"fault":"busy","call":1}`, `{"fault":"busy","path":"` + CancelPath + `"}`,
		`{"fault":"frozen","path":"` + UpdatePath + `"}`, `{"fault":"no_quota","path":"` + UpdatePath + `"}`, `{"fault":"token_revoked","path":"` + StableTokenPath + `"}`,
		`{"fault":"errcode"}`, `{"fault":"busy","errcode":7}`,
	} {
		if status, got := d.Exchange(http.MethodPut, fault, body); status != http.StatusBadRequest || !strings.Contains(got, "error") {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
}

// token_revoked ends the very token that was sent: the next one of stable_token is another.
func TestTokenRevokedFault(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	_, stable, holds := tokensOf(t, d)
	first := stable("false")
	post := func(a granted) int {
		return d.Errcode(d.Send(http.MethodPost, d.MerchantURL+UpdatePath+"?access_token="+a.Token, PathBody("W1", 100001, 1000)))
	}
	d.SetCallFault(sandbox.CallTokenRevoked, "", 1)
	if code := post(first); code != 40001 {
		t.Errorf("errcode %d", code)
	}
	holds(first, 40001)
	second := stable("false")
	if second.Token == first.Token || post(second) != 0 {
		t.Errorf("%+v", second)
	}
	if calls, _ := d.CarrierCalls("?path=" + UpdatePath); !slices.Equal([]string{calls[0].Account, calls[1].Account}, []string{"wxABCD", "wxABCD"}) {
		t.Errorf("%+v", calls)
	}
}

// An answer does not arrive whole by HTTP/2 either, as clients come by TLS.
func TestCallFaultsByHTTP2(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	s := httptest.NewUnstartedServer(d.Merchant())
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	byTLS := &Sandbox{API: d.API, TB: t, MerchantURL: s.URL, Client: s.Client()}
	for i, fault := range []sandbox.CallFault{sandbox.CallCut, sandbox.CallUnanswered, ""} {
		d.SetCallFault(fault, "", 1)
		status, got, err := tryCall(byTLS, UpdatePath, PathBody("W1", 100001, 1000))
		if whole := fault == ""; (err == nil) != whole || whole != strings.HasSuffix(got, `"ok"}`) || (status == 0) != (fault == sandbox.CallUnanswered) {
			t.Errorf("%s: %d %s, %v", fault, status, got, err)
		}
		calls, _ := d.API.Calls()
		if c := calls[len(calls)-1]; len(calls) != i+1 || !c.Done || c.Repeat != (i > 0) {
			t.Errorf("%s: %+v", fault, c)
		}
	}
}
