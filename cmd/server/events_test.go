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
	if line := c.says("0 waiting, 1 retrying, 0 dead", run("list")...); !strings.Contains(line, "status 418, the last one, at 20") {
		t.Errorf("it says %s", line)
	}
	if !strings.Contains(p.log.String(), `"msg":"event was not taken","endpoint":"dispatch"`) {
		t.Errorf("the log has %s", p.log)
	}
	line := c.says("attempts failed: 1, the last with status 418, again at ", run("list", "dispatch", "--state", "retrying")...)
	if !strings.Contains(line, "waybill.cancelled") {
		t.Errorf("it says %s", line)
	}
	cursor := regexp.MustCompile(`[0-9a-f-]{36}\.\d+`).FindString(line)
	c.refuses("no such endpoint", run("list", "none")...)
	c.refuses("--state is none of", run("list", "dispatch", "--state", "lost")...)
	c.refuses("is not the cursor of an event", run("skip", "dispatch", "--cursor", "7")...)
	c.refuses("of another epoch", run("skip", "dispatch", "--cursor", "00000000-0000-0000-0000-000000000000.1")...)
	c.says("skipped: 1", run("skip", "dispatch", "--cursor", cursor)...)
	c.refuses("delivered or skipped already", run("skip", "dispatch", "--cursor", cursor)...)
	far := cursor[:strings.Index(cursor, ".")] + ".99"
	for _, do := range []string{"skip", "replay"} {
		c.refuses("no such event: ", run(do, "dispatch", "--cursor", far)...)
		if out := c.refuses("no such endpoint", run(do, "none", "--cursor", cursor)...); strings.Contains(out, "events that are") {
			t.Errorf("%s says %s", do, out)
		}
	}
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
	c.says("sent again: 0: none is dead, ", run("replay", "dispatch", "--dead")...)
	c.says("sent again: 0: of that time the endpoint has been sent none", run("replay", "dispatch", "--from", "2126-01-01T00:00:00Z")...)
	c.refuses("is no time", run("replay", "dispatch", "--from", "yesterday")...)
	for _, flag := range []string{"--cursor", "--from"} {
		c.refuses(`"" is `, run("replay", "dispatch", flag, "")...)
	}
	c.says("events that are skipped: ", run("skip", "dispatch", "--up-to", cursor)...)
}

// An endpoint that is in no configuration is one all the same; what it waits for is told.
func TestEventsOfUnconfigured(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	db := storetest.OpenDatabase(t, url)
	c := on(t, url)
	c.says("no server was started with an endpoint yet", "events", "list")
	db.Exec(t, `INSERT INTO event_endpoint (name, position) VALUES ('other', 0);
		INSERT INTO event (at, kind, parcel, id, body) VALUES (now(), 'waybill.scanned', 'P', gen_random_uuid(), '{}'), (now(), 'waybill.charged', 'P', gen_random_uuid(), '{}')`)
	c.says("2 waiting, 0 retrying, 0 dead", "events", "list")
	line := c.says("waybill.charged", "events", "list", "other")
	cursor := regexp.MustCompile(`[0-9a-f-]{36}\.\d+`).FindString(line) // the newest
	c.refuses("was not sent yet: it can be skipped with all up to it, with --up-to", "events", "skip", "other", "--cursor", cursor)
	c.refuses("was not sent yet", "events", "replay", "other", "--cursor", cursor)
	db.Exec(t, `UPDATE event_endpoint SET failing_since = now(), position = 1; INSERT INTO event_retry (endpoint, position, at, kind, parcel, id, body, attempts, next_at, last_failure)
		SELECT 'other', position, at, kind, parcel, id, body, 1, now() - interval '1 minute', 'status 500' FROM event WHERE position = 1`)
	c.says("sent as a probe", "events", "list")
	if line := c.says("the last with status 500, waits for a probe", "events", "list", "other"); strings.Contains(line, "again at") || !strings.Contains(line, "failing    since 20") {
		t.Errorf("it says %s", line)
	}
	c.says("skipped: 2", "events", "skip", "other", "--up-to", cursor)
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
