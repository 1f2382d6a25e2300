package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/localpg"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"

	"github.com/jackc/pgx/v5"
)

// A database that goes away leaves an honest -1 and a server that is degraded
// and ready; when the database comes back, so do the answers.
func TestDatabaseOutage(t *testing.T) {
	t.Parallel()
	pg := storetest.NewServer(t)
	url := pg.URL(localpg.Database)
	if err := store.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	putSamples(t, url)
	cfg := testConfig(url, wechat.Secure)
	cfg.WeChat.Deadline, cfg.Booking.Refresh = time.Second, 100*time.Millisecond
	p := start(t, cfg)
	strictConfig := cfg
	strictConfig.Health.Strict = true
	strict := start(t, strictConfig)
	p.waitReady(t)
	strict.waitReady(t)
	if code, body := get(t, p.public, "/readyz"); code != 200 || body != `{"status":"ready"}` {
		t.Errorf("before: %d %s", code, body)
	}
	if err := pg.Kill(); err != nil {
		t.Fatal(err)
	}
	w := p.wechat(t, wechat.Secure, wechat.XML)
	want(t, w, sampleCancel(0), -1)
	time.Sleep(1100 * time.Millisecond) // a look at the database is believed for a second
	if code, body := get(t, p.public, "/readyz"); code != 200 || body != `{"status":"degraded"}` {
		t.Errorf("during: %d %s", code, body)
	}
	if code, body := get(t, strict.public, "/readyz"); code != 503 || body != `{"status":"degraded"}` {
		t.Errorf("during, strict: %d %s", code, body)
	}
	if code, body := get(t, p.public, "/healthz"); code != 200 || body != `{"status":"alive"}` {
		t.Errorf("alive: %d %s", code, body)
	}
	if err := pg.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	soon(t, w, sampleCancel(0))
	// The catalogue was looked at ten times a second all the while.
	p.log.wait(t, "the catalogue can be looked at again")
	if n := strings.Count(p.log.String(), "the catalogue cannot be looked at"); n != 1 {
		t.Errorf("the log says %d times that the catalogue cannot be looked at:\n%s", n, p.log)
	}
}

// soon repeats a push, as WeChat does, until it is told that it succeeded.
func soon(t *testing.T, w *sandbox.Platform, m wechat.CancelWaybill) {
	t.Helper()
	for range 20 {
		a, err := w.Cancel(t.Context(), m)
		if err == nil && a.Reply.ResultCode == 0 {
			return
		}
		if err != nil || a.Reply.ResultCode != -1 {
			t.Fatalf("ResultCode %d, %v", a.Reply.ResultCode, err)
		}
	}
	t.Fatal("it was -1 every time")
}

// A server that starts before its database waits for it, and answers -1 until
// then.
func TestStartBeforeDatabase(t *testing.T) {
	t.Parallel()
	pg := storetest.NewServer(t)
	url := pg.URL(localpg.Database)
	if err := store.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	putSamples(t, url)
	if err := pg.Kill(); err != nil {
		t.Fatal(err)
	}
	cfg := testConfig(url, wechat.Secure)
	cfg.WeChat.Deadline = 500 * time.Millisecond
	p := start(t, cfg)
	if code, body := get(t, p.public, "/readyz"); code != 503 || body != `{"status":"starting"}` {
		t.Errorf("%d %s", code, body)
	}
	w := p.wechat(t, wechat.Secure, wechat.XML)
	want(t, w, sampleCancel(0), -1)
	if err := pg.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.waitReady(t)
	soon(t, w, sampleCancel(0))
}

// A schema that is behind is refused, one that is ahead is served.
func TestSchemaVersions(t *testing.T) {
	t.Parallel()
	log, err := newLogger(new(output), "info")
	if err != nil {
		t.Fatal(err)
	}
	err = run(t.Context(), testConfig(storetest.EmptyURL(t), wechat.Secure), log, nil)
	if !errors.Is(err, store.ErrSchemaBehind) {
		t.Errorf("a schema that is behind: %v", err)
	}
	url := withSamples(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)"); err != nil {
		t.Fatal(err)
	}
	p := start(t, testConfig(url, wechat.Secure))
	p.waitReady(t)
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(0), 0)
}

