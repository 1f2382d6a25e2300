package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// filterOf sends a query for pushes and returns the filter that reached the store.
func (s *server) filterOf(t testing.TB, query string) ledger.Filter {
	t.Helper()
	s.answers(t, http.StatusOK, "GET", "/v1/pushes?"+query, "")
	return callsOf[ledger.Filter](s)[len(callsOf[ledger.Filter](s))-1]
}

// TestPushesQuery: each parameter reaches the store.
func TestPushesQuery(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	from, to := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 2, 0, 0, 0, 5000, time.UTC)
	const span = "from=2026-11-01T08:00:00%2B08:00&to=2026-11-02T00:00:00.000005Z"
	for query, change := range map[string]func(q *ledger.Filter){
		"":                 func(*ledger.Filter) {},
		"&biz_id=M%2F1":    func(q *ledger.Filter) { q.BizID = "M/1" },
		"&waybill_id=W+1":  func(q *ledger.Filter) { q.WaybillID = "W 1" },
		"&order_id=%20O":   func(q *ledger.Filter) { q.OrderID = "O" },
		"&account=gh_a":    func(q *ledger.Filter) { q.Account = "gh_a" },
		"&event=e":         func(q *ledger.Filter) { q.Event = "e" },
		"&result=-1":       func(q *ledger.Filter) { q.Result = new(-1) },
		"&result=0":        func(q *ledger.Filter) { q.Result = new(0) },
		"&result=9300507":  func(q *ledger.Filter) { q.Result = new(9300507) },
		"&reason=accepted": func(q *ledger.Filter) { q.Reason = string(waybill.Accepted) },
		"&repeat=true":     func(q *ledger.Filter) { q.Repeat = new(true) },
		"&repeat=false":    func(q *ledger.Filter) { q.Repeat = new(false) },
		"&limit=1":         func(q *ledger.Filter) { q.Limit = 1 },
		"&limit=1000":      func(q *ledger.Filter) { q.Limit = 1000 },
	} {
		want := ledger.Filter{From: from, To: to, Limit: 100}
		change(&want)
		if got := s.filterOf(t, span+query); !reflect.DeepEqual(got, want) {
			t.Errorf("%q:\n got %+v\nwant %+v", query, got, want)
		}
	}
}

// TestPushesRange: without from, the range is the last day before to; for one parcel,
// everything.
func TestPushesRange(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	to := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	if got := s.filterOf(t, "to=2026-11-02T00:00:00Z"); !got.From.Equal(to.AddDate(0, 0, -1)) || !got.To.Equal(to) {
		t.Errorf("from %v to %v", got.From, got.To)
	}
	for query, open := range map[string]bool{
		"biz_id=M1&waybill_id=W1": true, "biz_id=M1&order_id=O1": true,
		"": false, "biz_id=M1": false, "waybill_id=W1": false, "order_id=O1": false, "event=x": false,
	} {
		first := time.Now().Add(-24 * time.Hour)
		got := s.filterOf(t, query)
		last := time.Now().Add(-24 * time.Hour)
		if open != got.From.IsZero() || !open && (got.From.Before(first) || got.From.After(last)) || !got.To.IsZero() {
			t.Errorf("%q: from %v to %v", query, got.From, got.To)
		}
	}
	if got := s.filterOf(t, "biz_id=M1&waybill_id=W1&from=2026-11-01T00:00:00Z"); got.From.IsZero() {
		t.Error("a beginning that is given does not hold")
	}
}

// TestBadPushesQuery: the problem names the invalid parameter, and the store is not
// called.
func TestBadPushesQuery(t *testing.T) {
	t.Parallel()
	cursor := "AQAGYNqF4JADAAAAAAAAAAU"
	for query, field := range map[string]string{
		"x=1": "query", "limit=0": "limit", "limit=1001": "limit", "limit=-1": "limit", "limit=1e2": "limit", "limit=%2B5": "limit", "limit=05": "limit",
		"limit=": "limit", "limit=5&limit=5": "limit", "limit=99999999999999999999": "limit", "result=x": "result", "result=2147483648": "result",
		"result=-2147483649": "result", "result=0x1": "result", "repeat=1": "repeat", "repeat=True": "repeat", "repeat=": "repeat",
		"from=yesterday": "from", "from=2026-11-01": "from", "from=2026-11-01T00:00:00+08:00": "from", "from=1970-01-01T00:00:00Z": "from",
		"to=2026-11-01T0:00:00Z": "to", "to=0000-01-01T00:00:00Z": "to", "from=2026-11-02T00:00:00Z&to=2026-11-02T00:00:00Z": "from",
		"biz_id=" + strings.Repeat("x", 129): "biz_id", "order_id=" + strings.Repeat("x", 513): "order_id", "waybill_id=%FF": "waybill_id",
		"event=%00": "event", "account=": "account", "account=a&account=b": "account", "reason=%0A": "reason", "cursor=x": "cursor", "cursor=": "cursor", "cursor=" + cursor + "&cursor=" + cursor: "cursor",
		"cursor=" + cursor + "%3D": "cursor", "cursor=" + cursor + "%0A": "cursor", "cursor=" + cursor[1:]: "cursor", "cursor=Ag" + cursor[2:]: "cursor",
		"cursor=AX______________AAAAAAAAAAU": "cursor", "cursor=AQAAAAAAAAAAAAAAAAAAAAU": "cursor", "cursor=" + cursor[:len(cursor)-1] + "V": "cursor",
	} {
		s := newServer(t)
		p := isProblem(t, http.StatusUnprocessableEntity, "invalid", s.call(t, "GET", "/v1/pushes?"+query, ""))
		if got := p["errors"].([]any)[0].(map[string]any)["field"]; got != field {
			t.Errorf("%s: the field is %v", query, got)
		}
		if len(callsOf[ledger.Filter](s)) > 0 {
			t.Errorf("%s: the store was called", query)
		}
	}
	s := newServer(t)
	if got := s.filterOf(t, "cursor="+cursor); got.Before == nil || got.Before.Serial != 5 {
		t.Errorf("before %v", got.Before)
	}
}

