package main

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"

	"github.com/jackc/pgx/v5"
)

// A schema that is behind is refused, one that is ahead is served.
func TestSchemaVersions(t *testing.T) {
	t.Parallel()
	log, err := newLogger(new(output), "info")
	must(t, err)
	err = run(t.Context(), testConfig(storetest.EmptyURL(t), wechat.Secure), log, nil)
	if !errors.Is(err, store.ErrSchemaBehind) {
		t.Errorf("a schema that is behind: %v", err)
	}
	url := withSamples(t)
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
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
	must(t, err)
	defer ln.Close()
	log, err := newLogger(new(output), "info")
	must(t, err)
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

// serve on an embedded Postgres that was named on purpose migrates it.
func TestServeEmbedded(t *testing.T) {
	t.Parallel()
	cfg := testConfig("", wechat.Secure)
	cfg.Database.Dir = dataDir(t)
	p := start(t, cfg)
	p.waitReady(t)
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(0), 30001)
}
