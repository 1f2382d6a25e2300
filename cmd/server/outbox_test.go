package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/demo"
	"carrierhook/internal/event"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"
)

const endpointKey = "thirty-two bytes of a webhook key"

// webhooks is an endpoint that verifies and takes what it gets.
func webhooks(t *testing.T) (e config.Endpoint, got chan string) {
	t.Helper()
	got = make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		h := hmac.New(sha256.New, []byte(endpointKey))
		h.Write([]byte(r.Header.Get("webhook-id") + "." + r.Header.Get("webhook-timestamp") + "."))
		h.Write(body)
		if want := "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil)); r.Header.Get("webhook-signature") != want {
			t.Errorf("signed %s, want %s", r.Header.Get("webhook-signature"), want)
		}
		got <- string(body)
	}))
	t.Cleanup(server.Close)
	return config.Endpoint{Name: "dispatch", URL: config.Secret(server.URL + "/?key=keyThatMustNotShow"), Keys: []config.Secret{endpointKey}, Kinds: event.Kinds()}, got
}

// next is the next event that an endpoint gets.
func next(t *testing.T, got chan string) (e struct {
	Kind      event.Kind
	WaybillID string `json:"waybill_id"`
	Account   string
}) {
	t.Helper()
	select {
	case body := <-got:
		must(t, json.Unmarshal([]byte(body), &e))
	case <-time.After(patience):
		t.Fatal("no event came")
	}
	return e
}

// A cancel that was answered reaches the carrier's dispatch, signed; a server that ends
// gives its lease back.
func TestWebhookOfCancel(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	cfg := testConfig(url, wechat.Secure)
	e, got := webhooks(t)
	cfg.Events.Endpoints = []config.Endpoint{e}
	p := start(t, cfg)
	db := storetest.OpenDatabase(t, url)
	db.WaitFor(t, `SELECT count(*) FROM event_endpoint WHERE leased_by IS NOT NULL`)
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(1), 0)
	if e := next(t, got); e.Kind != event.WaybillCancelled || e.WaybillID != demo.WaybillID || e.Account != "gh_abcdefg" {
		t.Errorf("got %+v", e)
	}
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(2), 30003)
	if e := next(t, got); e.Kind != event.WaybillCancelRefused {
		t.Errorf("got %+v", e)
	}
	storetest.Until(t, "both are counted", func() bool {
		return p.metric(t, `carrierhook_endpoint_attempts_total{endpoint="dispatch",result="delivered"}`) == 2
	})
	must(t, p.stop())
	db.WantInt(t, 0, `SELECT count(leased_by) FROM event_endpoint`)
	db.WantInt(t, 2, `SELECT position FROM event_endpoint`)
	for _, secret := range []string{"keyThatMustNotShow", endpointKey} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
}

// What is decided while a server drains reaches the endpoint before it ends.
func TestWebhookWhileDraining(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	cfg := testConfig(url, wechat.Secure)
	cfg.Shutdown.Drain = 5 * time.Second
	e, got := webhooks(t)
	cfg.Events.Endpoints = []config.Endpoint{e}
	p := start(t, cfg)
	p.waitReady(t)
	left := make(chan error, 1)
	go func() { left <- p.stop() }()
	p.log.wait(t, `"msg":"draining"`)
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(1), 0)
	must(t, <-left)
	select {
	case <-got:
	default:
		t.Error("the event waits for the next start")
	}
	storetest.OpenDatabase(t, url).WantInt(t, 0, `SELECT count(leased_by) FROM event_endpoint`)
}
