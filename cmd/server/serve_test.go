package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
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
	if err := pg.Kill(); err != nil {
		t.Fatal(err)
	}
	w := p.wechat(t, wechat.Secure, wechat.XML)
	want(t, w, sampleCancel(0), -1)
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
	p.log.wait(t, "the catalogue cannot be looked at")
	if err := pg.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	soon(t, w, sampleCancel(0))
	// The catalogue was looked at a hundred times a second all the while.
	p.log.wait(t, "the catalogue can be looked at again")
	if n := strings.Count(p.log.String(), "the catalogue cannot be looked at"); n != 1 {
		t.Errorf("the log says %d times that the catalogue cannot be looked at:\n%s", n, p.log)
	}
}

// soon repeats a push, as WeChat does, until it is told that it succeeded.
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
	if err := store.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	putSamples(t, url)
	if err := pg.Kill(); err != nil {
		t.Fatal(err)
	}
	cfg := testConfig(url, wechat.Secure)
	cfg.WeChat.Deadline = 500 * time.Millisecond // and only that ends the first push
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

// serving starts serve as a process and waits until it is ready.
func serving(t *testing.T, drain time.Duration) (cmd *exec.Cmd, p *program) {
	t.Helper()
	url := withSamples(t)
	cmd = process(t.TempDir(), serveEnv(url, "127.0.0.1:0", drain.String()), "serve")
	log := new(output)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	p = &program{cfg: testConfig(url, wechat.Secure), log: log}
	p.waitReady(t)
	p.public = listenedOn(t, log)
	return cmd, p
}

// ends waits until a process has ended.
func ends(t *testing.T, cmd *exec.Cmd, log *output) error {
	t.Helper()
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	select {
	case err := <-over:
		return err
	case <-time.After(patience):
		t.Fatalf("it does not end:\n%s", log)
		return nil
	}
}

// SIGTERM: not ready any more, but serving until the drain is over. Who does not
// want to wait for that sends another.
func TestSigterm(t *testing.T) {
	t.Parallel()
	cmd, p := serving(t, time.Hour)
	if code, _ := get(t, p.public, "/readyz"); code != 200 {
		t.Errorf("ready: %d", code)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.log.wait(t, `"msg":"draining"`)
	if code, body := get(t, p.public, "/readyz"); code != 503 || body != `{"status":"draining"}` {
		t.Errorf("draining: %d %s", code, body)
	}
	if code, _ := get(t, p.public, "/healthz"); code != 200 {
		t.Errorf("alive while draining: %d", code)
	}
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(0), 0)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := ends(t, cmd, p.log)
	if how, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || how.Signal() != syscall.SIGTERM {
		t.Errorf("after the second signal: %v\n%s", err, p.log)
	}
	noSecrets(t, p.log.String())
}

// Once the drain is over, and not before, the program ends with exit 0.
func TestDrain(t *testing.T) {
	t.Parallel()
	const drain = 300 * time.Millisecond
	cmd, p := serving(t, drain)
	sent := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := ends(t, cmd, p.log); err != nil {
		t.Errorf("exit: %v\n%s", err, p.log)
	}
	if took := time.Since(sent); took < drain {
		t.Errorf("it was over after %v", took)
	}
	_, rest, _ := strings.Cut(p.log.String(), `"msg":"draining"`)
	if !strings.Contains(rest, `"msg":"stopped"`) {
		t.Errorf("no last word:\n%s", p.log)
	}
	noSecrets(t, p.log.String())
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
