package api_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/event"
)

const testEpoch = "01234567-89ab-cdef-0123-456789abcdef"

func cursor(position int64) string {
	return event.Cursor{Epoch: testEpoch, Position: position}.String()
}

// happened makes an event of a kind, and the feed hands it out.
func (s *server) happened(k event.Kind) (body string) {
	o := s.store
	o.mu.Lock()
	defer o.mu.Unlock()
	at := event.Cursor{Epoch: testEpoch, Position: int64(len(o.handed) + 1)}
	e := event.Event{
		ID: event.NewID(k, "waybill W1", at.String()), Kind: k, Time: o.now, Account: "gh_1",
		Body: event.Body{BizID: "M1", WaybillID: "W<1>", OrderID: "O 1", StatusBefore: "booked", Status: "collected", ActionType: 100001, ActionTime: 1795320000, Source: event.Source{Token: "gate"}},
	}
	o.handed = append(o.handed, event.Handed{Cursor: at, Body: e.AppendJSON(nil)})
	close(o.moved)
	o.moved = make(chan struct{})
	return string(e.AppendJSON(nil))
}

func (s *store) Read(ctx context.Context, q event.Query) (p event.Page, err error) {
	if err := s.enter(ctx, q); err != nil {
		return p, err
	}
	defer s.mu.Unlock()
	p = event.Page{Next: event.Cursor{Epoch: testEpoch, Position: int64(len(s.handed))}, Late: s.late}
	after := int64(0)
	if q.After != nil {
		after = q.After.Position
	}
	switch {
	case q.Latest:
		return p, nil
	case q.After != nil && q.After.Epoch != testEpoch:
		return p, fmt.Errorf("read: %w", event.ErrOtherEpoch)
	case q.After != nil && after == 0:
		return p, fmt.Errorf("read: %w", event.ErrDropped)
	case after > p.Next.Position:
		return p, fmt.Errorf("read: %w", event.ErrAhead)
	}
	for _, e := range s.handed[after:] {
		if len(p.Events) == q.Limit {
			p.More, p.Next = true, p.Events[q.Limit-1].Cursor
			break
		}
		if len(q.Kinds) == 0 || slices.ContainsFunc(q.Kinds, func(k event.Kind) bool { return strings.Contains(string(e.Body), string(k)) }) {
			p.Events = append(p.Events, e)
		}
	}
	return p, nil
}

func (s *store) Wait(ctx context.Context, c event.Cursor) error {
	for {
		s.mu.Lock()
		moved, there := s.moved, int64(len(s.handed)) > c.Position
		s.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// TestFeedQuery: each parameter reaches the feed.
func TestFeedQuery(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]event.Query{
		"":                               {Limit: 100},
		"after=" + cursor(1):             {Limit: 100, After: &event.Cursor{Epoch: testEpoch, Position: 1}},
		"after=latest":                   {Limit: 100, Latest: true},
		"kinds=waybill.scanned":          {Limit: 100, Kinds: []event.Kind{event.WaybillScanned}},
		"kinds=order.placed,numbers.low": {Limit: 100, Kinds: []event.Kind{event.OrderPlaced, event.NumbersLow}},
		"limit=1000&wait=0s":             {Limit: 1000},
		"limit=1&wait=1m&after=latest":   {Limit: 1, Latest: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t)
			s.happened(event.WaybillScanned)
			s.answers(t, http.StatusOK, "GET", "/v1/events?"+query, "")
			if got := callsOf[event.Query](s)[0]; !reflect.DeepEqual(got, want) {
				t.Errorf("%q:\n got %+v\nwant %+v", query, got, want)
			}
		})
	}
}

