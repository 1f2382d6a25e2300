package api_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/event"
)

// What is asked reaches the store as it was meant.
func TestCare(t *testing.T) {
	t.Parallel()
	const cursor = testEpoch + ".7"
	from := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		method, target, body string
		want                 any
	}{
		{"POST", "/v1/events/endpoints/dispatch/pause", "", careCall{"pause", "dispatch", "dispatch"}},
		{"POST", "/v1/events/endpoints/dispatch/resume", "", careCall{"resume", "dispatch", ""}},
		{"POST", "/v1/events/endpoints/dispatch/test", "", careCall{"test", "dispatch", "dispatch"}},
		{"POST", "/v1/events/replay", `{"endpoint":"dispatch","cursor":"` + cursor + `"}`, event.Replay{Endpoint: "dispatch", Position: 7}},
		{"POST", "/v1/events/replay", `{"endpoint":"dispatch","dead":true,"after":"` + cursor + `"}`, event.Replay{Endpoint: "dispatch", Dead: true, After: 7}},
		{
			"POST", "/v1/events/replay", `{"endpoint":"dispatch","from":"2026-11-22T12:00:00+08:00","to":"2026-11-22T05:00:00Z"}`,
			event.Replay{Endpoint: "dispatch", From: from, To: from.Add(time.Hour)},
		},
		{"POST", "/v1/events/skip", `{"endpoint":"dispatch","cursor":"` + cursor + `"}`, careCall{"skip", "dispatch", ""}},
		{"POST", "/v1/events/skip", `{"endpoint":"dispatch","up_to":"` + cursor + `"}`, careCall{"skip to", "dispatch", ""}},
	} {
		s := newServer(t)
		if w := s.do(t, request(tc.method, tc.target, tc.body)); w.Code != http.StatusOK || !reflect.DeepEqual(s.store.calls, []any{tc.want}) {
			t.Errorf("%s %s: %d %s, called %+v", tc.target, tc.body, w.Code, w.Body, s.store.calls)
		}
	}
}

// Pages of deliveries lead to each other, and keep what was asked.
func TestDeliveriesPages(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var cursors []string
	pages := 0
	for next := "/v1/events/deliveries?endpoint=dispatch&kind=waybill.cancelled&limit=3"; next != ""; pages++ {
		w := s.do(t, request("GET", next, ""))
		var page struct {
			Deliveries []struct{ Cursor string }
			Next       string
		}
		must(t, json.Unmarshal(w.Body.Bytes(), &page))
		for _, d := range page.Deliveries {
			cursors = append(cursors, strings.TrimPrefix(d.Cursor, testEpoch+"."))
		}
		next = page.Next
	}
	if !slices.Equal(cursors, []string{"9", "8", "7", "6"}) || pages != 2 {
		t.Errorf("%d pages: %v", pages, cursors)
	}
	for _, q := range callsOf[event.DeliveryQuery](s) {
		if q.Kind != event.WaybillCancelled || q.Limit != 3 {
			t.Errorf("%+v", q)
		}
	}
}

func TestBadCare(t *testing.T) {
	t.Parallel()
	const cursor, otherEpoch = testEpoch + ".7", "ffffffff-89ab-cdef-0123-456789abcdef.7"
	for _, c := range []call{
		{"POST", "/v1/events/endpoints/Dispatch/pause", "", "name", ""},
		{"POST", "/v1/events/endpoints/%2F/resume", "", "name", ""},
		{"GET", "/v1/events/endpoints?name=x", "", "query", ""},
		{"GET", "/v1/events/deliveries", "", "endpoint", ""},
		{"GET", "/v1/events/deliveries?endpoint=dispatch&state=lost", "", "state", ""},
		{"GET", "/v1/events/deliveries?endpoint=dispatch&state=", "", "state", ""},
		{"GET", "/v1/events/deliveries?endpoint=dispatch&kind=lost", "", "kind", ""},
		{"GET", "/v1/events/deliveries?endpoint=dispatch&cursor=7", "", "cursor", ""},
		{"GET", "/v1/events/deliveries?endpoint=dispatch&cursor=" + otherEpoch, "", "cursor", ""},
		{"POST", "/v1/events/endpoints/Dispatch/test", "", "name", ""},
		{"POST", "/v1/events/replay", `{"dead":true}`, "endpoint", ""},
		{"POST", "/v1/events/replay", `{"endpoint":"dispatch"}`, "cursor", ""},
		{"POST", "/v1/events/replay", `{"endpoint":"dispatch","dead":true,"cursor":"` + cursor + `"}`, "cursor", ""},
		{"POST", "/v1/events/replay", `{"endpoint":"dispatch","cursor":"` + otherEpoch + `"}`, "cursor", ""},
		{"POST", "/v1/events/replay", `{"endpoint":"dispatch","dead":true,"after":"x"}`, "after", ""},
		{"POST", "/v1/events/replay", `{"endpoint":"dispatch","from":"2026-11-22T05:00:00Z","to":"2026-11-22T05:00:00Z"}`, "to", ""},
		{"POST", "/v1/events/skip", `{"endpoint":"dispatch"}`, "cursor", ""},
		{"POST", "/v1/events/skip", `{"endpoint":"dispatch","cursor":"` + cursor + `","up_to":"` + cursor + `"}`, "cursor", ""},
		{"POST", "/v1/events/skip", `{"endpoint":"","cursor":"` + cursor + `"}`, "endpoint", ""},
		{"POST", "/v1/events/skip", `{"endpoint":"dispatch","up_to":"` + otherEpoch + `"}`, "up_to", ""},
	} {
		s := newServer(t)
		p := isProblem(t, http.StatusUnprocessableEntity, "invalid", s.do(t, c.request()))
		if detail := p["detail"].(string); !strings.HasPrefix(detail, c.scope+" ") || len(s.store.calls) > 0 {
			t.Errorf("%s %s: %s", c.target, c.body, detail)
		}
	}
}

func TestCareNotFound(t *testing.T) {
	t.Parallel()
	const far = testEpoch + ".99"
	for _, c := range []call{
		{"POST", "/v1/events/endpoints/none/pause", "", "", ""},
		{"POST", "/v1/events/endpoints/none/resume", "", "", ""},
		{"POST", "/v1/events/endpoints/none/test", "", "", ""},
		{"GET", "/v1/events/deliveries?endpoint=none", "", "", ""},
		{"POST", "/v1/events/replay", `{"endpoint":"none","dead":true}`, "", ""},
		{"POST", "/v1/events/replay", `{"endpoint":"dispatch","cursor":"` + far + `"}`, "", ""},
		{"POST", "/v1/events/skip", `{"endpoint":"dispatch","cursor":"` + far + `"}`, "", ""},
	} {
		want := "no such endpoint: "
		if strings.Contains(c.body, far) {
			want = "no such event: "
		}
		p := isProblem(t, http.StatusNotFound, "not_found", newServer(t).do(t, c.request()))
		if detail := p["detail"].(string); !strings.HasPrefix(detail, want) {
			t.Errorf("%s %s: %s", c.target, c.body, detail)
		}
	}
}
