package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// call is a request that a path's right caller makes, at a Sandbox of openSandbox.
type call struct {
	method, query, body string
	still               bool // nothing can be seen to change
}

// calls has one for each route of both listeners, by its pattern.
func calls(t *testing.T, c *Company, tried string) map[string]call {
	post := func(body string) call {
		return call{method: http.MethodPost, query: "access_token=" + sandbox.StandingToken, body: body}
	}
	query := func(body string) call {
		p := post(body)
		p.still = true
		return p
	}
	control := func(method, body string) call { return call{method: method, body: body} }
	show := call{method: http.MethodGet, still: true}
	return map[string]call{
		TokenPath:       {method: http.MethodGet, query: "grant_type=client_credential&appid=wxABCD&secret=" + sandbox.Secret},
		StableTokenPath: {method: http.MethodPost, body: login},
		CancelPath:      post(CancelBody()),
		AddPath:         post(AddBody()),
		GetPath:         query(CancelBody()),
		BatchGetPath:    query(BatchBody),
		DeliveriesPath:  {method: http.MethodGet, query: "access_token=" + sandbox.StandingToken, still: true},
		ContactPath:     query(ContactBody("W1")),
		BusinessPath:    post(BusinessBody("1")),
		PreviewPath:     query(PreviewBody()),
		BindPath:        post(BindBody()),
		QuotaPath:       post(QuotaBody),
		PathPath:        query(CancelBody()),
		TestUpdatePath: post(fmt.Sprintf(`{"biz_id":"test_biz_id","order_id":"tried","delivery_id":"TEST","waybill_id":%q,`+
			`"action_time":123456789,"action_type":100001,"action_msg":"揽件阶段"}`, tried)),
		UpdatePath:        post(`{"token":"token-W1","waybill_id":"W1","action_time":1533052800,"action_type":300002,"action_msg":"x"}`),
		PreAddPath:        post(PlaceBody("shop_order_id", `"another"`)),
		PlacePath:         post(PlaceBody("shop_order_id", `"another"`)),
		ReaddPath:         post(PlaceBody()),
		InstantCancelPath: post(FollowUpBody()),
		PreCancelPath:     post(FollowUpBody()),
		InstantGetPath:    post(FollowUpBody()),
		TipsPath:          post(FollowUpBody()),
		ConfirmPath:       post(FollowUpBody()),
		MockPath:          post(MockBody("tried", "102")),
		StatusReportPath:  post(StatusReportBody(c.LastOrder().WXToken)),
		CloudPath:         {method: http.MethodPost, body: `{"orderId":"order","openid":"` + User + `","deliveryId":"SF","waybillId":"W1"}`},
		"GET /fault":      show,
		"PUT /fault":      control(http.MethodPut, `{"fault":"wrong_signature"}`),
		"DELETE /fault":   control(http.MethodDelete, ""),
		"GET /pushes":     show,
		"GET /orders":     show,
		"POST /orders":    control(http.MethodPost, `{"biz_id":"xyz","order_id":"put","waybill_id":"W7","openid":"oABCD"}`),
		"DELETE /orders":  control(http.MethodDelete, `{"order_id":"order"}`),
		"GET /deliveries": show,
		"GET /accounts":   show,
		"POST /accounts":  control(http.MethodPost, `{"biz_id":"put","password":"`+Password+`"}`),
		"POST /reset":     control(http.MethodPost, ""),
		"POST /events":    control(http.MethodPost, "{}"),
		"GET /events":     show,

		QuotaGetPath:          post(`{"cgi_path":"` + UpdatePath + `"}`),
		ClearQuotaPath:        post(`{"appid":"wxABCD"}`),
		"GET /calls":          show,
		"GET /calls/fault":    show,
		"PUT /calls/fault":    control(http.MethodPut, `{"fault":"slow"}`),
		"DELETE /calls/fault": control(http.MethodDelete, ""),

		"GET /calls/limits":    show,
		"PUT /calls/limits":    control(http.MethodPut, `{"daily":7}`),
		"DELETE /calls/limits": control(http.MethodDelete, ""),
		"GET /calls/allow":     show,
		"PUT /calls/allow":     control(http.MethodPut, `{"addresses":["10.0.0.1"]}`),
		"DELETE /calls/allow":  control(http.MethodDelete, ""),
		"POST /tokens/revoke":  control(http.MethodPost, ""),

		"GET /events/fault":    show,
		"PUT /events/fault":    control(http.MethodPut, `{"fault":"status_410"}`),
		"DELETE /events/fault": control(http.MethodDelete, ""),
	}
}

// openSandbox is a Sandbox with something to change for every path.
func openSandbox(t *testing.T) (*Sandbox, *Company, string) {
	t.Helper()
	d, c := StartInstant(t, wechat.JSON, "SFTC")
	d.Carrier.AnswerAdd(0, "")
	d.Carrier.AnswerAccount(0, "success")
	d.WantResult(PlacePath, PlaceBody(), 0)
	d.WantResult(PlacePath, TrialBody("tried"), 0)
	tried := WaybillOf(t, d.Call(AddPath, TestBody("tried")))
	d.SetFault("event_lower", 0)
	d.Send(http.MethodPost, d.MerchantURL+StableTokenPath, login)
	d.Send(http.MethodPut, d.ControlURL+"/events/fault", `{"fault":"status_500"}`)
	d.Send(http.MethodPut, d.ControlURL+"/calls/fault", `{"fault":"no_quota"}`)
	d.Send(http.MethodPut, d.ControlURL+"/calls/limits", `{"daily":100}`)
	d.Send(http.MethodPut, d.ControlURL+"/calls/allow", `{"addresses":["127.0.0.0/8","::1"]}`)
	return d, c, tried
}

