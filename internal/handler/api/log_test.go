package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/ledger"
)

// TestChangesAreLogged: the one line of a request says who set what of whom, by the
// names of what was set; of what set nothing it does not say so. No value is in it:
// the log is searched for them when the test is over.
func TestChangesAreLogged(t *testing.T) {
	t.Parallel()
	const order = "/v1/delivery/orders/S1/O1"
	for name, c := range map[string]struct {
		method, target, body string
		status               int
		says                 string // of biz_id, waybill_id, shop_id, shop_order_id, verdict, problem, kept and changed
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
		"a status refused":   {"POST", order + "/status", statusText("D9", 102, 1795320000), 404, "- D9 S1 O1 - unknown_attempt - -"},
		"what is only asked": {"GET", "/v1/waybills/M1/W1", ``, 200, "M1 W1 - - - - - -"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.known()
			s.answers(t, c.status, c.method, c.target, c.body)
			lines := s.lines("api")
			if len(lines) != 1 || saysOf(lines[0]) != c.says || lines[0]["by"] != "dispatch" || lines[0]["method"] != c.method {
				t.Errorf("the log says %v of it, want %s", lines, c.says)
			}
			for _, value := range []string{"987654", "SECRETSERVICE"} {
				if strings.Contains(s.written.String(), value) {
					t.Errorf("the log shows %s: %s", value, s.written)
				}
			}
		})
	}
}

// saysOf is what a line says was changed.
func saysOf(line map[string]any) string {
	var words []string
	for _, key := range []string{"biz_id", "waybill_id", "shop_id", "shop_order_id", "verdict", "problem", "kept", "changed"} {
		if value, there := line[key]; there {
			words = append(words, fmt.Sprint(value))
		} else {
			words = append(words, "-")
		}
	}
	return strings.Join(words, " ")
}

// TestRepeatedChange: a charge that is told again changes nothing, and the line says
// so; of one whose outcome is unknown it says that.
func TestRepeatedChange(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.known()
	s.answers(t, 200, "POST", "/v1/waybills/M1/W1/charge", "")
	s.answers(t, 200, "POST", "/v1/waybills/M1/W1/charge", "")
	s.answers(t, 200, "POST", "/v1/delivery/orders/S1/O1/status", statusText("D1", 102, 1795320000))
	s.answers(t, 200, "POST", "/v1/delivery/orders/S1/O1/status", statusText("D1", 102, 1795320000))
	s.store.before = func(context.Context, any) error { return ledger.ErrOutcomeUnknown }
	s.answers(t, 503, "PUT", "/v1/merchants/M1", `{"quota":1}`)
	lines := s.lines("api")
	for i, want := range map[int]string{
		1: "M1 W1 - - repeated - - -", 3: "- D1 S1 O1 repeated - - -", 4: "M1 - - - - unavailable unknown -",
	} {
		if got := saysOf(lines[i]); got != want {
			t.Errorf("the log says %q, want %q", got, want)
		}
	}
}

// TestScansAreOneLine: scans are no changes by hand but the trace, which says itself
// who reported each. A thousand of them are one line with counts.
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
	if fmt.Sprint(line["scans"]) != "map[recorded:1000]" || line["by"] != "dispatch" || saysOf(line) != "- - - - - - - -" {
		t.Errorf("the log says %v", line)
	}
}