// TestBadFeedQuery: the problem names the invalid parameter, and the feed is not read.
func TestBadFeedQuery(t *testing.T) {
	t.Parallel()
	for query, field := range map[string]string{
		"after=": "after", "after=1": "after", "after=" + cursor(1)[1:]: "after", "after=" + cursor(1) + "%20": "after", "after=" + testEpoch + ".01": "after", "after=Latest": "after",
		"kinds=": "kinds", "kinds=waybill.lost": "kinds", "kinds=order.placed,": "kinds", "kinds=endpoint.test": "kinds", "limit=0": "limit", "limit=1001": "limit",
		"wait=30": "wait", "wait=61s": "wait", "wait=-1s": "wait", "wait=": "wait", "cursor=x": "query", "wait=1s&wait=1s": "wait",
	} {
		s := newServer(t)
		p := isProblem(t, http.StatusUnprocessableEntity, "invalid", s.call(t, "GET", "/v1/events?"+query, ""))
		if got := p["errors"].([]any)[0].(map[string]any)["field"]; got != field {
			t.Errorf("%s: the field is %v", query, got)
		}
		if len(callsOf[event.Query](s)) > 0 {
			t.Errorf("%s: the feed was read", query)
		}
	}
}

// TestFollow: one who follows the cursor gets each event once, byte for byte.
func TestFollow(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var want, got []string
	for range 25 {
		want = append(want, s.happened(event.WaybillScanned))
	}
	after := ""
	for range 4 {
		w := s.call(t, "GET", "/v1/events?limit=7"+after, "")
		page := isJSON(t, http.StatusOK, w)
		for _, e := range page["events"].([]any) {
			got = append(got, e.(map[string]any)["cursor"].(string))
		}
		for i, body := range want[:len(got)] {
			if strings.Contains(w.Body.String(), got[i]+`"`) && !strings.Contains(w.Body.String(), body) && i >= len(got)-len(page["events"].([]any)) {
				t.Errorf("event %d is not as it was written: %s", i, w.Body)
			}
		}
		after = "&after=" + page["next"].(string)
	}
	if len(got) != 25 || got[0] != cursor(1) || got[24] != cursor(25) || after != "&after="+cursor(25) {
		t.Errorf("%d events: %v, then %s", len(got), got, after)
	}
	s.store.late = 3 * time.Second
	if page := s.answers(t, http.StatusOK, "GET", "/v1/events?after=latest", ""); fmt.Sprint(page["late_seconds"]) != "3" || len(page["events"].([]any)) != 0 {
		t.Errorf("%v", page)
	}
}

// TestCursorGone: a cursor that leads nowhere is a problem that says what to do.
func TestCursorGone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for after, says := range map[string]string{
		"ffffffff" + cursor(1)[8:]: "another history", cursor(0): "older than what is kept", cursor(1): "ahead of the log",
	} {
		p := isProblem(t, http.StatusGone, "cursor_gone", s.call(t, "GET", "/v1/events?after="+after, ""))
		if detail := p["detail"].(string); !strings.Contains(detail, says) || !strings.Contains(detail, "begin again without after") || strings.Contains(detail, "read:") {
			t.Errorf("%s: %s", after, detail)
		}
	}
}

// TestFeedOff: where the feed is off there is none.
func TestFeedOff(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.Feed = nil })
	p := isProblem(t, http.StatusNotFound, "not_found", s.call(t, "GET", "/v1/events", ""))
	if !strings.Contains(p["detail"].(string), "events.feed") {
		t.Errorf("%v", p)
	}
}

// TestFeedWaits: a request waits for the first event of its kinds, beyond its deadline, and no
// longer than it says. Its wait is not counted as its duration.
func TestFeedWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.happened(event.OrderPlaced)
		begun := time.Now()
		go func() {
			time.Sleep(20 * time.Second)
			s.happened(event.OrderPlaced)
			time.Sleep(10 * time.Second)
			s.happened(event.WaybillScanned)
		}()
		page := s.answers(t, http.StatusOK, "GET", "/v1/events?kinds=waybill.scanned&wait=40s", "")
		if took := time.Since(begun); took != 30*time.Second || len(page["events"].([]any)) != 1 || page["next"] != cursor(3) {
			t.Errorf("after %v: %v", took, page)
		}
		s.counted(t, 1, "carrierhook_api_requests_total", "GET", "/v1/events", "200")
		begun = time.Now()
		page = s.answers(t, http.StatusOK, "GET", "/v1/events?wait=40s&after="+cursor(3), "")
		if took := time.Since(begun); took != 40*time.Second || len(page["events"].([]any)) != 0 || page["next"] != cursor(3) {
			t.Errorf("after %v: %v", took, page)
		}
		for _, line := range s.lines("api") {
			if line["took"].(time.Duration) != line["waited"].(time.Duration) {
				t.Errorf("%v", line)
			}
		}
	})
}

