package api_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
)

const statusOf = "/v1/delivery/orders/S1/O1/status"

// statusText is a report of a status.
func statusText(waybillID string, status delivery.Status, at int64) string {
	return fmt.Sprintf(`{"waybill_id":%q,"order_status":%d,"action_time":%d,"action_msg":%q}`, waybillID, status, at, message)
}

// TestStatusVerdicts: each verdict has its answer, with the attempt's status if there
// is one; refusals that the rider has to hear of are logged.
func TestStatusVerdicts(t *testing.T) {
	t.Parallel()
	const at = 1795320000
	seen := map[delivery.Verdict]bool{}
	for _, tt := range []struct {
		verdict  delivery.Verdict
		status   int
		attempts []delivery.Status
		waybill  string
		reported delivery.Status
		at       int64
		now      delivery.Status // 0: there is no attempt
		noted    bool
	}{
		{delivery.Recorded, 200, []delivery.Status{101}, "D1", 102, at, 102, false},
		{delivery.Repeated, 200, []delivery.Status{301}, "D1", 102, at, 301, false},
		{delivery.NoOrder, 404, nil, "D1", 102, at, 0, false},
		{delivery.UnknownAttempt, 404, []delivery.Status{101}, "D2", 102, at, 0, false},
		{delivery.AttemptSuperseded, 409, []delivery.Status{205, 101}, "D1", 501, at, 205, true},
		{delivery.AttemptEnded, 409, []delivery.Status{205}, "D1", 301, at, 205, true},
		{delivery.NotAllowed, 409, []delivery.Status{101}, "D1", 302, at, 101, false},
		{delivery.NotAllowed, 409, []delivery.Status{303}, "D1", 302, at, 303, true}, // cancelled on the way, and delivered all the same
		{delivery.NotAllowed, 409, []delivery.Status{303}, "D1", 304, at, 303, true},
		{delivery.NotAllowed, 409, []delivery.Status{304}, "D1", 302, at, 304, false}, // what he reported himself
		{delivery.InFuture, 422, []delivery.Status{101}, "D1", 102, 1999999999, 101, false},
	} {
		seen[tt.verdict] = true
		s := newServer(t)
		if tt.attempts != nil {
			a := &s.placed("S1", "O1", tt.attempts...).Attempts[0]
			if tt.verdict == delivery.Repeated {
				a.Steps = append(a.Steps, delivery.Step{Status: 102, At: time.Unix(at, 0), Message: message, RecordedAt: s.store.now, RecordedBy: "x"})
			}
		}
		w := s.call(t, "POST", statusOf, statusText(tt.waybill, tt.reported, tt.at))
		var got map[string]any
		if tt.verdict.Good() {
			if got = isJSON(t, tt.status, w); got["verdict"] != string(tt.verdict) {
				t.Errorf("%s: %v", tt.verdict, got)
			}
			if line := s.lines("api")[0]; line["verdict"] != string(tt.verdict) {
				t.Errorf("%s: the log says %v", tt.verdict, line)
			}
		} else if got = isProblem(t, tt.status, string(tt.verdict), w); got["detail"] != tt.verdict.Text() {
			t.Errorf("%s: %v", tt.verdict, got)
		}
		if got["shop_id"] != "S1" || got["shop_order_id"] != "O1" || got["waybill_id"] != tt.waybill {
			t.Errorf("%s: %v", tt.verdict, got)
		}
		var now, since any
		if tt.now != 0 {
			now, since = float64(tt.now), s.store.orders[[2]string{"S1", "O1"}].Attempts[0].StatusAt.Format(time.RFC3339)
		}
		if got["order_status"] != now || got["status_at"] != since {
			t.Errorf("%s: %v, want %v since %v", tt.verdict, got, now, since)
		}
		var lines []map[string]any
		if tt.noted {
			lines = []map[string]any{{
				"verdict": string(tt.verdict), "shop_id": "S1", "shop_order_id": "O1", "waybill_id": "D1", "order_status": int64(tt.reported), "by": "dispatch",
			}}
		}
		if got := s.lines("status refused"); !reflect.DeepEqual(got, lines) {
			t.Errorf("%s: the log says %v, want %v", tt.verdict, got, lines)
		}
	}
	for _, v := range delivery.Verdicts() {
		if !seen[v] {
			t.Errorf("%s is not tested", v)
		}
	}
}

// TestTransitions: a report gets 200 exactly where the new status may follow the old
// one.
func TestTransitions(t *testing.T) {
	t.Parallel()
	for _, is := range delivery.Statuses() {
		for _, next := range delivery.Statuses() {
			s := newServer(t)
			s.placed("S1", "O1", is)
			want := http.StatusConflict
			if is.CanFollow(next) {
				want = http.StatusOK
			}
			w := s.call(t, "POST", statusOf, statusText("D1", next, 1795320001))
			if w.Code != want {
				t.Errorf("%d after %d: status %d, want %d", next, is, w.Code, want)
			}
			order := s.answers(t, 200, "GET", "/v1/delivery/orders/S1/O1", "")
			now := order["attempts"].([]any)[0].(map[string]any)["order_status"]
			if now != float64(map[int]delivery.Status{200: next, 409: is}[want]) {
				t.Errorf("%d after %d: it is %v now", next, is, now)
			}
		}
	}
}

