package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// read as the calls do, without a network.
func reading(call, answer string) error {
	b := []byte(answer)
	switch call {
	case "updateOrder":
		return readOrderDone(b)
	case "getContact":
		_, err := readContacts(b)
		return err
	case "previewTemplate":
		_, err := readPage(b)
		return err
	case "quota":
		_, err := readQuota(b)
		return err
	case "stable_token":
		_, _, err := readToken(b)
		return err
	}
	return readDone(paths[call])(b)
}

// Answers that are written otherwise than WeChat's samples, and mean the same.
func TestTolerance(t *testing.T) {
	t.Parallel()
	for call, answers := range map[string][]string{
		"updatePath":      {`{"errcode":"0"}`, `{"errcode":0.0}`, `{"errcode":" 0 ","more":{}}`, "\ufeff{\"errcode\":0}", " \r\n\t{\"errcode\":0}\n", `{"errcode":0,"errmsg":{}}`, `{"errcode":0,"errmsg":null}`},
		"updateOrder":     {`{"resultcode":"0"}`, `{"errcode":0}`, `{"errcode":0,"resultcode":0}`, `{"errcode":null,"resultcode":0,"resultmsg":7}`},
		"getContact":      {`{"errcode":0,"waybill_id":1,"sender":{"tel":2088888888,"name":null},"receiver":{}}`},
		"previewTemplate": {`{"errcode":"0","rendered_waybill_template":""}`, `{"rendered_waybill_template":"PGh0\nbWw+"}`},
		"quota":           {`{"errcode":0,"quota":{"daily_limit":"5000"}}`, `{"errcode":0,"quota":{"daily_limit":0,"used":-1,"remain":-1},"rate_limit":null}`},
		"stable_token":    {`{"access_token":"a","expires_in":"7200"}`, `{"errcode":0,"errmsg":"ok","access_token":"a","expires_in":1}`},
	} {
		for _, a := range answers {
			if err := reading(call, a); err != nil {
				t.Errorf("%s answered by %s: %v", call, a, err)
			}
		}
	}
}

// What a quota's answer leaves out, or says in excess.
func TestQuotas(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]Quota{
		`"quota":{"daily_limit":"50","used":20}`:                                                       {50, 20, 30, 0, 0},
		`"quota":{"daily_limit":50,"used":60}`:                                                         {50, 60, 0, 0, 0},
		`"quota":{"daily_limit":50,"used":-1,"remain":-1}`:                                             {50, 0, 0, 0, 0},
		`"quota":{"daily_limit":50,"remain":7},"rate_limit":{"call_count":5}`:                          {50, 0, 7, 0, 0},
		`"quota":{"daily_limit":50,"remain":7},"rate_limit":{"call_count":5,"refresh_second":86400}`:   {50, 0, 7, 5, 24 * time.Hour},
		`"quota":{"daily_limit":50,"remain":7},"rate_limit":{"call_count":5,"refresh_second":86401}`:   {50, 0, 7, 0, 0},
		`"quota":{"daily_limit":50,"remain":7},"rate_limit":{"call_count":-5,"refresh_second":60}`:     {50, 0, 7, 0, 0},
		`"quota":{"daily_limit":0,"remain":0},"rate_limit":{"call_count":"5","refresh_second":"60.0"}`: {0, 0, 0, 5, time.Minute},
	} {
		if q, err := readQuota([]byte(`{"errcode":0,` + answer + `}`)); err != nil || q != want {
			t.Errorf("%s: %+v, %v, want %+v", answer, q, err, want)
		}
	}
}

// What is no answer of WeChat's, or not whole, is no success: the outcome is unknown.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	common := []string{
		"", " ", "null", "0", `"ok"`, "[]", "ok", "<html>SECRET</html>", `{`, `{"errcode":`, `{"errcode":0`, `{"errcode":0}}`, `{"errcode":0} SECRET`,
		`{"errcode":"SECRET"}`, `{"errcode":0.5}`, `{"errcode":{}}`, `{"errcode":1e300}`, `{"errcode":true}`, `{"errcode":""}`,
	}
	special := map[string][]string{
		"updatePath": {`{}`, `{"errcode":null}`, `{"errmsg":"ok"}`}, "updateBusiness": {`{}`}, "clearQuota": {`{}`},
		"updateOrder":     {`{}`, `{"resultmsg":"ok"}`, `{"resultcode":"SECRET"}`, `{"resultcode":[]}`},
		"getContact":      {`{}`, `{"errcode":0}`, `{"sender":{}}`, `{"receiver":{}}`, `{"sender":[],"receiver":{}}`, `{"sender":{"name":{}},"receiver":{}}`},
		"previewTemplate": {`{}`, `{"rendered_waybill_template":"SECRET!"}`, `{"rendered_waybill_template":7}`, `{"rendered_waybill_template":null}`},
		"quota":           {`{}`, `{"errcode":0}`, `{"errcode":0,"quota":{}}`, `{"errcode":0,"quota":null}`, `{"errcode":0,"quota":{"daily_limit":-1}}`, `{"quota":{"daily_limit":1}}`},
		"stable_token": {
			`{}`, `{"access_token":"a"}`, `{"access_token":"","expires_in":7200}`, `{"access_token":"a","expires_in":0}`, `{"access_token":"a","expires_in":-1}`,
			`{"access_token":7,"expires_in":7200}`, `{"access_token":"` + strings.Repeat("a", maxToken+1) + `","expires_in":7200}`,
		},
	}
	for call, more := range special {
		for _, a := range append(more, common...) {
			err := reading(call, a)
			if u, ok := errors.AsType[*Unanswered](err); !ok || u.Kind != "unreadable" {
				t.Errorf("%s answered by %.80s: %v", call, a, err)
			}
			wantClass(t, err, Transient, "cannot be read")
		}
	}
}

