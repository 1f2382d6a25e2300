package main

import (
	"errors"
	"net"
	"strings"
	"testing"

	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"
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
	execute(t, url, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
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