// TestStrictStatus: what could hide a mistake of the sender is refused, and an invalid
// value is named.
func TestStrictStatus(t *testing.T) {
	t.Parallel()
	const (
		rest   = `"order_status":102,"action_time":1795320000`
		report = `{"waybill_id":"D1",` + rest
	)
	for body, want := range map[string]string{
		report + `}`: "", report + `,"action_msg":""}`: "", report + `,"action_msg":"` + strings.Repeat("x", 1024) + `"}`: "",
		`{"waybill_id":"D1","order_status":102,"action_time":1}`: "",

		``: "malformed", `[]`: "malformed", `null`: "malformed", report: "malformed", report + `}{}`: "malformed", "[" + report + `}]`: "malformed",
		report + `,"shop_id":"S1"}`: "malformed", report + `,"idempotency_key":"k"}`: "malformed", report + `,"order_status":102}`: "malformed",
		`{"Waybill_id":"D1",` + rest + `}`: "malformed", `{"waybill_id":1,` + rest + `}`: "malformed", `{"waybill_id":null,` + rest + `}`: "malformed",
		report + `,"action_msg":null}`: "malformed", report + `,"action_msg":"\ud83d"}`: "malformed",
		`{"waybill_id":"D1","order_status":"102","action_time":1795320000}`: "malformed",
		`{"waybill_id":"D1","order_status":102.0,"action_time":1795320000}`: "malformed",
		`{"waybill_id":"D1","order_status":102,"action_time":"1795320000"}`: "malformed",
		`{"waybill_id":"D1","order_status":102,"action_time":1.79532e9}`:    "malformed",
		`{"waybill_id":"D1","order_status":102,"action_time":null}`:         "malformed", `{"waybill_id":"D` + "\xff" + `",` + rest + `}`: "malformed",
		`{}`: "waybill_id", `{` + rest + `}`: "waybill_id", `{"waybill_id":"",` + rest + `}`: "waybill_id", `{"waybill_id":" \t",` + rest + `}`: "waybill_id",
		`{"waybill_id":"D\n1",` + rest + `}`: "waybill_id", `{"waybill_id":"` + strings.Repeat("x", 129) + `",` + rest + `}`: "waybill_id",
		`{"waybill_id":"D1","action_time":1795320000}`: "order_status", `{"waybill_id":"D1","order_status":0,"action_time":1795320000}`: "order_status",
		`{"waybill_id":"D1","order_status":-102,"action_time":1795320000}`:        "order_status",
		`{"waybill_id":"D1","order_status":104,"action_time":1795320000}`:         "order_status",
		`{"waybill_id":"D1","order_status":4294967398,"action_time":1795320000}`:  "order_status", // 102 in 32 bits
		`{"waybill_id":"D1","order_status":18446744073709551718,"action_time":1}`: "order_status", // and in 64
		`{"waybill_id":"D1","order_status":102}`:                                  "action_time", `{"waybill_id":"D1","order_status":102,"action_time":0}`: "action_time",
		`{"waybill_id":"D1","order_status":102,"action_time":-1}`:                    "action_time",
		`{"waybill_id":"D1","order_status":102,"action_time":253402300800}`:          "action_time",
		`{"waybill_id":"D1","order_status":102,"action_time":1795320000000}`:         "action_time", // milliseconds
		`{"waybill_id":"D1","order_status":102,"action_time":9223372036854775807}`:   "action_time",
		`{"waybill_id":"D1","order_status":102,"action_time":99999999999999999999}`:  "action_time",
		`{"waybill_id":"D1","order_status":102,"action_time":-99999999999999999999}`: "action_time", report + `,"action_msg":"a\u0000b"}`: "action_msg",
		report + `,"action_msg":"` + strings.Repeat("x", 1025) + `"}`:     "action_msg",
		report + `,"action_msg":"` + strings.Repeat("运", 342) + `"}`:      "action_msg", // 1026 bytes
		report + `,"action_msg":" ` + strings.Repeat("x", 1021) + ` \n"}`: "",
	} {
		s := newServer(t)
		s.placed("S1", "O1", delivery.Waiting)
		w := s.call(t, "POST", statusOf, body)
		switch {
		case want == "":
			isJSON(t, http.StatusOK, w)
		case body == "": // no body, and so no type
			isProblem(t, http.StatusUnsupportedMediaType, "unsupported_media_type", w)
		case want == "malformed":
			isProblem(t, http.StatusBadRequest, want, w)
		default:
			errs := isProblem(t, http.StatusUnprocessableEntity, "invalid", w)["errors"].([]any)
			if field := errs[0].(map[string]any)["field"]; len(errs) != 1 || field != want {
				t.Errorf("the field is %v, want %s", field, want)
			}
		}
		if want != "" && len(callsOf[delivery.StatusReport](s)) > 0 {
			t.Errorf("%.200s: the store was called", body)
		}
		if t.Failed() {
			t.Fatalf("%.200s: %s", body, w.Body)
		}
	}
}
