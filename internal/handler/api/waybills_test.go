package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// oddIDs are ids as some merchants have them.
var oddIDs = []string{
	"W1", "a/b", "/", "//", "a//b", "50%", "%2F", "a b", "a+b", "a?b", "a#b", "a&b=c", "a;b", "运单 1", "a\\b", "..a", "a:b", "*x", "{x}", `"`, "é", "é", "🚚",
	strings.Repeat("/", 128), strings.Repeat("运", 42),
}

// TestOddIDs: whatever an id is made of, it is the same in a path, in a query, in a
// body, and where answers point to.
func TestOddIDs(t *testing.T) {
	t.Parallel()
	for i, bizID := range oddIDs {
		for _, id := range []string{bizID, oddIDs[(i+7)%len(oddIDs)]} {
			s := newServer(t)
			s.merchant(bizID)
			escaped := url.PathEscape(bizID) + "/" + url.PathEscape(id)
			w := s.call(t, "POST", "/v1/waybills", string(jsonText(t, map[string]string{"biz_id": bizID, "waybill_id": id, "order_id": "O" + id})))
			isJSON(t, http.StatusCreated, w)
			same := func(got map[string]any) {
				t.Helper()
				if got["biz_id"] != bizID || got["waybill_id"] != id || got["order_id"] != "O"+id {
					t.Fatalf("%q %q came back as %v", bizID, id, got)
				}
			}
			same(s.answers(t, 200, "GET", w.Header().Get("Location"), ""))
			same(s.answers(t, 200, "GET", "/v1/waybills/"+escaped, ""))
			same(s.answers(t, 200, "GET", "/v1/waybills/"+everyByte(bizID)+"/"+everyByte(id), ""))
			same(s.answers(t, 200, "POST", "/v1/waybills/"+escaped+"/charge", ""))
			found := s.answers(t, 200, "GET", "/v1/waybills?"+url.Values{"order_id": {"O" + id}, "biz_id": {bizID}}.Encode(), "")
			same(found["waybills"].([]any)[0].(map[string]any))
			if got := s.answers(t, 200, "PUT", "/v1/merchants/"+url.PathEscape(bizID), "{}"); got["biz_id"] != bizID {
				t.Fatalf("%q came back as %v", bizID, got)
			}
		}
	}
}

func jsonText(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	must(t, err)
	return text
}

// everyByte is an id with every byte of it escaped, as it may be.
func everyByte(id string) string {
	var b strings.Builder
	for _, c := range []byte(id) {
		b.WriteByte('%')
		b.WriteByte("0123456789abcdef"[c>>4])
		b.WriteByte("0123456789ABCDEF"[c&15])
	}
	return b.String()
}

// TestFindWaybills: one of the two is given, and the merchant may be.
func TestFindWaybills(t *testing.T) {
	t.Parallel()
	for query, status := range map[string]int{
		"waybill_id=W1": 200, "order_id=O-W1": 200, "waybill_id=W1&biz_id=M1": 200, "order_id=O&biz_id=M1": 200, "order_id=" + strings.Repeat("x", 512): 200,
		"": 422, "biz_id=M1": 422, "waybill_id=W1&order_id=O": 422, "waybill_id=": 422, "waybill_id=W1&waybill_id=W1": 422, "waybill_id=%00": 422,
		"waybill_id=W1&biz_id=": 422, "order_id=" + strings.Repeat("x", 513): 422, "waybill_id=%FF": 422, "Waybill_id=W1": 422, "waybill_id=+": 422,
	} {
		s := newServer(t)
		s.booked("M1", "W1")
		if w := s.call(t, "GET", "/v1/waybills?"+query, ""); w.Code != status {
			t.Errorf("%q: status %d, want %d: %s", query, w.Code, status, w.Body)
		}
	}
	s := newServer(t)
	s.call(t, "GET", "/v1/waybills?waybill_id=%20W1&biz_id=M1", "")
	s.call(t, "GET", "/v1/waybills?order_id=O%2B1", "")
	if got := callsOf[waybill.WaybillQuery](s); got[0] != (waybill.WaybillQuery{BizID: "M1", WaybillID: "W1"}) || got[1] != (waybill.WaybillQuery{OrderID: "O+1"}) {
		t.Errorf("the store was asked %+v", got)
	}
}