// A refusal has its code, WeChat's name for the request and our words, and nothing else of
// what WeChat wrote.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const tail = ` 18666666666 张三 SECRET rid: 6299e87e-5ed9e599-0d046b47`
	for call := range samples {
		for _, code := range []string{"40199", `"40199"`, "40199.0"} {
			err := reading(call, `{"errcode":`+code+`,"errmsg":"waybill_id not exist`+tail+`","sender":[],"quota":7,"resultcode":{}}`)
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Code != 40199 || e.Path != paths[call] || e.RID != "6299e87e-5ed9e599-0d046b47" || e.Result || e.Status != 0 {
				t.Errorf("%s: %+v", call, err)
			}
			wantClass(t, err, Permanent, paths[call]+": errcode 40199: WeChat does not know the waybill", "(rid 6299e87e-5ed9e599-0d046b47)")
		}
	}
	for _, errmsg := range []string{
		`"rid: SECRETAB-5ed9e599-0d046b47"`, `"rid: 18666666666"`, `"rid: 6299e87e-5ed9e599-0d046b4718666666666"`, `"grid: 6299e87e-5ed9e599-0d046b47"`, `{"a":"SECRET"}`, `7`, `null`,
	} {
		err := reading("updatePath", `{"errcode":-1,"errmsg":`+errmsg+`}`)
		if e, ok := errors.AsType[*Error](err); !ok || e.RID != "" {
			t.Errorf("%s: %+v", errmsg, err)
		}
		wantClass(t, err, Transient)
	}
	err := reading("updateOrder", `{"resultcode":1010,"resultmsg":"收件人信息不正确 SECRET rid: 6299e87e-5ed9e599-0d046b47"}`)
	wantClass(t, err, Permanent, "resultcode 1010: ", "(rid 6299e87e")
	wantClass(t, reading("updateOrder", `{"errcode":0,"resultcode":930565}`), Permanent, "resultcode 930565: the order has ended")
	wantClass(t, reading("updateOrder", `{"resultcode":-1}`), Transient, "resultcode -1")
	wantClass(t, reading("updateOrder", `{"errcode":45009,"resultcode":0}`), Daily)
}

// WeChat says which address it sees: that is what has to be allowed.
func TestRefusedAddress(t *testing.T) {
	t.Parallel()
	for errmsg, want := range map[string]string{
		"invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist rid: 6207df1a-08ef8516-2a6c18c6": "203.0.113.9",
		"invalid ip 2001:db8::9, not in whitelist":                                                         "2001:db8::9",
		"invalid ip 18666666666, not in whitelist":                                                         "",
		"invalid ip SECRET":        "",
		"invalid ip 203.0.113.999": "",
	} {
		err := reading("stable_token", `{"errcode":40164,"errmsg":"`+errmsg+`"}`)
		wantClass(t, err, Setup, "/cgi-bin/stable_token: errcode 40164: ", "IP白名单")
		text := "sees the address " + want
		if want == "" {
			text = "add it; it holds after some minutes"
		}
		if !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "sees") != (want != "") {
			t.Errorf("%s: %v", errmsg, err)
		}
	}
}

