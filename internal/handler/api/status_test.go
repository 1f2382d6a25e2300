package api_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
)

const statusOf = "/v1/delivery/orders/S1/O1/status"

// statusText is a status report.
func statusText(waybillID string, status delivery.Status, at int64) string {
	return fmt.Sprintf(`{"waybill_id":%q,"order_status":%d,"action_time":%d,"action_msg":%q}`, waybillID, status, at, message)
}

// ofRider adds the rider and the expected time to a status report.
func ofRider(report string) string {
	return strings.TrimSuffix(report, "}") + `,"agent":{"name":"rider-13800138000","phone":"13800138000"},"expected_delivery_time":1795323600}`
}

// TestStatusNeedsAgent: where WeChat is told of an assigned rider, a report has to say who
// it is; nobody else has to.
func TestStatusNeedsAgent(t *testing.T) {
	t.Parallel()
	for _, needs := range []bool{false, true} {
		s := newServer(t, func(p *options) { p.NeedsAgent = needs })
		delete(s.store.orders, [2]string{"S1", "O1"})
		s.placed("S1", "O1", 101)
		w := s.call(t, "POST", statusOf, statusText("D1", 102, 1795320000))
		if needs {
			errs, _ := isProblem(t, 422, "invalid", w)["errors"].([]any)
			if len(errs) != 1 || errs[0].(map[string]any)["field"] != "agent" || len(callsOf[delivery.StatusReport](s)) > 0 {
				t.Errorf("without a rider: %v", errs)
			}
		} else {
			isJSON(t, 200, w)
		}
		isJSON(t, 200, s.call(t, "POST", statusOf, ofRider(statusText("D1", 102, 1795320001))))
		isJSON(t, 200, s.call(t, "POST", statusOf, statusText("D1", 201, 1795320002)))
	}
}

// TestStatusVerdicts: each verdict has its answer, with the attempt's status if there
// is one; refusals that the rider must learn of are logged.
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
		logged   bool
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
		delete(s.store.orders, [2]string{"S1", "O1"})
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
		if tt.logged {
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
