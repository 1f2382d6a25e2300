package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler"
	"carrierhook/internal/handler/api"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// The tokens of the tests, by their scopes.
const (
	reader   = "cmVhZCBvbmx5LCBieSB0aGUgc3VwcG9ydCBwZW9wbGU"
	scanner  = "d3JpdGUgb25seSwgYnkgdGhlIHNjYW5uZXJzLCAzMmI"
	anything = "cmVhZCBhbmQgd3JpdGUsIGJ5IHRoZSBkaXNwYXRjaGU"
)

const allScopes = "read+scans+waybills+merchants+events+personal+admin"

// Texts that no log, metric or problem may show.
const (
	password = "correct horse battery"
	message  = "张师傅 13800138000 has it"
)

// server is the API on the internal listener's own engine.
type server struct {
	http.Handler
	api      *api.API
	store    *store
	registry *prometheus.Registry
	logs     *observer.ObservedLogs
	written  *bytes.Buffer
}

// options are what a test may change before the server is made.
type options = api.Options

// newServer makes a server with three tokens, and a waybill, a merchant and an order in its
// store. Its log and metrics are searched for secrets when the test is over.
func newServer(t testing.TB, change ...func(*options)) *server {
	t.Helper()
	s := makeServer(t, change...)
	t.Cleanup(func() {
		metrics, err := s.registry.Gather()
		must(t, err)
		all := s.written.String()
		for _, m := range metrics {
			all += m.String()
		}
		for _, secret := range []string{reader, scanner, anything, password, message, "13800138000"} {
			if strings.Contains(all, secret) {
				t.Errorf("the log or the metrics show %q:\n%s", secret, all)
			}
		}
	})
	return s
}

// makeServer is newServer without the search.
func makeServer(t testing.TB, change ...func(*options)) *server {
	t.Helper()
	s := &server{store: newStore(), registry: prometheus.NewRegistry(), written: &bytes.Buffer{}}
	observed, logs := observer.New(zap.DebugLevel)
	s.logs = logs
	log := zap.New(zapcore.NewTee(observed,
		zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.Lock(zapcore.AddSync(s.written)), zap.DebugLevel)))
	o := api.Options{
		Express: s.store, Instant: instantStore{s.store}, Ledger: s.store, Feed: s.store, Care: newCareStore(s.store), Log: log, Metrics: s.registry, FirstByte: handler.FirstByte, Working: handler.Working,
		Tokens: []api.Token{token(t, "support:read", reader), token(t, "scanners:scans", scanner), token(t, "dispatch:"+allScopes, anything)},
	}
	for _, f := range change {
		f(&o)
	}
	s.booked("M1", "W1")
	s.merchant("M1")
	s.review("gh_1", "M1", "wx1")
	s.placed("S1", "O1", delivery.Waiting)
	s.api = api.New(o)
	s.Handler = handler.Internal(log, s.registry, nil, &handler.Health{Ping: func(context.Context) error { return nil }}, s.api.Mount)
	return s
}

// token makes a token of a name and scopes.
func token(t testing.TB, nameAndScopes, secret string) api.Token {
	t.Helper()
	name, text, _ := strings.Cut(nameAndScopes, ":")
	scopes, ok := api.ParseScopes(text)
	if !ok {
		t.Fatalf("%q are no scopes", text)
	}
	return api.Token{Name: name, Scopes: scopes, Hash: sha256.Sum256([]byte(secret))}
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// request is a request with the token for everything, and the type of its body.
func request(method, target, body string) *http.Request {
	return requestAs(anything, method, target, body)
}

// requestAs is a request with another token.
func requestAs(secret, method, target, body string) *http.Request {
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req := httptest.NewRequest(method, target, r)
	req.Header.Set("Authorization", "Bearer "+secret)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// do sends a request and compares it, and what comes back, with the document.
func (s *server) do(t testing.TB, req *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(req.Body)
		must(t, err)
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	theDocument.holds(t, req, body, w)
	return w
}

// call is do for a request with the token for everything.
func (s *server) call(t testing.TB, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	return s.do(t, request(method, target, body))
}

// answers fails the test unless the request gets this status, and reads what the
// answer has.
func (s *server) answers(t testing.TB, status int, method, target, body string) map[string]any {
	t.Helper()
	return isJSON(t, status, s.call(t, method, target, body))
}

func isJSON(t testing.TB, status int, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	var got map[string]any
	must(t, json.Unmarshal(w.Body.Bytes(), &got))
	return got
}

// isProblem fails the test unless the answer is this problem.
func isProblem(t testing.TB, status int, name string, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	got := isJSON(t, status, w)
	if got["type"] != "urn:carrierhook:problem:"+name {
		t.Errorf("the problem is %v, want %s", got, name)
	}
	return got
}

// counted fails the test unless a series has this value, of a histogram this count. The
// labels are in the order of their names.
func (s *server) counted(t testing.TB, want float64, name string, labels ...string) {
	t.Helper()
	families, err := s.registry.Gather()
	must(t, err)
	got := 0.0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			same := f.GetName() == name
			for i, l := range m.GetLabel() {
				same = same && l.GetValue() == labels[i]
			}
			if same {
				got = m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	if got != want {
		t.Errorf("%s%v is %v, want %v", name, labels, got, want)
	}
}

// lines are the log's lines with a message, as their fields.
func (s *server) lines(message string) []map[string]any {
	var fields []map[string]any
	for _, l := range s.logs.FilterMessage(message).All() {
		fields = append(fields, l.ContextMap())
	}
	return fields
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
