package conformance

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/wechat"
)

// TestCorrectCalls: a server that calls as WeChat wants fails nothing, and every case is run.
// No report shows its AppSecret, a token or an order's Token.
func TestCorrectCalls(t *testing.T) {
	run(t, wechat.Secure, window, func(t *testing.T, c *carrier) {
		calling(func(*caller) {})(c)
		o := c.serve(t)
		report := wantFailed(t, o)
		ran := 0
		for _, r := range report.Results {
			if strings.HasPrefix(r.Case, "calls_") && r.Verdict == Pass && r.Format == "" {
				ran++
			}
		}
		if ran != len(callCases) {
			t.Errorf("%d of %d cases were run\n%s", ran, len(callCases), lines(report))
		}
		var out bytes.Buffer
		must(t, report.WriteJSON(&out))
		if !strings.HasSuffix(report.Summary(), "\n  no case tries: updateOrder, updateBusiness") || !strings.Contains(out.String(), `"not_tried": [
    "updateOrder",
    "updateBusiness"
  ]`) {
			t.Errorf("the report does not say what it does not try: %s", report.Summary())
		}
		hidden := []string{callSecret}
		for token := range o.Calls.issued {
			hidden = append(hidden, token)
		}
		for _, p := range o.Calls.parcels {
			hidden = append(hidden, p.token)
		}
		if len(hidden) < 15 {
			t.Errorf("only %d secrets", len(hidden))
		}
		for _, secret := range hidden {
			if strings.Contains(out.String()+lines(report), secret) {
				t.Errorf("the report shows %q", secret)
			}
		}
	})
}

// TestCallsBeside: a server may look at its quota beside the calls of parcels, with the token that
// it has when it begins.
func TestCallsBeside(t *testing.T) {
	run(t, wechat.Secure, window, func(t *testing.T, c *carrier) {
		refused := 0
		calling(func(c *caller) {
			c.beside = func(ctx context.Context, token string) {
				var says struct {
					ErrCode int `json:"errcode"`
				}
				c.post(ctx, "/cgi-bin/openapi/quota/get?access_token="+token, map[string]any{"cgi_path": updatePath}, &says)
				if says.ErrCode != 0 {
					refused++
				}
			}
		})(c)
		wantFailed(t, c.serve(t))
		if refused < 4 {
			t.Errorf("only %d calls were refused beside those of parcels", refused)
		}
	})
}

// TestOtherCalls: a server may make calls that the kit's WeChat has not, and calls about parcels
// that it does not know.
func TestOtherCalls(t *testing.T) {
	run(t, wechat.Secure, window, func(t *testing.T, c *carrier) {
		calling(func(c *caller) {
			n := 0
			c.beside = func(ctx context.Context, token string) {
				if n++; n > 2 {
					return
				}
				other := map[string]any{"token": "ofAnother", "waybill_id": "W" + strconv.Itoa(n), "action_time": time.Now().Unix(), "action_type": 200001, "action_msg": "运输中"}
				c.call(ctx, token, other)
				var says any
				c.post(ctx, "/wxa/business/getuserphonenumber?access_token="+token, map[string]any{"code": "1"}, &says)
			}
		})(c)
		o := c.serve(t)
		wantFailed(t, o)
		n := map[int]int{}
		for _, x := range o.Calls.all {
			n[x.code]++
		}
		if n[40066] != 2 || n[40199] != 2 {
			t.Errorf("by errcode: %v", n)
		}
	})
}

// TestCallElsewhere: the report says where calls came that are not updatePath.
func TestCallElsewhere(t *testing.T) {
	run(t, wechat.Secure, window, func(t *testing.T, c *carrier) {
		calling(func(c *caller) { c.path = "/cgi-bin/express/delivery/path" })(c)
		if text := lines(wantFailed(t, c.serve(t), "calls_made")); !strings.Contains(text, "no call with errcode 0 of 100001; of /cgi-bin/express/delivery/path: errcode 40066.") {
			t.Error(text)
		}
	})
}

// TestCallsNotTried: without an address nothing is called and nothing booked for it, limits are
// not used up unless that is wanted, and what cannot be reported says why.
func TestCallsNotTried(t *testing.T) {
	run(t, wechat.Secure, window, func(t *testing.T, c *carrier) {
		_, skipped, report := failed(t, c.serve(t))
		for _, one := range callCases {
			if !slices.Contains(skipped, "/"+one.Name) {
				t.Errorf("%s was run", one.Name)
			}
		}
		if !strings.Contains(lines(report), "no address is given where the server calls") {
			t.Error("the report does not say what to give")
		}
	})
}

func TestCallsWithoutLimits(t *testing.T) {
	run(t, wechat.Secure, window, func(t *testing.T, c *carrier) {
		calling(func(*caller) {})(c)
		o := c.serve(t)
		o.Calls.Limits = false
		wrong, skipped, report := failed(t, o)
		if len(wrong) > 0 || !slices.Contains(skipped, "/calls_minute") || !slices.Contains(skipped, "/calls_daily") || strings.Count(strings.Join(skipped, " "), "/calls_") != 2 {
			t.Errorf("failed %v, skipped %v\n%s", wrong, skipped, lines(report))
		}
	})
}

