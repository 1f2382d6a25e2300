package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// FuzzScans: every answer is documented; what reaches the store is what encoding/json
// reads in the body; and the document allows what we accept.
func FuzzScans(f *testing.F) {
	for _, seed := range []string{
		scanOf("W1", 100001), list(scanOf("W1", 100001), scanOf("W2", 300003)), `{"waybill_id":"W1","action_type":100001,"action_time":1.0}`,
		`{"waybill_id":"W1","waybill_id":"W2"}`, `{"Waybill_id":"\ud83d"}`, `[`, `[]`, `[[{}]]`, `{"action_msg":"\ud83d\ude9a","biz_id":""}`, "{}x", "\xff", " [ ] ",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := makeServer(t)
		s.booked("M1", "W2")
		w := s.call(t, "POST", "/v1/scans", string(body))
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("status %d: %s", w.Code, s.written)
		}
		if scans := callsOf[waybill.Scan](s); len(scans) > 0 {
			sameScans(t, body, scans)
		}
	})
}

// sameScans fails the test unless the body has every scan that was reported.
func sameScans(t *testing.T, body []byte, reported []waybill.Scan) {
	t.Helper()
	type scan struct {
		WaybillID      string `json:"waybill_id"`
		BizID          string `json:"biz_id"`
		ActionType     int    `json:"action_type"`
		ActionTime     int64  `json:"action_time"`
		ActionMsg      string `json:"action_msg"`
		IdempotencyKey string `json:"idempotency_key"`
	}
	var sent []scan
	if json.Unmarshal(body, &sent) != nil {
		sent = make([]scan, 1)
		must(t, json.Unmarshal(body, &sent[0]))
	}
	text := func(id, biz string, action int, at int64, msg string) string {
		return fmt.Sprintf("%q", []any{strings.TrimSpace(id), strings.TrimSpace(biz), action, at, strings.TrimSpace(msg)})
	}
	times := map[string]int{}
	for _, s := range sent {
		times[text(s.WaybillID, s.BizID, s.ActionType, s.ActionTime, s.ActionMsg)]++
	}
	left := maps.Clone(times)
	for _, s := range reported {
		if s.By != "dispatch" || s.Key == "" {
			t.Fatalf("by %q, key %q", s.By, s.Key)
		}
		left[text(s.WaybillID, s.BizID, int(s.Action), s.At.Unix(), s.Message)]--
	}
	for scan, n := range left {
		if n != 0 && n != times[scan] {
			t.Fatalf("%s was sent %d times and reported %d times", scan, times[scan], times[scan]-n)
		}
	}
}

// FuzzPushesQuery: every answer is documented, queries of the store are within their
// limits, and the next page has the same query.
func FuzzPushesQuery(f *testing.F) {
	for _, seed := range []string{
		"", "limit=1", "from=2026-11-01T08:00:00%2B08:00&to=2026-11-02T00:00:00.000005Z", "biz_id=M1&waybill_id=W1&repeat=false&result=-1&reason=x&event=y",
		"cursor=AQAGYNqF4JADAAAAAAAAAAU", "a;b", "%zz", "limit=1&limit=2", "order_id=%FF",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		req := request("GET", "/v1/pushes", "")
		req.URL = &url.URL{Path: "/v1/pushes", RawQuery: query}
		s := makeServer(t)
		s.store.endless = true
		w := s.do(t, req)
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("status %d: %s", w.Code, s.written)
		}
		if w.Code != http.StatusOK {
			return
		}
		q := callsOf[ledger.Filter](s)[0]
		if q.Limit < 1 || q.Limit > 1000 || !q.To.IsZero() && !q.From.IsZero() && !q.From.Before(q.To) && req.URL.Query().Has("from") {
			t.Fatalf("%q has %+v", query, q)
		}
		next := isJSON(t, http.StatusOK, w)["next"].(string)
		s.answers(t, http.StatusOK, "GET", next, "")
		again := callsOf[ledger.Filter](s)[1]
		if again.Before == nil || !again.Before.At.Equal(s.store.now) {
			t.Fatalf("%q: the next page is before %v", query, again.Before)
		}
		again.Before = q.Before
		a, _ := json.Marshal(q)
		b, _ := json.Marshal(again)
		if !bytes.Equal(a, b) {
			t.Fatalf("%q: the first page has %s, the next %s", query, a, b)
		}
	})
}

// FuzzAuthorization: only a token opens.
func FuzzAuthorization(f *testing.F) {
	for _, seed := range []string{"", "Bearer", "Bearer " + reader, "bearer  " + anything, "Basic " + reader, "Bearer " + reader + "\x00", "Bearer\t" + reader, reader} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		s := makeServer(t)
		req := httptest.NewRequest("GET", "/v1/pushes", nil)
		req.Header["Authorization"] = []string{header}
		w := s.do(t, req)
		scheme, shown, _ := strings.Cut(header, " ")
		shown = strings.Trim(shown, " ")
		want := http.StatusUnauthorized
		if strings.EqualFold(scheme, "bearer") {
			switch shown {
			case reader, anything:
				want = http.StatusOK
			case scanner:
				want = http.StatusForbidden
			}
		}
		if w.Code != want {
			t.Fatalf("%q: status %d, want %d", header, w.Code, want)
		}
	})
}

