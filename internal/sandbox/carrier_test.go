package sandbox_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

const (
	userName   = "gh_carrier"
	appID      = "wxcarrier"
	token      = "TokenOfTheTest"
	aesKey     = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
	password   = "PasswordOfTheTest"
	orderToken = "TokenOfTheOrder"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// noSecret fails the test if an error shows a secret.
func noSecret(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{token, aesKey, password, orderToken, "signature="} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows %q: %v", secret, err)
		}
	}
}

func account(m wechat.Mode) wechat.SenderOptions {
	return wechat.SenderOptions{UserName: userName, AppID: appID, Mode: m, Token: token, AESKey: aesKey}
}

// receiver opens pushes of any age that a test can have.
func receiver(t testing.TB, m wechat.Mode) *wechat.Receiver {
	t.Helper()
	r, err := wechat.NewReceiver(wechat.ReceiverOptions{
		UserName: userName, AppID: appID, Mode: m, Tokens: []string{token}, AESKeys: []string{aesKey}, Window: 10 * time.Minute,
	})
	must(t, err)
	return r
}

// platform plays WeChat towards a handler.
func platform(t testing.TB, h http.Handler, m wechat.Mode, f wechat.Format) *sandbox.Platform {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	p, err := sandbox.New(srv.URL+"/push", account(m), f)
	must(t, err)
	p.Patience = sandboxtest.WaitPatience
	return p
}

// inMemory is platform inside a bubble of testing/synctest, with WeChat's patience.
func inMemory(t testing.TB, h http.Handler, m wechat.Mode, f wechat.Format) *sandbox.Platform {
	t.Helper()
	p, err := sandbox.New("http://carrier/push", account(m), f)
	must(t, err)
	p.Client = sandboxtest.InMemory(t, map[string]http.Handler{"carrier": h})
	return p
}

// opening is a carrier that opens every push, and answers the URL check.
func opening(t testing.TB, m wechat.Mode, answer func(http.ResponseWriter, wechat.Query, *wechat.Push)) http.Handler {
	receiver := receiver(t, m)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := wechat.QueryFrom(r.URL.RawQuery)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Method == http.MethodGet {
			if echo, err := receiver.VerifyURL(q); err == nil && len(body) == 0 {
				_, _ = io.WriteString(w, echo)
				return
			}
		} else if push, err := receiver.Open(q, body); err == nil {
			answer(w, q, push)
			return
		}
		w.WriteHeader(http.StatusForbidden)
	})
}

// replying is a carrier that answers every push with what reply makes of it.
func replying(t testing.TB, m wechat.Mode, reply func(*wechat.Push) []byte) http.Handler {
	return opening(t, m, func(w http.ResponseWriter, _ wechat.Query, p *wechat.Push) {
		sealed, err := p.Seal(reply(p))
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(sealed)
	})
}

// right answers a cancel as a carrier should.
func right(t testing.TB) func(*wechat.Push) []byte {
	return func(p *wechat.Push) []byte { return cancelled(t, p).Encode(p.Format) }
}

// cancelled is the right reply to a cancel.
func cancelled(t testing.TB, p *wechat.Push) wechat.CancelReply {
	m, err := p.CancelWaybill()
	if err != nil {
		t.Error(err)
	}
	return m.Reply(0, "success")
}

func message() wechat.CancelWaybill {
	return wechat.CancelWaybill{
		ToUserName: userName, FromUserName: "oUser", CreateTime: 1533042556, Event: "cancel_waybill",
		BizID: "xyz", BizPwd: password, ShopAppID: "wxABCD", OrderID: "0123", WayBillID: "123456789",
	}
}

// request is one as it came over the wire.
type request struct{ url, contentType, body string }

// listener is a server that remembers every request and answers the nth, from
// 1, as it is set.
type listener struct {
	mu       sync.Mutex
	requests []request
	answer   func(n int, w http.ResponseWriter, r *http.Request)
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	l.mu.Lock()
	l.requests = append(l.requests, request{r.URL.String(), r.Header.Get("Content-Type"), string(body)})
	n := len(l.requests)
	l.mu.Unlock()
	l.answer(n, w, r)
}

func (l *listener) all() []request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests)
}

// same fails the test unless n requests came, alike to the byte.
func (l *listener) same(t *testing.T, n int) {
	t.Helper()
	all := l.all()
	if len(all) != n {
		t.Fatalf("%d requests came, not %d", len(all), n)
	}
	for _, r := range all[1:] {
		if r != all[0] {
			t.Errorf("a repeat differs:\n%+v\n%+v", r, all[0])
		}
	}
}

// hang keeps a request until the other side gives it up.
func hang(r *http.Request) { <-r.Context().Done() }