// TestPaging: the pages have every push once, newest first, though many have the same
// time and new ones arrive meanwhile.
func TestPaging(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	at := time.Now().UTC().Add(-time.Hour).Truncate(time.Microsecond)
	add := func(serial int64, at time.Time) {
		s.store.entries = append(s.store.entries, ledger.Entry{
			At: at, Serial: serial, Event: "cancel_waybill", Format: "xml", Mode: "plain", BizID: "M&1", WaybillID: fmt.Sprint("W", serial), Reason: "x",
		})
	}
	for i := range 300 {
		add(int64(i*7%300), at.Add(-time.Duration(i/100)*time.Microsecond))
	}
	var seen []string
	firstFrom := time.Time{}
	next := "/v1/pushes?limit=7&biz_id=M%261&event=cancel_waybill"
	for pages := 0; next != ""; pages++ {
		got := s.answers(t, http.StatusOK, "GET", next, "")
		q := callsOf[ledger.Filter](s)[pages]
		if firstFrom.IsZero() {
			firstFrom = q.From
		}
		if !q.From.Equal(firstFrom) || q.BizID != "M&1" || q.Event != "cancel_waybill" || q.Limit != 7 {
			t.Fatalf("page %d has %+v", pages, q)
		}
		for _, p := range got["pushes"].([]any) {
			seen = append(seen, p.(map[string]any)["waybill_id"].(string))
		}
		next, _ = got["next"].(string)
		add(int64(1000+pages), time.Now())
	}
	once := map[string]bool{}
	for _, id := range seen {
		once[id] = true
	}
	if len(seen) != 300 || len(once) != 300 || seen[0] != "W299" && len(seen[0]) == 0 {
		t.Errorf("%d pushes, %d different ones", len(seen), len(once))
	}
}

// TestOlderPushes: the pushes that a waybill or an order does not show are at the URL
// in its answer.
func TestOlderPushes(t *testing.T) {
	t.Parallel()
	const pushes, bizID, id = 250, "M&1", "运/单 +1"
	s := newServer(t)
	s.booked(bizID, id)
	s.placed(bizID, id, delivery.Waiting)
	for i := range pushes {
		at := s.store.now.AddDate(0, 0, -i/10)
		for n, e := range []ledger.Entry{
			{Event: "cancel_waybill", WaybillID: id}, {Event: "cancel_waybill", WaybillID: "another"},
			{Event: "transport_query_order_status", OrderID: id, WaybillID: []string{"", "D1"}[i%2]},
			{Event: "transport_add_order", OrderID: "another"}, {Event: "e", OrderID: id},
		} {
			e.At, e.Serial, e.Format, e.Mode, e.BizID, e.Reason = at, int64(1000*n+i), "xml", "plain", bizID, "x"
			s.store.entries = append(s.store.entries, e)
		}
	}
	entries := s.store.entries
	for target, event := range map[string]string{"/v1/waybills/M&1/": "cancel_waybill", "/v1/delivery/orders/M&1/": "transport_query_order_status"} {
		for _, n := range []int{pushes, 100, 50} {
			s.store.entries = entries[:5*n]
			got := s.answers(t, 200, "GET", target+url.PathEscape(id), "")
			seen, next := got["pushes"].([]any), got["pushes_next"]
			if len(seen) != min(n, 100) || (next == nil) != (n <= 100) {
				t.Fatalf("%s: %d pushes, and %v", target, len(seen), next)
			}
			for next != nil {
				got = s.answers(t, 200, "GET", next.(string), "")
				seen, next = append(seen, got["pushes"].([]any)...), got["next"]
			}
			for _, p := range seen {
				if p.(map[string]any)["event"] != event {
					t.Fatalf("%s: %v", target, p)
				}
			}
			if len(seen) != n {
				t.Errorf("%s: %d pushes of %d", target, len(seen), n)
			}
		}
	}
}