// What is no answer of WeChat's at all.
func TestHTTPFaults(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	c := p.client(nil)
	c.wantCall(t)
	for _, status := range []int{201, 204, 301, 302, 307, 400, 403, 404, 413, 429, 500, 502, 503, 504, 999} {
		p.answer = func(w http.ResponseWriter, _ receivedCall) {
			w.Header().Set("Location", "/cgi-bin/elsewhere?SECRET")
			w.WriteHeader(status)
			if status != 204 {
				write(w, `{"errcode":0,"errmsg":"SECRET"}`)
			}
		}
		_, before := p.count()
		err := c.someCall(t.Context())
		if e, ok := errors.AsType[*Error](err); !ok || e.Status != status || e.Code != 0 {
			t.Errorf("status %d: %+v", status, err)
		}
		wantClass(t, err, Transient, fmt.Sprint("HTTP status ", status))
		if _, after := p.count(); after != before+1 || p.last().path != pathUpdatePath {
			t.Errorf("status %d: %d calls", status, after-before)
		}
	}
	long := func(n int) func(http.ResponseWriter, receivedCall) {
		return func(w http.ResponseWriter, _ receivedCall) { write(w, `{"errcode":0}`+strings.Repeat(" ", n-13)) }
	}
	p.answer = long(maxAnswer)
	c.wantCall(t)
	p.answer = long(maxAnswer + 1)
	wantClass(t, c.someCall(t.Context()), Transient, "longer than 262144 bytes")
	p.answer = func(w http.ResponseWriter, _ receivedCall) { // one without an end
		for err := error(nil); err == nil; {
			_, err = w.Write([]byte(strings.Repeat(" ", 1024)))
		}
	}
	wantClass(t, c.someCall(t.Context()), Transient, "longer than 262144 bytes")
	p.answer = func(w http.ResponseWriter, _ receivedCall) {
		write(w, `{"rendered_waybill_template":"`+strings.Repeat("PGh0", maxAnswer/4)+`"}`)
	}
	if page, err := c.PreviewTemplate(t.Context(), preview); err != nil || len(page) != maxAnswer/4*3 {
		t.Errorf("a long page: %d, %v", len(page), err)
	}
}

// An answer that is cut off, and a connection that is closed before one.
func TestCutAnswers(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	c := p.client(nil)
	c.wantCall(t)
	hangUp := func(text string) func(http.ResponseWriter, receivedCall) {
		return func(w http.ResponseWriter, _ receivedCall) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = conn.Write([]byte(text))
			conn.Close()
		}
	}
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{\"errcode\":0,\"errmsg\":\"ok\"}",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1b\r\n{\"errcode\":0,\"errmsg\":\"ok\"}\r\n",
		"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"errcode\":0,\"errmsg\":\"o",
		"HTTP/1.1 200 OK\r\nContent-Le",
		"SECRET SECRET\r\n\r\n", "HTTP/1.1 SECRET\r\n\r\n", "HTTP/1.1 200 OK\r\nSECRET\r\n\r\n{}", "",
	} {
		p.answer = hangUp(text)
		err := c.someCall(t.Context())
		if _, ok := errors.AsType[*Unanswered](err); !ok {
			t.Errorf("%q: %v", text, err)
		}
		wantClass(t, err, Transient, paths["updatePath"])
	}
}

// Where nothing answers.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	p := playWeChat(t)
	c := p.client(nil)
	c.wantCall(t)
	wait := make(chan struct{})
	defer close(wait)
	came := make(chan struct{}, 2)
	p.answer = func(w http.ResponseWriter, _ receivedCall) {
		came <- struct{}{}
		<-wait
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := c.someCall(short)
	if u, ok := errors.AsType[*Unanswered](err); !ok || u.Kind != "timeout" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	wantClass(t, err, Transient, "no answer in time")
	<-came
	ended, cancel := context.WithCancel(t.Context())
	go func() {
		<-came
		cancel()
	}()
	if err := c.someCall(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}

	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	c = p.client(func(o *Options) { o.URL = "http://" + nobody.Addr().String() })
	wantClass(t, c.someCall(t.Context()), Transient, "/cgi-bin/stable_token: no connection")
}

// The answers are read with WeChat's own samples too.
func TestSamples(t *testing.T) {
	t.Parallel()
	for call, name := range map[string]string{
		"updatePath": "path_update", "updateBusiness": "business_update", "getContact": "contact_get", "previewTemplate": "template_preview", "updateOrder": "instant.update_order",
	} {
		text, err := os.ReadFile("../../sandbox/sandboxtest/testdata/api." + name + ".response.json")
		if err != nil || !json.Valid(text) {
			t.Fatal(name, err)
		}
		if err := reading(call, string(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	text, err := os.ReadFile("../../sandbox/sandboxtest/testdata/api.error.40001.json")
	if err != nil {
		t.Fatal(err)
	}
	wantClass(t, reading("updatePath", string(text)), Token, "errcode 40001", "(rid 6299e87e-5ed9e599-0d046b47)")
}

func FuzzAnswer(f *testing.F) {
	for call, answer := range samples {
		f.Add(call, answer)
		f.Add("updatePath", answer)
	}
	f.Add("stable_token", `{"access_token":"a","expires_in":7200}`)
	f.Add("updatePath", `{"errcode":"40164","errmsg":"invalid ip 1.2.3.4 rid: 6299e87e-5ed9e599-0d046b47"}`)
	f.Fuzz(func(t *testing.T, call, answer string) {
		err := reading(call, answer)
		if err == nil {
			var a map[string]any
			if e := json.Unmarshal([]byte(strings.TrimPrefix(answer, "\ufeff")), &a); e != nil || a == nil {
				t.Fatalf("no object is a success: %v", e)
			}
			return
		}
		text := strings.TrimPrefix(err.Error(), paths[call])
		if len(text) > 400 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) || ClassOf(err) == "" {
			t.Fatalf("%q, class %q", text, ClassOf(err))
		}
	})
}
