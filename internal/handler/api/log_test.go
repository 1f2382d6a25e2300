package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// TestChangesAreLogged: the log line of a request has the token, the merchant, waybill or
// order, and the names of what was set. newServer's search finds no
// value in it.
func TestChangesAreLogged(t *testing.T) {
	t.Parallel()
	const order = "/v1/delivery/orders/S1/O1"
	for name, c := range map[string]struct {
		method, target, body string
		status               int
		fields               string // of biz_id, waybill_id, shop_id, shop_order_id, verdict, problem, kept and changed
	}{
		"a new merchant": {"PUT", "/v1/merchants/M2", `{"password":"` + password + `","quota":987654,"services":["SECRETSERVICE"]}`, 201,
			"M2 - - - created - - [password quota services]"},
		"of a merchant":      {"PUT", "/v1/merchants/M1", `{"cancel_allowed":false}`, 200, "M1 - - - changed - - [cancel_allowed]"},
		"a password":         {"PUT", "/v1/merchants/M1", `{"password":"another"}`, 200, "M1 - - - changed - - [password]"},
		"no password":        {"PUT", "/v1/merchants/M2", `{"no_password":true}`, 201, "M2 - - - created - - [no_password]"},
		"nothing":            {"PUT", "/v1/merchants/M1", `{}`, 200, "M1 - - - unchanged - - -"},
		"a bad merchant":     {"PUT", "/v1/merchants/M1", `{"quota":-1}`, 422, "M1 - - - - invalid - -"},
		"a waybill":          {"POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W2","order_id":"O2"}`, 201, "M1 W2 - - recorded - - [order_id shop_app_id service booked_at]"},
		"a waybill again":    {"POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W1","order_id":"O-W1","shop_app_id":"wx1","service":"EXPRESS"}`, 200, "M1 W1 - - repeated - - -"},
		"a waybill refused":  {"POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W1","order_id":"O9"}`, 409, "M1 W1 - - - number_taken - -"},
		"a charge":           {"POST", "/v1/waybills/M1/W1/charge", ``, 200, "M1 W1 - - recorded - - [charged_at]"},
		"a charge refused":   {"POST", "/v1/waybills/M1/W9/charge", ``, 404, "M1 W9 - - - unknown_waybill - -"},
		"a status":           {"POST", order + "/status", statusText("D1", 102, 1795320000), 200, "- D1 S1 O1 recorded - - [order_status status_at action_msg]"},
		"a rider":            {"POST", order + "/status", ofRider(statusText("D1", 102, 1795320000)), 200, "- D1 S1 O1 recorded - - [order_status status_at action_msg agent expected_delivery_time]"},
		"a status refused":   {"POST", order + "/status", statusText("D9", 102, 1795320000), 404, "- D9 S1 O1 - unknown_attempt - -"},
		"a charge again":     {"POST", "/v1/waybills/M1/charged/charge", ``, 200, "M1 charged - - repeated - - -"},
		"a status again":     {"POST", order + "/status", statusText("D1", 101, 1795310000), 200, "- D1 S1 O1 repeated - - -"},
		"an unknown outcome": {"PUT", "/v1/merchants/lost", `{"quota":1}`, 503, "lost - - - - unavailable unknown [quota]"},
		"a review":           {"PUT", "/v1/reviews/gh_1/M1/wx1", `{"passed":false,"message":"` + message + `"}`, 200, "M1 - - - recorded - - [passed message]"},
		"a review again":     {"PUT", "/v1/reviews/gh_1/M1/failed", `{"passed":false,"message":"` + message + `"}`, 200, "M1 - - - repeated - - -"},
		"no review":          {"PUT", "/v1/reviews/gh_1/M1/wx9", `{"passed":true}`, 404, "M1 - - - - not_found - -"},
		"a bad review":       {"PUT", "/v1/reviews/gh_1/M1/wx1", `{"passed":true,"message":"` + message + `"}`, 422, "M1 - - - - invalid - -"},
		"a read":             {"GET", "/v1/waybills/M1/W1", ``, 200, "M1 W1 - - - - - -"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.booked("M1", "charged").ChargedAt = s.store.now
			a := &s.store.orders[[2]string{"S1", "O1"}].Attempts[0]
			a.Steps[0].At, a.Steps[0].Message = time.Unix(1795310000, 0), message
			v := s.review("gh_1", "M1", "failed")
			v.State, v.DecidedAt, v.Message = waybill.ReviewFailed, s.store.now, message
			s.store.before = func(_ context.Context, call any) error {
				if c, ok := call.(waybill.Contract); ok && c.BizID == "lost" {
					return ledger.ErrOutcomeUnknown
				}
				return nil
			}
			s.answers(t, c.status, c.method, c.target, c.body)
			lines := s.lines("api")
			if len(lines) != 1 || fieldsOf(lines[0]) != c.fields || lines[0]["by"] != "dispatch" || lines[0]["method"] != c.method {
				t.Errorf("the log says %v of it, want %s", lines, c.fields)
			}
			for _, value := range []string{"987654", "SECRETSERVICE"} {
				if strings.Contains(s.written.String(), value) {
					t.Errorf("the log shows %s: %s", value, s.written)
				}
			}
		})
	}
}

// fieldsOf are the values of the fields that say what changed.
func fieldsOf(line map[string]any) string {
	var values []string
	for _, key := range []string{"biz_id", "waybill_id", "shop_id", "shop_order_id", "verdict", "problem", "kept", "changed"} {
		if value, there := line[key]; there {
			values = append(values, fmt.Sprint(value))
		} else {
			values = append(values, "-")
		}
	}
	return strings.Join(values, " ")
}

// TestScansAreOneLine: a thousand scans are one line with counts.
func TestScansAreOneLine(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	scans := make([]string, 1000)
	for i := range scans {
		id := fmt.Sprint("W", i)
		s.booked("M1", id)
		scans[i] = scanOf(id, 100001)
	}
	if w := s.send(strings.NewReader(list(scans...))); w.Code != http.StatusOK {
		t.Fatalf("status %d", w.Code)
	}
	lines := s.logs.All()
	if len(lines) != 1 {
		t.Fatalf("%d lines", len(lines))
	}
	line := lines[0].ContextMap()
	if fmt.Sprint(line["scans"]) != "map[recorded:1000]" || line["by"] != "dispatch" || fieldsOf(line) != "- - - - - - - -" {
		t.Errorf("the log says %v", line)
	}
}
