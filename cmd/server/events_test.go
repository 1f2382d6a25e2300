package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// What an endpoint refuses is shown, and is replayed or skipped by a command.
func TestEventsCommands(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	var refuses atomic.Bool
	refuses.Store(true)
	got := make(chan bool, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if refuses.Load() {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		got <- true
	}))
	t.Cleanup(server.Close)
	cfg := testConfig(url, wechat.Secure)
	e, _ := webhooks(t)
	e.URL = config.Secret(server.URL)
	cfg.Events.Endpoints = []config.Endpoint{e}
	p := start(t, cfg)
	db := storetest.OpenDatabase(t, url)
	db.WaitFor(t, `SELECT count(*) FROM event_endpoint WHERE leased_by IS NOT NULL`)
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(1), 0)
	db.WaitFor(t, `SELECT count(*) FROM event_retry`)

	dir := t.TempDir()
	file := filepath.Join(dir, "config.yaml")
	must(t, os.WriteFile(file, []byte("events:\n  endpoints:\n    - name: dispatch\n      url: https://dispatch.example\n      secret_file: none\n"), 0o600))
	c := on(t, url)
	run := func(args ...string) []string { return append([]string{"--config", file, "events"}, args...) }
	c.says("0 waiting, 1 retrying, 0 dead", run("list")...)
	line := c.says("attempts failed: 1, the last with status 418, again at ", run("list", "dispatch", "--state", "retrying")...)
	if !strings.Contains(line, "waybill.cancelled") {
		t.Errorf("it says %s", line)
	}
	cursor := regexp.MustCompile(`[0-9a-f-]{36}\.\d+`).FindString(line)
	c.refuses("no such endpoint", run("list", "none")...)
	c.refuses("--state is none of", run("list", "dispatch", "--state", "lost")...)
	c.refuses("is not the cursor of an event", run("skip", "dispatch", "--cursor", "7")...)
	c.refuses("of another epoch", run("skip", "dispatch", "--cursor", "00000000-0000-0000-0000-000000000000.1")...)
	c.says("skipped", run("skip", "dispatch", "--cursor", cursor)...)
	c.refuses("no such event", run("skip", "dispatch", "--cursor", cursor)...)
	db.WantInt(t, 0, `SELECT count(*) FROM event_retry`)
	refuses.Store(false)
	c.says("sent again: 1", run("replay", "dispatch", "--cursor", cursor)...)
	select {
	case <-got:
	case <-time.After(patience):
		t.Error("it was not sent again")
	}
	storetest.Until(t, "it is delivered", func() bool { return db.Int(t, `SELECT count(*) FROM event_retry`) == 0 })
	c.says("sent again: 1", run("replay", "dispatch", "--from", "2026-01-01T00:00:00Z")...)
	c.says("sent again: 0", run("replay", "dispatch", "--dead")...)
	c.refuses("is no time", run("replay", "dispatch", "--from", "yesterday")...)
	c.says("skipped", run("skip", "dispatch", "--up-to", cursor)...)
}

// tail prints what is decided from then on, as it is handed out.
func TestTail(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	db := storetest.OpenDatabase(t, url)
	write := func(n string) {
		db.Exec(t, `INSERT INTO event (at, kind, parcel, id, body) VALUES (now(), 'waybill.scanned', 'P', gen_random_uuid(), $1)`, n)
	}
	write("before")
	st, err := store.Open(t.Context(), testOptions(url))
	must(t, err)
	defer st.Close()
	ctx, stop := context.WithCancel(t.Context())
	var run sync.WaitGroup
	defer run.Wait()
	defer stop()
	run.Go(func() { st.Horizon.Run(ctx, zap.NewNop()) })
	storetest.Until(t, "the horizon is known", func() bool { return st.Horizon.Epoch() != "" && st.Horizon.Position() == 1 })
	out := new(output)
	run.Go(func() {
		if err := tail(ctx, st, out); err != nil {
			t.Error(err)
		}
	})
	for _, n := range []string{"first", "second"} {
		storetest.Until(t, n, func() bool {
			write(n)
			return strings.Contains(out.String(), n)
		})
	}
	if strings.Contains(out.String(), "before") {
		t.Errorf("it printed %s", out)
	}
}