// What a listener cannot have ends the program with the key's name.
func TestAddressInUse(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	log, err := newLogger(new(output), "info")
	if err != nil {
		t.Fatal(err)
	}
	cfg := testConfig(storetest.URL(t), wechat.Secure)
	cfg.InternalListen = ln.Addr().String()
	if err := run(t.Context(), cfg, log, nil); err == nil || !strings.Contains(err.Error(), "internal_listen") {
		t.Errorf("got %v", err)
	}
}

// serveEnv configures a serve process by its environment alone.
func serveEnv(url, listen, drain string) []string {
	return []string{
		"CARRIERHOOK_LISTEN=" + listen, "CARRIERHOOK_INTERNAL_LISTEN=127.0.0.1:0", "CARRIERHOOK_DATABASE_URL=" + url,
		"CARRIERHOOK_WECHAT_USER_NAME=gh_abcdefg", "CARRIERHOOK_WECHAT_APP_ID=wxb11529c136998cb6",
		"CARRIERHOOK_WECHAT_TOKEN=" + testToken, "CARRIERHOOK_WECHAT_AES_KEY=" + testAESKey,
		"CARRIERHOOK_SHUTDOWN_DRAIN=" + drain,
	}
}

// SIGTERM: not ready any more, but serving until the drain is over; then exit 0.
func TestSigterm(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	cmd := process(t.TempDir(), serveEnv(url, "127.0.0.1:0", "3s"), "serve")
	log := new(output)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	log.wait(t, `"msg":"ready"`)
	p := &program{cfg: testConfig(url, wechat.Secure), log: log}
	p.public = listenedOn(t, log)
	if code, _ := get(t, p.public, "/readyz"); code != 200 {
		t.Errorf("ready: %d", code)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	log.wait(t, `"msg":"draining"`)
	if code, body := get(t, p.public, "/readyz"); code != 503 || body != `{"status":"draining"}` {
		t.Errorf("draining: %d %s", code, body)
	}
	if code, _ := get(t, p.public, "/healthz"); code != 200 {
		t.Errorf("alive while draining: %d", code)
	}
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(0), 0)
	if err := cmd.Wait(); err != nil {
		t.Errorf("exit: %v\n%s", err, log)
	}
	if !strings.Contains(log.String(), `"msg":"stopped"`) {
		t.Errorf("no last word:\n%s", log)
	}
	noSecrets(t, log.String())
}

// tcp is an address that a process logged.
type tcp string

func (tcp) Network() string  { return "tcp" }
func (a tcp) String() string { return string(a) }

func listenedOn(t *testing.T, log *output) tcp {
	t.Helper()
	_, rest, found := strings.Cut(log.String(), `"public":"`)
	addr, _, _ := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("no address in\n%s", log)
	}
	return tcp(addr)
}

// Without a configuration serve says everything that is missing at once.
func TestServeUnconfigured(t *testing.T) {
	t.Parallel()
	out, err := runs(t, t.TempDir(), nil, "serve")
	if err == nil {
		t.Fatal("it started")
	}
	for _, key := range []string{"database.url", "wechat.user_name", "wechat.app_id", "wechat.token", "wechat.aes_key"} {
		if !strings.Contains(out, key) {
			t.Errorf("%s is not named in\n%s", key, out)
		}
	}
}

// serve on an embedded Postgres that was named on purpose migrates it.
func TestServeEmbedded(t *testing.T) {
	t.Parallel()
	cfg := testConfig("", wechat.Secure)
	cfg.Database.Dir = dataDir(t)
	p := start(t, cfg)
	p.waitReady(t)
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(0), 30001)
}

// dataDir is a folder that the account of an embedded Postgres can reach. The data
// is in it, or in the folder below it where a demo keeps its own.
func dataDir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "carrierhook-test-")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		err := errors.Join(removeData(filepath.Join(dir, demoDir)), removeData(dir), os.RemoveAll(dir))
		if err != nil {
			tb.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// removeData waits for a Postgres whose owner was killed, as a test that fails
// does. It also removes what could not be in the folder, and is below /var/tmp.
func removeData(dir string) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if err := localpg.Remove(dir); !errors.Is(err, localpg.ErrInUse) || time.Now().After(deadline) {
			return err
		}
	}
}
