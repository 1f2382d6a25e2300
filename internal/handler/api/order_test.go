package api_test

import (
	"context"
	"errors"
	"testing"

	"carrierhook/internal/handler/api"
	"carrierhook/internal/waybill"
)

// ailing is an office that cannot record a pickup just now.
type ailing struct{ api.Office }

func (o ailing) Scan(ctx context.Context, s waybill.Scan) (waybill.ScanDecision, error) {
	if s.Action == waybill.Collecting {
		return waybill.ScanDecision{}, errors.New("the connection was lost")
	}
	return o.Office.Scan(ctx, s)
}

// A scan that has to be sent again is not overtaken by a later one of the same
// list, after which it would be refused. Other waybills go on.
func TestNothingOvertakes(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *parts) { p.Office = ailing{p.Office} })
	for _, n := range []string{"1", "2"} {
		s.answers(t, 201, "PUT", "/v1/merchants/M"+n, `{"no_password":true}`)
		s.answers(t, 201, "POST", "/v1/waybills", `{"biz_id":"M`+n+`","waybill_id":"W`+n+`","order_id":"O"}`)
	}
	got := s.answers(t, 200, "POST", "/v1/scans", `[
		{"waybill_id":"W1","action_type":100003,"action_time":1763780000},
		{"waybill_id":"W1","action_type":100001,"action_time":1763780001},
		{"waybill_id":"W2","action_type":400001,"action_time":1763780002},
		{"waybill_id":"W1","action_type":400001,"action_time":1763780003}]`)
	results := got["results"].([]any)
	for i, want := range []float64{200, 503, 200, 503} {
		if r := results[i].(map[string]any); r["status"] != want || want == 503 && r["kept"] != "nothing" {
			t.Errorf("scan %d: %v", i, r)
		}
	}
	if w := s.answers(t, 200, "GET", "/v1/waybills/M1/W1", ""); w["state"] != "booked" || len(w["trace"].([]any)) != 1 {
		t.Errorf("the waybill is %v", w)
	}
}

// long is an office whose traces were cut.
type long struct{ api.Office }

func (o long) History(ctx context.Context, bizID, waybillID string, asked int) (waybill.History, error) {
	h, err := o.Office.History(ctx, bizID, waybillID, asked)
	h.TraceCut = true
	return h, err
}

// Who reads a trace that was cut is told so.
func TestTraceCut(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(p *parts) { p.Office = long{p.Office} })
	s.answers(t, 201, "PUT", "/v1/merchants/M1", `{"no_password":true}`)
	s.answers(t, 201, "POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W1","order_id":"O1"}`)
	if w := s.answers(t, 200, "GET", "/v1/waybills/M1/W1", ""); w["trace_cut"] != true {
		t.Errorf("the waybill is %v", w)
	}
}