// TestFeedWaitEnds with the client and with the server, and leaves nothing behind.
func TestFeedWaitEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		ctx, hangUp := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, hangUp)
		begun := time.Now()
		w := s.do(t, request("GET", "/v1/events?after=latest&wait=1m", "").WithContext(ctx))
		if took := time.Since(begun); took != 10*time.Second || w.Code != http.StatusOK {
			t.Errorf("status %d after %v", w.Code, took)
		}
		time.AfterFunc(10*time.Second, s.api.EndWaits)
		for _, want := range []time.Duration{10 * time.Second, 0} {
			begun := time.Now()
			s.answers(t, http.StatusOK, "GET", "/v1/events?after=latest&wait=1m", "")
			if took := time.Since(begun); took != want {
				t.Errorf("after %v, want %v", took, want)
			}
		}
	})
}

// TestFeedWaitsLimit: 16 requests of a token wait. One more is rejected, and others may wait.
func TestFeedWaitsLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, func(o *options) { o.Tokens = append(o.Tokens, token(t, "other:events", "other")) })
		statuses := make(chan int)
		wait := func(secret string) {
			go func() { statuses <- s.do(t, requestAs(secret, "GET", "/v1/events?after=latest&wait=30s", "")).Code }()
		}
		for range 16 {
			wait(anything)
		}
		synctest.Wait()
		p := isProblem(t, http.StatusTooManyRequests, "too_many_requests", s.call(t, "GET", "/v1/events?after=latest&wait=30s", ""))
		if !strings.Contains(p["detail"].(string), "16") {
			t.Errorf("%v", p)
		}
		s.answers(t, http.StatusOK, "GET", "/v1/events?after=latest", "")
		wait("other")
		synctest.Wait()
		allAre(t, statuses, 17, http.StatusOK)
		wait(anything)
		allAre(t, statuses, 1, http.StatusOK)
	})
}

// TestFeedWaitsOnConnections: a wait is longer than the limits of a connection for requests
// and answers, and the next request of the connection has those limits again.
func TestFeedWaitsOnConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.happened(event.WaybillScanned)
		n := s.inMemory(t)
		c := n.Connect(t)
		for range 2 {
			begun := time.Now()
			time.AfterFunc(50*time.Second, func() { s.happened(event.WaybillScanned) })
			go io.WriteString(c, "GET /v1/events?after=latest&wait=1m HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+anything+"\r\n\r\n")
			if got := replied(t, c, begun); got.status != http.StatusOK || got.took != 50*time.Second {
				t.Errorf("%+v", got)
			}
		}
		begun := time.Now()
		go io.WriteString(c, head(scanner, 10)) // and no body
		if got := replied(t, c, begun); got.status != http.StatusServiceUnavailable || got.took != deadline {
			t.Errorf("a body that never comes: %+v", got)
		}
	})
}

// FuzzFeedQuery: every answer is documented, and queries of the feed are within their limits.
func FuzzFeedQuery(f *testing.F) {
	for _, seed := range []string{"", "limit=1", "after=" + cursor(1), "after=latest", "after=" + cursor(9), "after=%FF", "kinds=order.placed,numbers.low", "kinds=,", "wait=0s", "wait=1e9h", "a;b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		req := request("GET", "/v1/events", "")
		if values, err := url.ParseQuery(query); err == nil && len(values["wait"]) == 1 {
			if wait, err := time.ParseDuration(values.Get("wait")); err == nil && wait > 0 && wait <= time.Minute {
				return // which would wait
			}
		}
		req.URL = &url.URL{Path: "/v1/events", RawQuery: query}
		s := makeServer(t)
		s.happened(event.WaybillScanned)
		w := s.do(t, req)
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("status %d: %s", w.Code, s.written)
		}
		if w.Code == http.StatusOK {
			if q := callsOf[event.Query](s)[0]; q.Limit < 1 || q.Limit > 1000 || q.Latest && q.After != nil {
				t.Fatalf("%q has %+v", query, q)
			}
		}
	})
}