// TestOldTokenWithoutLimits: it needs no case that takes minutes to see a refused token stay in use.
func TestOldTokenWithoutLimits(t *testing.T) {
	run(t, wechat.Secure, window, func(t *testing.T, c *carrier) {
		calling(func(c *caller) { c.stays = true })(c)
		o := c.serve(t)
		o.Calls.Limits = false
		report := wantFailed(t, o, "calls_old_token")
		if text := lines(report); !strings.Contains(text, "Got: not so 5 times: it was refused") {
			t.Error(text)
		}
	})
}

func TestScanNotReported(t *testing.T) {
	run(t, wechat.Secure, window, func(t *testing.T, c *carrier) {
		calling(func(*caller) {})(c)
		o := c.serve(t)
		o.Calls.SendScan = SendScanByV1("http://carrier/", "aTokenOfTheAPI", o.Client)
		report := wantFailed(t, o, "calls_made")
		if text := lines(report); !strings.Contains(text, "/v1 answered HTTP 4") || strings.Contains(text, "aTokenOfTheAPI") {
			t.Error(text)
		}
	})
}

// TestNewCalls: what is missing is refused.
func TestNewCalls(t *testing.T) {
	t.Parallel()
	right := CallOptions{AppID: appID, Secret: callSecret, SendScan: func(context.Context, Scan) error { return nil }, Patience: time.Second, Quiet: time.Second}
	if _, err := NewCalls(right); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*CallOptions){
		"app id": func(o *CallOptions) { o.AppID = "" }, "secret": func(o *CallOptions) { o.Secret = "" }, "scans": func(o *CallOptions) { o.SendScan = nil },
		"patience": func(o *CallOptions) { o.Patience = 0 }, "quiet": func(o *CallOptions) { o.Quiet = -1 },
	} {
		o := right
		spoil(&o)
		if _, err := NewCalls(o); err == nil || strings.Contains(err.Error(), callSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var sampleScan = Scan{WaybillID: "W1; rm -rf $HOME `id`", Action: 100001, Time: 1700000000, Message: `由 "李" 揽收 {waybill_id} $(id)`}

// TestScanCommand: a command gets what is reported as words, and no shell sees it.
func TestScanCommand(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	script := filepath.Join(t.TempDir(), "report")
	must(t, os.WriteFile(script, []byte("#!/bin/sh\nout=$1; shift\nprintf '%s\\n' \"$@\" > \"$out\"\n"), 0o700))
	for text, want := range map[string]string{
		script + " " + out + "  {waybill_id} a{action_type}b {action_time}":                       sampleScan.WaybillID + "\na100001b\n1700000000\n",
		`["` + script + `","` + out + `","two words","{waybill_id}{action_type}","{action_msg}"]`: "two words\n" + sampleScan.WaybillID + "100001\n" + sampleScan.Message + "\n",
	} {
		send, err := ParseScanCommand(text, nil)
		must(t, err)
		must(t, send(t.Context(), sampleScan))
		got, err := os.ReadFile(out)
		must(t, err)
		if string(got) != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"", " ", "[]", "[1]", `["a"`, "report {waybill_id}", "report {action_type}", "{waybill_id}{action_type}"} {
		if _, err := ParseScanCommand(text, nil); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	var said bytes.Buffer
	send, err := ParseScanCommand(`["sh","-c","echo no >&2; exit 3","{waybill_id}","{action_type}"]`, &said)
	must(t, err)
	if err := send(t.Context(), sampleScan); err == nil || !strings.Contains(err.Error(), "exit status 3") || said.String() != "no\n" {
		t.Errorf("%v, %q", err, said.String())
	}
}

// TestSendScanByV1: /v1 gets one scan, and its answer counts.
func TestSendScanByV1(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, err := body.ReadFrom(r.Body)
		must(t, err)
		got = append(got, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")+" "+body.String())
		w.WriteHeader(status)
	}))
	defer server.Close()
	must(t, SendScanByV1(server.URL+"/", "token", server.Client())(t.Context(), Scan{WaybillID: "W1", Action: 100001, Time: 1700000000}))
	if want := `POST /v1/scans Bearer token {"waybill_id":"W1","action_type":100001,"action_time":1700000000}`; len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
	status = http.StatusConflict
	if err := SendScanByV1(server.URL, "", server.Client())(t.Context(), Scan{}); err == nil || err.Error() != "/v1 answered HTTP 409" {
		t.Error(err)
	}
	if err := SendScanByV1("http://127.0.0.1:1", "token", server.Client())(t.Context(), Scan{}); err == nil || strings.Contains(err.Error(), "token") {
		t.Error(err)
	}
	if err := SendScanByV1("::", "token", server.Client())(t.Context(), Scan{}); err == nil {
		t.Error("an address that is none")
	}
}
