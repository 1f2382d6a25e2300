package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/localpg"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"
)

// A database that goes away leaves an honest -1 and a server that is degraded
// and ready; when the database comes back, so do the answers.
func TestDatabaseOutage(t *testing.T) {
	t.Parallel()
	pg := storetest.NewServer(t)
	url := pg.URL(localpg.Database)
	must(t, store.Migrate(t.Context(), url, nil))
	putSamples(t, url)
	cfg := testConfig(url, wechat.Secure)
	cfg.WeChat.Deadline, cfg.Booking.Refresh = time.Second, 10*time.Millisecond
	p := start(t, cfg)
	strictConfig := cfg
	strictConfig.Health.Strict = true
	strict := start(t, strictConfig)
	p.waitReady(t)
	strict.waitReady(t)
	if code, body := get(t, p.public, "/readyz"); code != 200 || body != `{"status":"ready"}` {
		t.Errorf("before: %d %s", code, body)
	}
	must(t, pg.Kill())
	w := p.wechat(t, wechat.Secure, wechat.XML)
	p.allFail(t, w)
	for server, want := range map[*program]int{p: 200, strict: 503} {
		eventually(t, "the server is degraded", func() bool { // a look at the database is believed for a second
			code, body := get(t, server.public, "/readyz")
			if body == `{"status":"degraded"}` && code != want {
				t.Fatalf("during: %d, want %d", code, want)
			}
			return body == `{"status":"degraded"}`
		})
	}
	if code, body := get(t, p.public, "/healthz"); code != 200 || body != `{"status":"alive"}` {
		t.Errorf("alive: %d %s", code, body)
	}
	p.log.wait(t, "catalogue refresh failed")
	must(t, pg.Restart(t.Context()))
	soon(t, w, sampleCancel(0))
	p.log.wait(t, "catalogue refresh recovered")
	// It was looked at a hundred times a second all the while. A dying server may
	// answer once more in between.
	failing := false
	for line := range strings.Lines(p.log.String()) {
		switch {
		case strings.Contains(line, "catalogue refresh recovered"):
			failing = false
		case strings.Contains(line, "catalogue refresh failed") && failing:
			t.Fatalf("the log says so of each try:\n%s", p.log)
		case strings.Contains(line, "catalogue refresh failed"):
			failing = true
		}
	}
}

// allFail pushes many at once, and wants each answered -1 because of the database: that
// so many wait for it is not what is wrong.
func (p *program) allFail(t *testing.T, w *sandbox.Platform) {
	t.Helper()
	const n = 10 // of which the log takes all, also within one second
	var pushing sync.WaitGroup
	for i := range n {
		pushing.Go(func() { want(t, w, sampleCancel(int64(i)), -1) })
	}
	pushing.Wait()
	p.shows(t, map[string]float64{`carrierhook_failures_total{why="database"}`: n, `carrierhook_failures_total{why="overloaded"}`: 0})
	eventually(t, "each has its line", func() bool { return strings.Count(p.log.String(), `"failure":"database"`) == n })
}

// soon repeats a push, as WeChat does, until it is answered 0.
func soon(t *testing.T, w *sandbox.Platform, m wechat.CancelWaybill) {
	t.Helper()
	eventually(t, "a push succeeds", func() bool {
		a, err := w.Cancel(t.Context(), m)
		if err != nil || a.Reply.ResultCode != 0 && a.Reply.ResultCode != -1 {
			t.Fatalf("ResultCode %d, %v", a.Reply.ResultCode, err)
		}
		return a.Reply.ResultCode == 0
	})
}

// A server that starts before its database waits for it, and answers -1 until
// then.
func TestStartBeforeDatabase(t *testing.T) {
	t.Parallel()
	pg := storetest.NewServer(t)
	url := pg.URL(localpg.Database)
	must(t, store.Migrate(t.Context(), url, nil))
	putSamples(t, url)
	must(t, pg.Kill())
	cfg := testConfig(url, wechat.Secure)
	cfg.WeChat.Deadline = 500 * time.Millisecond // and only that ends the first push
	p := start(t, cfg)
	if code, body := get(t, p.public, "/readyz"); code != 503 || body != `{"status":"starting"}` {
		t.Errorf("%d %s", code, body)
	}
	w := p.wechat(t, wechat.Secure, wechat.XML)
	want(t, w, sampleCancel(0), -1)
	must(t, pg.Restart(t.Context()))
	p.waitReady(t)
	soon(t, w, sampleCancel(0))
}