// seen is everything that a request might have changed: all that the control shows,
// the tokens, and what the carrier was pushed.
func seen(d *Sandbox) string {
	var all strings.Builder
	for _, pattern := range d.Patterns() {
		if path, ok := strings.CutPrefix(pattern, "GET "); ok {
			fmt.Fprintln(&all, d.Send(http.MethodGet, d.ControlURL+path, ""))
		}
	}
	_, pushes := d.Carrier.Last()
	fmt.Fprintln(&all, d.Carrier.Count(), pushes)
	all.WriteString(d.IssuedTokens())
	return all.String()
}

// header adds what is no header of a program's.
func header(pairs ...string) func(*http.Request) {
	return func(r *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Set(pairs[i], pairs[i+1])
		}
	}
}

// called gives a request another host, with the port that it goes to.
func called(host string, pairs ...string) func(*http.Request) {
	return func(r *http.Request) {
		r.Host = host + ":" + r.URL.Port()
		header(pairs...)(r)
	}
}

// strangers are web pages that a browser on this machine shows.
var strangers = map[string]func(*http.Request){
	"a form of another site":     header("Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site", "Content-Type", "text/plain"),
	"an older browser":           header("Origin", "https://evil.example", "Content-Type", "text/plain"),
	"a picture of another site":  header("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"),
	"a frame without an origin":  header("Origin", "null"),
	"another port here":          header("Origin", "http://127.0.0.1:3000", "Sec-Fetch-Site", "same-site"),
	"a name that leads here":     called("evil.example", "Sec-Fetch-Site", "same-origin"),
	"such a name, older browser": called("evil.example"),
	"every address":              called("0.0.0.0"),
	"every address of IPv6":      called("[::]"),
	"another machine's address":  called("192.0.2.1"),
}

// programs are those that the sandbox is for.
var programs = map[string]func(*http.Request){
	"curl":                   header(),
	"curl to localhost":      called("localhost"),
	"curl to IPv6":           called("[::1]"),
	"curl with -d":           header("Content-Type", "application/x-www-form-urlencoded"),
	"fetch of Node":          header("Sec-Fetch-Mode", "cors", "User-Agent", "node"),
	"typed into the browser": header("Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"),
}

// eachRoute goes through the paths of both listeners, each at a Sandbox of its own.
func eachRoute(t *testing.T, try func(t *testing.T, d *Sandbox, at string, c call)) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	for _, pattern := range d.Patterns() {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()
			d, company, tried := openSandbox(t)
			c, ok := calls(t, company, tried)[pattern]
			if !ok {
				t.Fatal("calls has no request for it")
			}
			at := d.MerchantURL + pattern
			if _, path, control := strings.Cut(pattern, " "); control {
				at = d.ControlURL + path
			}
			try(t, d, at, c)
		})
	}
}

// A web page changes nothing, learns nothing and causes no push, whatever it sends.
func TestNoWebPage(t *testing.T) {
	eachRoute(t, func(t *testing.T, d *Sandbox, at string, c call) {
		before := seen(d)
		for name, change := range strangers {
			for _, method := range []string{c.method, http.MethodGet, http.MethodPost, http.MethodOptions} {
				status, says, headers := d.Do(method, at+"?"+c.query, c.body, change)
				if status != http.StatusForbidden || !strings.HasPrefix(says, `{"error":"`) || headers.Get("X-Sandbox") == "" {
					t.Errorf("%s, %s: %d %s", name, method, status, says)
				}
				for key := range headers {
					if strings.HasPrefix(key, "Access-Control-") {
						t.Errorf("%s, %s: %s lets a page read it", name, method, key)
					}
				}
			}
		}
		if after := seen(d); after != before {
			t.Errorf("a web page changed\n%s\nto\n%s", before, after)
		}
		if refused := d.Logs.FilterMessage("refused").Len(); refused != 4*len(strangers) {
			t.Errorf("%d refusals are in the log", refused)
		}
	})
}

// What is no page's is answered, and changes what it is for: so TestNoWebPage would
// see it, had a page done it.
func TestProgramsPass(t *testing.T) {
	eachRoute(t, func(t *testing.T, d *Sandbox, at string, c call) {
		before := seen(d)
		for name, change := range programs {
			if status, says, _ := d.Do(c.method, at+"?"+c.query, c.body, change); status == http.StatusForbidden {
				t.Errorf("%s: %d %s", name, status, says)
			}
		}
		if after := seen(d); after == before && !c.still {
			t.Error("nothing was changed")
		}
	})
}

// The refusal says which host, and not more of it than a name can have.
func TestRefusedHost(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	for host, want := range map[string]string{"sandbox:8091": `\"sandbox:8091\"`, strings.Repeat("x", 8000): "xxx"} {
		_, says, _ := d.Do(http.MethodGet, d.ControlURL+"/fault", "", func(r *http.Request) { r.Host = host })
		if !strings.Contains(says, want) || len(says) > 500 {
			t.Errorf("%s", says)
		}
	}
}