// FuzzStatus: every answer is documented, and what reaches the store is what
// encoding/json reads in the body.
func FuzzStatus(f *testing.F) {
	for _, seed := range []string{
		statusText("D1", 102, 1795320000), statusText(" D1\n", 302, 1), `{"waybill_id":"D1","order_status":102,"action_time":1795320000}`, `{"waybill_id":"D1","order_status":102.0}`,
		`{"waybill_id":"D1","waybill_id":"D2"}`, `{"Waybill_id":"\ud83d"}`, `[{}]`, `{"action_msg":"\ud83d\ude9a","action_time":-0}`, "{}x", "\xff", `{"order_status":18446744073709551718}`,
		`{"waybill_id":"D1","order_status":102,"action_time":1795320000,"agent":{"name":" 京\n","phone":"1","phone_encrypted":true},"expected_delivery_time":1795323600}`,
		`{"waybill_id":"D1","order_status":102,"action_time":1,"agent":{"name":"a","agent":{}}}`, `{"agent":{"phone":"1","phone":"2"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := makeServer(t)
		w := s.call(t, "POST", statusOf, string(body))
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("status %d: %s", w.Code, s.written)
		}
		for _, got := range callsOf[delivery.StatusReport](s) {
			var sent struct {
				WaybillID   string `json:"waybill_id"`
				OrderStatus int64  `json:"order_status"`
				ActionTime  int64  `json:"action_time"`
				ActionMsg   string `json:"action_msg"`
				Agent       *struct {
					Name           string `json:"name"`
					Phone          string `json:"phone"`
					PhoneEncrypted bool   `json:"phone_encrypted"`
				} `json:"agent"`
				Expected *int64 `json:"expected_delivery_time"`
			}
			must(t, json.Unmarshal(body, &sent))
			want := delivery.StatusReport{
				ShopID: "S1", OrderID: "O1", WaybillID: strings.TrimSpace(sent.WaybillID), Status: delivery.Status(sent.OrderStatus),
				At: time.Unix(sent.ActionTime, 0).UTC(), Message: strings.TrimSpace(sent.ActionMsg), By: "dispatch",
			}
			if a := sent.Agent; a != nil {
				want.Agent = &delivery.Agent{Name: strings.TrimSpace(a.Name), Phone: strings.TrimSpace(a.Phone), PhoneEncrypted: a.PhoneEncrypted}
			}
			if sent.Expected != nil {
				want.ExpectedAt = time.Unix(*sent.Expected, 0).UTC()
			}
			if !reflect.DeepEqual(got, want) || len(want.WaybillID) > 128 || len(want.Message) > 1024 || strings.Contains(want.Message, "\x00") {
				t.Fatalf("%q reached the store as another report", body)
			}
		}
	})
}

// FuzzOrderPath: the store gets exactly the ids of the path, or is not called.
func FuzzOrderPath(f *testing.F) {
	for _, seed := range [][2]string{{"S1", "O1"}, {"S/1", "单 1?"}, {" S", "O%2F"}, {"a+b", "\xff"}, {"", "\n"}, {"x", strings.Repeat("运", 43)}, {"..", "status"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, shopID, orderID string) {
		if shopID == "" || orderID == "" {
			return // another path
		}
		s := makeServer(t)
		path := "/v1/delivery/orders/" + everyByte(shopID) + "/" + everyByte(orderID)
		for _, w := range []*httptest.ResponseRecorder{s.call(t, "GET", path, ""), s.call(t, "POST", path+"/status", statusText("D1", 102, 1))} {
			if w.Code >= http.StatusInternalServerError {
				t.Fatalf("status %d: %s", w.Code, s.written)
			}
		}
		got := callsOf[[2]string](s)
		for _, r := range callsOf[delivery.StatusReport](s) {
			got = append(got, [2]string{r.ShopID, r.OrderID})
		}
		good := true
		for _, id := range []string{shopID, orderID} {
			clean := strings.TrimSpace(id)
			good = good && utf8.ValidString(id) && clean != "" && len(clean) <= 128 && !strings.ContainsFunc(clean, unicode.IsControl)
		}
		want := [2]string{strings.TrimSpace(shopID), strings.TrimSpace(orderID)}
		if good != (len(got) == 2) || !good && len(got) > 0 || good && (got[0] != want || got[1] != want) {
			t.Fatalf("%q %q reaches the store as %q", shopID, orderID, got)
		}
	})
}
