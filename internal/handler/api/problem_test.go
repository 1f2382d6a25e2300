package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// call is a good request of each operation that calls the store.
type call struct {
	method, target, body, scope, route string
}

var calls = []call{
	{"POST", "/v1/scans", `{"waybill_id":"W1","action_type":100001,"action_time":1795320000}`, "scans", "/v1/scans"},
	{"GET", "/v1/waybills?waybill_id=W1", "", "read", "/v1/waybills"},
	{"POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W1","order_id":"O-W1","shop_app_id":"wx1","service":"EXPRESS"}`, "waybills", "/v1/waybills"},
	{"GET", "/v1/waybills/M1/W1", "", "read", "/v1/waybills/{biz_id}/{waybill_id}"},
	{"POST", "/v1/waybills/M1/W1/charge", `{}`, "waybills", "/v1/waybills/{biz_id}/{waybill_id}/charge"},
	{"GET", "/v1/pushes", "", "read", "/v1/pushes"},
	{"GET", "/v1/events", "", "events", "/v1/events"},
	{"GET", "/v1/merchants/M1", "", "read", "/v1/merchants/{biz_id}"},
	{"PUT", "/v1/merchants/M1", `{}`, "merchants", "/v1/merchants/{biz_id}"},
	{"GET", "/v1/reviews", "", "read", "/v1/reviews"},
	{"PUT", "/v1/reviews/gh_1/M1/wx1", `{"passed":true}`, "merchants", "/v1/reviews/{account}/{biz_id}/{shop_app_id}"},
	{"GET", "/v1/delivery/orders/S1/O1", "", "read", "/v1/delivery/orders/{shop_id}/{shop_order_id}"},
	{
		"POST", "/v1/delivery/orders/S1/O1/status", `{"waybill_id":"D1","order_status":102,"action_time":1795320000}`, "scans",
		"/v1/delivery/orders/{shop_id}/{shop_order_id}/status",
	},
	{"GET", "/v1/events/endpoints", "", "events", "/v1/events/endpoints"},
	{"POST", "/v1/events/endpoints/dispatch/pause", "", "events", "/v1/events/endpoints/{name}/pause"},
	{"POST", "/v1/events/endpoints/dispatch/resume", "", "events", "/v1/events/endpoints/{name}/resume"},
	{"POST", "/v1/events/endpoints/dispatch/test", "", "events", "/v1/events/endpoints/{name}/test"},
	{"GET", "/v1/events/deliveries?endpoint=dispatch", "", "events", "/v1/events/deliveries"},
	{"POST", "/v1/events/replay", `{"endpoint":"dispatch","dead":true}`, "events", "/v1/events/replay"},
	{"POST", "/v1/events/skip", `{"endpoint":"dispatch","cursor":"` + testEpoch + `.7"}`, "events", "/v1/events/skip"},
}

// TestCallsAreAll: calls has every operation.
func TestCallsAreAll(t *testing.T) {
	t.Parallel()
	if got, want := len(calls), len(routes())-1; got != want { // all but the document
		t.Errorf("%d calls, %d routes", got, want)
	}
}

// request is the call's request, with the token for everything.
func (c call) request() *http.Request { return request(c.method, c.target, c.body) }

// each runs a test for each operation.
func each(t *testing.T, f func(t *testing.T, c call)) {
	for _, c := range calls {
		t.Run(c.method+" "+c.route, func(t *testing.T) {
			t.Parallel()
			f(t, c)
		})
	}
}

// eachBody runs a test for each operation that has a body.
func eachBody(t *testing.T, f func(t *testing.T, c call)) {
	each(t, func(t *testing.T, c call) {
		if c.body != "" {
			f(t, c)
		}
	})
}

// TestUnavailable: a request that failed in the store may be sent again, and kept says
// whether it may have been recorded. The cause is in the log only.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c call) {
		for err, kept := range map[error]string{
			fmt.Errorf("at 10.0.0.7: %w", ledger.ErrOutcomeUnknown): "unknown",
			fmt.Errorf("at 10.0.0.7: %w", waybill.ErrOverloaded):    "nothing",
			errors.New("at 10.0.0.7: down"):                         "nothing",
		} {
			s := newServer(t)
			s.store.before = func(context.Context, any) error { return err }
			w := s.do(t, c.request())
			p := isProblem(t, http.StatusServiceUnavailable, "unavailable", w)
			if p["kept"] != kept || w.Header().Get("Retry-After") != "1" {
				t.Errorf("%v: kept %v, retry after %q", err, p["kept"], w.Header().Get("Retry-After"))
			}
			if strings.Contains(w.Body.String(), "10.0.0.7") || !strings.Contains(s.written.String(), "10.0.0.7") {
				t.Errorf("%v: the answer is %s, the log %s", err, w.Body, s.written)
			}
		}
	})
}

// TestPanic: a panic is a problem, and the log has its stack and the runtime's own
// text, but no other value.
func TestPanic(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c call) {
		for shown, fault := range map[string]func(){
			"a string": func() { panic(message) }, "a *errors.errorString": func() { panic(errors.New(password)) }, "a []string": func() { panic([]string{message}) },
			"runtime error: integer divide by zero": func() { _ = 1 / len(c.method[len(c.method):]) },
		} {
			s := newServer(t)
			s.store.before = func(context.Context, any) error { fault(); return nil }
			isProblem(t, http.StatusInternalServerError, "internal", s.do(t, c.request()))
			lines := s.lines("panic")
			if len(lines) != 1 || lines[0]["fault"] != shown || !strings.Contains(lines[0]["stack"].(string), "TestPanic") {
				t.Errorf("the log says %v", lines)
			}
		}
	})
}

// TestNotFound: a path that does not exist.
func TestNotFound(t *testing.T) {
	t.Parallel()
	for _, target := range []string{
		"/v1", "/v1/", "/v1/nothing", "/v1/scans/", "/v1/waybills/M1", "/v1/waybills/M1/W1/", "/v1/waybills/M1/W1/charge/x",
		"/v1/merchants", "/v1/merchants/", "/v1/reviews/", "/v1/reviews/gh_1", "/v1/reviews/gh_1/M1", "/v1/reviews/gh_1/M1/wx1/x", "/v1/openapi.json/", "/v1/delivery", "/v1/delivery/orders", "/v1/delivery/orders/S1",
		"/v1/delivery/orders/S1/O1/", "/v1/delivery/orders/S1/O1/x", "/v1/delivery/orders/S1/O/1/status",
		"/v1/Scans", "/v1/%73cans",
	} {
		for _, method := range []string{"GET", "POST", "DELETE", "PROPFIND"} {
			s := newServer(t)
			req := httptest.NewRequest(method, target, nil)
			isProblem(t, http.StatusNotFound, "not_found", s.do(t, req))
			label := method
			if method == "PROPFIND" {
				label = "other"
			}
			s.counted(t, 1, "carrierhook_api_requests_total", label, "unmatched", "404")
		}
	}
}

// TestOutsideIsBare: a path outside /v1 gets no problem details.
func TestOutsideIsBare(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for target, status := range map[string]int{"/v2": 404, "/": 404, "/v11/scans": 404, "/healthz": 200} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		if w.Code != status || strings.Contains(w.Body.String(), "urn:") {
			t.Errorf("%s: status %d, %s", target, w.Code, w.Body)
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("POST", "/healthz", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Body.Len() > 0 {
		t.Errorf("status %d, %s", w.Code, w.Body)
	}
}

// TestMethodNotAllowed: Allow has the methods of every path.
func TestMethodNotAllowed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for path, item := range theDocument.paths() {
		var want []string
		for key := range item.(map[string]any) {
			if slices.Contains(operations, key) {
				want = append(want, strings.ToUpper(key))
			}
		}
		slices.Sort(want)
		for _, method := range []string{"DELETE", "HEAD", "OPTIONS", "PATCH", "BREW"} {
			w := s.call(t, method, strings.NewReplacer("{", "", "}", "").Replace(path), "")
			isProblem(t, http.StatusMethodNotAllowed, "method_not_allowed", w)
			if got := strings.Split(w.Header().Get("Allow"), ", "); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
				t.Errorf("%s: allow %q, want %q", path, got, want)
			}
		}
	}
}

// TestUnknownParameters: every operation refuses them.
func TestUnknownParameters(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c call) {
		mark := "?"
		if strings.Contains(c.target, "?") {
			mark = "&"
		}
		for behind, status := range map[string]int{"wxyz=1": 422, "wxyz": 422, "a;b": 400, "%zz=1": 400} {
			s := newServer(t)
			s.store.before = func(_ context.Context, call any) error {
				t.Errorf("the store was called with %T", call)
				return nil
			}
			if w := s.call(t, c.method, c.target+mark+behind, c.body); w.Code != status {
				t.Errorf("%s: status %d, want %d", behind, w.Code, status)
			}
		}
	})
}

// TestLog: one line for each request, with the route and never the path.
func TestLog(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c call) {
		s := newServer(t)
		w := s.do(t, c.request())
		lines := s.lines("api")
		if len(lines) != 1 {
			t.Fatalf("%d lines: %s", len(lines), s.written)
		}
		line := lines[0]
		if line["method"] != c.method || line["route"] != c.route || line["status"] != int64(w.Code) || line["by"] != "dispatch" || line["took"] == nil {
			t.Errorf("the line is %v", line)
		}
		s.counted(t, 1, "carrierhook_api_requests_total", c.method, c.route, fmt.Sprint(w.Code))
		s.counted(t, 1, "carrierhook_api_request_duration_seconds", c.route)
	})
}

// TestRefusalsAreSampled: requests without a token do not fill the log; the metrics
// count them all.
func TestRefusalsAreSampled(t *testing.T) {
	t.Parallel()
	const many = 500
	s := newServer(t)
	for range many {
		s.do(t, httptest.NewRequest("GET", "/v1/pushes", nil))
	}
	if n := len(s.lines("api")); n == 0 || n > many/2 {
		t.Errorf("%d lines of %d requests", n, many)
	}
	s.counted(t, many, "carrierhook_api_requests_total", "GET", "/v1/pushes", "401")
}

// TestImpossibleTime: an answer that cannot be encoded is a problem, not half an
// answer.
func TestImpossibleTime(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	w := s.booked("M1", "W1")
	w.BookedAt = w.BookedAt.AddDate(10000, 0, 0)
	isProblem(t, http.StatusInternalServerError, "internal", s.call(t, "GET", "/v1/waybills/M1/W1", ""))
	s.store.now = w.BookedAt
	isProblem(t, http.StatusInternalServerError, "internal", s.call(t, "POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W2","order_id":"O2"}`))
}