// TestHistoryPages: what a history does not show is where it points to.
func TestHistoryPages(t *testing.T) {
	t.Parallel()
	const pushes = 250
	s := newServer(t)
	const id = "运/单 +1"
	s.booked("M&1", id)
	for i := range pushes {
		s.store.entries = append(s.store.entries, ledger.Entry{
			At: s.store.now.AddDate(0, 0, -i/10), Serial: int64(i), Event: "cancel_waybill", Format: "xml", Mode: "plain", BizID: "M&1", WaybillID: id, Reason: "x",
		}, ledger.Entry{At: s.store.now, Serial: int64(1000 + i), BizID: "M&1", WaybillID: "another"})
	}
	got := s.answers(t, 200, "GET", "/v1/waybills/"+url.PathEscape("M&1")+"/"+url.PathEscape(id), "")
	seen, next := got["pushes"].([]any), got["pushes_next"]
	for next != nil {
		got = s.answers(t, 200, "GET", next.(string), "")
		seen, next = append(seen, got["pushes"].([]any)...), got["next"]
	}
	if len(seen) != pushes {
		t.Errorf("%d pushes of %d", len(seen), pushes)
	}
}

// TestStory: a waybill is registered, collected, charged and signed for, and asked
// about all the while.
func TestStory(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.answers(t, 404, "POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W1","order_id":"O1"}`)
	s.answers(t, 422, "PUT", "/v1/merchants/M1", `{"quota":3}`)
	s.answers(t, 404, "GET", "/v1/merchants/M1", "")
	s.answers(t, 201, "PUT", "/v1/merchants/M1", `{"quota":3,"no_password":true}`)
	s.answers(t, 200, "PUT", "/v1/merchants/M1", `{"cancel_allowed":false}`)
	if m := s.answers(t, 200, "GET", "/v1/merchants/M1", ""); m["quota"] != 3.0 || m["cancel_allowed"] != false || m["has_password"] != false {
		t.Errorf("the merchant is %v", m)
	}
	s.answers(t, 201, "POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W1","order_id":"O1"}`)
	s.answers(t, 200, "POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W1","order_id":"O1"}`)
	s.answers(t, 409, "POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W1","order_id":"O2"}`)
	s.answers(t, 409, "POST", "/v1/waybills", `{"biz_id":"M1","waybill_id":"W2","order_id":"O1"}`)
	s.answers(t, 200, "POST", "/v1/scans", `{"waybill_id":"W1","action_type":300003,"action_time":1763790000}`)
	s.answers(t, 200, "POST", "/v1/scans", `{"waybill_id":"W1","action_type":100001,"action_time":1763780000}`)
	s.answers(t, 200, "POST", "/v1/waybills/M1/W1/charge", `{}`)
	got := s.answers(t, 200, "GET", "/v1/waybills/M1/W1", "")
	if got["state"] != "signed" || got["collected_at"] != "2025-11-22T02:53:20Z" || len(got["scans"].([]any)) != 2 || got["charged_at"] == nil {
		t.Errorf("the history is %v", got)
	}
}

// TestNoSecretInAnswers: passwords, tokens and messages are in no problem, and
// passwords in no answer.
func TestNoSecretInAnswers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.booked("M1", "W1")
	var said strings.Builder
	for _, body := range []string{
		`{"password":"` + password + `"}`, `{"password":"` + password + strings.Repeat("x", 80) + `"}`, `{"password":["` + password + `"]}`,
		`{"password":"` + password + ``, `{"quota":"` + password + `"}`, `{"password":"` + password + `"}x`, `{"services":["` + strings.Repeat(password, 10) + `"]}`,
	} {
		said.WriteString(s.call(t, "PUT", "/v1/merchants/M1", body).Body.String())
	}
	said.WriteString(s.call(t, "GET", "/v1/merchants/M1", "").Body.String())
	for _, body := range []string{
		scanOf("W1", 100001), scanOf("W1", 7), scanOf("W9", 100001), list(scanOf("W1", 7), scanOf("W9", 300003)),
		`{"action_msg":["` + message + `"]}`, `{"action_msg":"` + strings.Repeat(message, 100) + `"}`, `{"action_msg":"` + message,
		`{"waybill_id":"W1","action_type":100001,"action_time":"` + message + `"}`,
	} {
		said.WriteString(s.call(t, "POST", "/v1/scans", body).Body.String())
	}
	for _, header := range []string{"Basic " + scanner, "Bearer x" + scanner, scanner} {
		req := httptest.NewRequest("GET", "/v1/pushes", nil)
		req.Header.Set("Authorization", header)
		said.WriteString(s.do(t, req).Body.String())
	}
	for _, secret := range []string{password, message, "13800138000", reader, scanner, anything} {
		if strings.Contains(said.String(), secret) {
			t.Errorf("an answer shows %q", secret)
		}
	}
}

// TestScansCut: the answer says that the oldest scans were left out.
func TestScansCut(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.booked("M1", "W1")
	s.store.traceCut = true
	if w := s.answers(t, 200, "GET", "/v1/waybills/M1/W1", ""); w["scans_cut"] != true {
		t.Errorf("the waybill is %v", w)
	}
}
