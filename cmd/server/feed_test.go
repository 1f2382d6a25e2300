package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/wechat"
)

type feedAnswer struct {
	Events []struct {
		Cursor string
		Event  struct {
			ID, Kind  string
			WaybillID string `json:"waybill_id"`
		}
	}
	Next   string
	Detail string
}

func (p *program) feed(t *testing.T, status int, query string) (a feedAnswer) {
	t.Helper()
	got, text, _ := fetch(t, http.MethodGet, "http://"+p.internal.String()+"/v1/events"+query, "", nil)
	if err := json.Unmarshal([]byte(text), &a); err != nil || got != status {
		t.Errorf("%s: status %d, %v: %s", query, got, err, text)
	}
	return a
}

// A cancel comes out of the feed for which somebody waits already, once. After a new epoch
// the cursor is refused. Who waits when the server ends gets an answer.
func TestFeed(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	cfg := testConfig(url, wechat.Secure)
	cfg.Events.Feed = true
	p := start(t, cfg)
	p.waitReady(t)
	eventually(t, "the feed is there", func() bool {
		status, _ := get(t, p.internal, "/v1/events?after=latest")
		return status == http.StatusOK
	})
	begin := p.feed(t, http.StatusOK, "?after=latest").Next
	came := make(chan feedAnswer)
	go func() { came <- p.feed(t, http.StatusOK, "?wait=1m&kinds=waybill.cancelled&after="+begin) }()
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(0), 0)
	got := <-came
	if len(got.Events) != 1 || got.Events[0].Event.Kind != "waybill.cancelled" || got.Events[0].Event.WaybillID != sampleCancel(0).WayBillID || got.Next != got.Events[0].Cursor {
		t.Fatalf("%+v", got)
	}
	if again := p.feed(t, http.StatusOK, "?after="+got.Next); len(again.Events) != 0 || again.Next != got.Next {
		t.Errorf("behind it: %+v", again)
	}
	on(t, url).says("a new epoch of events has begun", "events", "new-epoch")
	eventually(t, "the new epoch is read", func() bool { // it is unavailable until then
		status, _ := get(t, p.internal, "/v1/events")
		return status == http.StatusOK
	})
	if gone := p.feed(t, http.StatusGone, "?after="+got.Next); !strings.Contains(gone.Detail, "another history") {
		t.Errorf("of the former epoch: %+v", gone)
	}
	if all := p.feed(t, http.StatusOK, ""); len(all.Events) != 1 {
		t.Errorf("from the beginning: %+v", all)
	}
	go func() { came <- p.feed(t, http.StatusOK, "?wait=1m&after=latest") }()
	eventually(t, "it waits", func() bool { return p.metric(t, "carrierhook_feed_waiting_connections") == 1 })
	must(t, p.stop())
	if last := <-came; len(last.Events) != 0 || last.Next == "" {
		t.Errorf("at the end: %+v", last)
	}
}

// Where the feed is off nothing is written for it, and it says which setting turns it on.
func TestFeedIsOff(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	cfg := testConfig(url, wechat.Secure)
	cfg.Events.Feed = false
	p := start(t, cfg)
	p.waitReady(t)
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(0), 0)
	if a := p.feed(t, http.StatusNotFound, ""); !strings.Contains(a.Detail, "events.feed") {
		t.Errorf("%+v", a)
	}
	if n := query(t, url, `SELECT count(*)::text FROM event`); n != "0" {
		t.Errorf("%s events", n)
	}
}
