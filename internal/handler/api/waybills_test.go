package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/waybill"
)

// TestFindWaybills: by number or by order, of one merchant or of any.
func TestFindWaybills(t *testing.T) {
	t.Parallel()
	for query, status := range map[string]int{
		"waybill_id=W1": 200, "order_id=O-W1": 200, "waybill_id=W1&biz_id=M1": 200, "order_id=O&biz_id=M1": 200, "order_id=" + strings.Repeat("x", 512): 200,
		"": 422, "biz_id=M1": 422, "waybill_id=W1&order_id=O": 422, "waybill_id=": 422, "waybill_id=W1&waybill_id=W1": 422, "waybill_id=%00": 422,
		"waybill_id=W1&biz_id=": 422, "order_id=" + strings.Repeat("x", 513): 422, "waybill_id=%FF": 422, "Waybill_id=W1": 422, "waybill_id=+": 422,
	} {
		s := newServer(t)
		if w := s.call(t, "GET", "/v1/waybills?"+query, ""); w.Code != status {
			t.Errorf("%q: status %d, want %d: %s", query, w.Code, status, w.Body)
		}
	}
	s := newServer(t)
	s.call(t, "GET", "/v1/waybills?waybill_id=%20W1&biz_id=M1", "")
	s.call(t, "GET", "/v1/waybills?order_id=O%2B1", "")
	if got := callsOf[waybill.WaybillQuery](s); got[0] != (waybill.WaybillQuery{BizID: "M1", WaybillID: "W1"}) || got[1] != (waybill.WaybillQuery{OrderID: "O+1"}) {
		t.Errorf("the store got %+v", got)
	}
}

// TestNoSecretInAnswers: no problem shows a password, a token or a message, and no
// answer a password.
func TestNoSecretInAnswers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var answers strings.Builder
	for _, body := range []string{
		`{"password":"` + password + `"}`, `{"password":"` + password + strings.Repeat("x", 80) + `"}`, `{"password":["` + password + `"]}`,
		`{"password":"` + password + ``, `{"quota":"` + password + `"}`, `{"password":"` + password + `"}x`, `{"services":["` + strings.Repeat(password, 10) + `"]}`,
	} {
		answers.WriteString(s.call(t, "PUT", "/v1/merchants/M1", body).Body.String())
	}
	answers.WriteString(s.call(t, "GET", "/v1/merchants/M1", "").Body.String())
	for _, body := range []string{
		scanOf("W1", 100001), scanOf("W1", 7), scanOf("W9", 100001), list(scanOf("W1", 7), scanOf("W9", 300003)),
		`{"action_msg":["` + message + `"]}`, `{"action_msg":"` + strings.Repeat(message, 100) + `"}`, `{"action_msg":"` + message,
		`{"waybill_id":"W1","action_type":100001,"action_time":"` + message + `"}`,
	} {
		answers.WriteString(s.call(t, "POST", "/v1/scans", body).Body.String())
	}
	for _, body := range []string{
		statusText("D1", delivery.Delivered, 1795320000), statusText("D9", delivery.Assigned, 1795320000), statusText("D1", 7, 1795320000),
		statusText("D1", delivery.Assigned, 1999999999), `{"action_msg":["` + message + `"]}`, `{"action_msg":"` + message,
		`{"waybill_id":"D1","order_status":102,"action_time":1,"action_msg":"` + strings.Repeat(message, 100) + `"}`,
	} {
		w := s.call(t, "POST", statusOf, body)
		if w.Code < 400 {
			t.Errorf("%s: status %d", body, w.Code)
		}
		answers.WriteString(w.Body.String())
	}
	for _, header := range []string{"Basic " + scanner, "Bearer x" + scanner, scanner} {
		req := httptest.NewRequest("GET", "/v1/pushes", nil)
		req.Header.Set("Authorization", header)
		answers.WriteString(s.do(t, req).Body.String())
	}
	for _, secret := range []string{password, message, "13800138000", reader, scanner, anything} {
		if strings.Contains(answers.String(), secret) {
			t.Errorf("an answer shows %q", secret)
		}
	}
}
