package sandbox_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// heard is one request as it came over the wire.
type heard struct {
	url, contentType string
	body             string
}

// listener is a server that remembers every request and answers the nth, from
// 1, as it is set.
type listener struct {
	mu     sync.Mutex
	heard  []heard
	answer func(n int, w http.ResponseWriter, r *http.Request, body []byte)
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	l.mu.Lock()
	l.heard = append(l.heard, heard{r.URL.String(), r.Header.Get("Content-Type"), string(body)})
	n := len(l.heard)
	l.mu.Unlock()
	l.answer(n, w, r, body)
}

func (l *listener) all() []heard {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]heard(nil), l.heard...)
}

// same fails the test unless n requests came, alike to the byte.
func (l *listener) same(t *testing.T, n int) {
	t.Helper()
	all := l.all()
	if len(all) != n {
		t.Fatalf("%d requests came, not %d", len(all), n)
	}
	for _, h := range all[1:] {
		if h != all[0] {
			t.Errorf("a repeat differs:\n%+v\n%+v", h, all[0])
		}
	}
}

// hang keeps a request until the other side gives it up.
func hang(r *http.Request) { <-r.Context().Done() }

// right answers a push as a carrier should.
func right(t testing.TB, m wechat.Mode) func(http.ResponseWriter, *http.Request, []byte) {
	h := replying(t, m, func(p *wechat.Push) []byte { return cancelled(t, p).Encode(p.Format) })
	return func(w http.ResponseWriter, r *http.Request, body []byte) {
		r.Body = io.NopCloser(bytes.NewReader(body))
		h.ServeHTTP(w, r)
	}
}

// cancelled is the right reply to a cancel.
func cancelled(t testing.TB, p *wechat.Push) wechat.CancelReply {
	m, err := p.CancelWaybill()
	if err != nil {
		t.Error(err)
	}
	return m.Reply(0, "success")
}

// opener opens pushes, and never minds their age.
func opener(t testing.TB, m wechat.Mode) *wechat.Receiver {
	t.Helper()
	r, err := wechat.NewReceiver(wechat.ReceiverOptions{
		UserName: userName, AppID: appID, Mode: m, Tokens: []string{token}, AESKeys: []string{aesKey}, Window: 10 * time.Minute,
	})
	must(t, err)
	return r
}

// deliverer is a platform that can commit every fault.
func deliverer(t testing.TB, h http.Handler, m wechat.Mode, f wechat.Format) *sandbox.Platform {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	p, err := sandbox.New(srv.URL+"/push", account(m), f)
	must(t, err)
	p.Patience = sandboxtest.WaitPatience
	return p
}

// inMemory is a deliverer inside a bubble of testing/synctest, with WeChat's
// patience. It cannot hang up, which dials by itself.
func inMemory(t testing.TB, h http.Handler, m wechat.Mode, f wechat.Format) *sandbox.Platform {
	t.Helper()
	p, err := sandbox.New("http://carrier/push", account(m), f)
	must(t, err)
	p.Client = sandboxtest.InMemory(t, map[string]http.Handler{"carrier": h})
	return p
}

func account(m wechat.Mode) wechat.SenderOptions {
	return wechat.SenderOptions{UserName: userName, AppID: appID, Mode: m, Token: token, AESKey: aesKey}
}
