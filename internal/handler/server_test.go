package handler_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/memnet"
	"carrierhook/internal/wechat"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// server is the whole package at work with a fake store.
type server struct {
	public, internal http.Handler
	store            *fakeStore
	health           *handler.Health
	listeners        *handler.ListenerMetrics
	log              *zap.Logger
	logs             *observer.ObservedLogs
	written          *output // the log as it is written in production, but for times
}

// options are what a test may change before the server is made.
type options struct {
	wechat.ReceiverOptions
	handler.PushOptions
	health *handler.Health
}

// newServer makes a server in a mode. When the test is over, everything that it
// logged and measured is searched for the samples' secrets and personal data.
func newServer(t testing.TB, mode wechat.Mode, change ...func(*options)) *server {
	t.Helper()
	s := makeServer(t, mode, change...)
	t.Cleanup(func() {
		hides(t, s, slices.Concat([]string{aesKey, token, otherProgram.aesKey, otherProgram.token, "xyz123", "oABCD"}, personal, personalInstant)...)
	})
	return s
}

// makeServer is newServer without the search, for input that may itself put the
// samples' secrets where they are to be seen.
func makeServer(t testing.TB, mode wechat.Mode, change ...func(*options)) *server {
	t.Helper()
	s := &server{store: &fakeStore{}, written: &output{}}
	observed, logs := observer.New(zap.DebugLevel)
	s.logs = logs
	s.log = zap.New(zapcore.NewTee(observed,
		zapcore.NewCore(zapcore.NewJSONEncoder(withoutClock()), s.written, zap.DebugLevel)))
	registry := prometheus.NewRegistry()
	o := options{
		ReceiverOptions: wechat.ReceiverOptions{
			UserName: userName, AppID: appID, Mode: mode,
			Tokens: []string{token}, AESKeys: []string{aesKey},
			Window: 10 * time.Minute,
			Now:    func() time.Time { return sampleTime },
			Rand:   fixedRand{},
		},
		PushOptions: handler.PushOptions{
			Express: s.store, Instant: s.store, Ledger: s.store, Deadline: patience, MaxBody: 256 << 10, MaxInFlight: 16,
			Log: s.log, Metrics: handler.NewMetrics(registry),
		},
		health: &handler.Health{Ping: func(context.Context) error { return nil }},
	}
	for _, f := range change {
		f(&o)
	}
	receiver, err := wechat.NewReceiver(o.ReceiverOptions)
	must(t, err)
	o.Accounts = append([]handler.Account{{Name: "main", Receiver: receiver}}, o.Accounts...)
	s.health = o.health
	s.listeners = handler.NewListenerMetrics(registry)
	s.public = handler.Public(handler.NewPush(o.PushOptions), s.health)
	s.internal = handler.Internal(s.log, registry, []string{"example.com"}, s.health, nil)
	return s
}

// start serves the public side on a port of its own and returns its address.
func (s *server) start(t testing.TB) string {
	t.Helper()
	ln := s.accepts(t, 0)
	srv := handler.NewServer(s.public, s.log)
	srv.ReadHeaderTimeout, srv.ReadTimeout, srv.WriteTimeout = patience, patience, patience
	memnet.Serve(t, srv, ln)
	return ln.Addr().String()
}

// options are those of a listener with so many connections at most.
func (s *server) options(max int) handler.ListenOptions {
	return handler.ListenOptions{Name: handler.PublicListener, Max: max, Log: s.log, Metrics: s.listeners}
}

// accepts listens on a port of its own.
func (s *server) accepts(t testing.TB, max int) net.Listener {
	t.Helper()
	ln, err := handler.Listen("127.0.0.1:0", s.options(max))
	must(t, err)
	return ln
}

// post pushes to the server without a network between.
func (s *server) post(q wechat.Query, body []byte) *httptest.ResponseRecorder {
	return s.do(http.MethodPost, handler.Path+"?"+q.Values().Encode(), body)
}

// push posts a packet as WeChat would, and opens the reply, if the answer has one.
func (s *server) push(t testing.TB, f wechat.Format, m wechat.Mode, packet []byte) (w *httptest.ResponseRecorder, reply []byte) {
	t.Helper()
	q, body := wechatPush(t, f, m, packet)
	w = s.post(q, body)
	if w.Code != http.StatusOK || w.Body.String() == "success" {
		return w, w.Body.Bytes()
	}
	return w, opened(t, q, f, m, w.Body.Bytes())
}

// opened is the packet inside a reply, after the checks that WeChat makes.
func opened(t testing.TB, q wechat.Query, f wechat.Format, m wechat.Mode, body []byte) []byte {
	t.Helper()
	packet, err := newSender(t, m).OpenReply(q, f, body)
	must(t, err)
	return packet
}

func (s *server) do(method, target string, body []byte) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.public.ServeHTTP(w, httptest.NewRequest(method, target, bytes.NewReader(body)))
	return w
}

// scrape returns all metrics as an operator's Prometheus gets them.
func (s *server) scrape(t testing.TB) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.internal.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("/metrics: status %d", w.Code)
	}
	return w.Body.String()
}

// counted fails the test unless a series, by its full name with labels, has this
// value; 0 is also that of one that is not there.
func (s *server) counted(t testing.TB, series string, want float64) {
	t.Helper()
	s.counts(t, map[string]float64{series: want})
}

// counts is counted for several series.
func (s *server) counts(t testing.TB, want map[string]float64) {
	t.Helper()
	got := map[string]float64{}
	for line := range strings.Lines(s.scrape(t)) {
		line = strings.TrimSpace(line)
		end := strings.LastIndexByte(line, ' ')
		if _, wanted := want[line[:max(end, 0)]]; wanted {
			value, err := strconv.ParseFloat(line[end+1:], 64)
			must(t, err)
			got[line[:end]] = value
		}
	}
	for series, value := range want {
		if got[series] != value {
			t.Errorf("%s is %v, want %v", series, got[series], value)
		}
	}
}

// line returns the only log entry with this message, and its fields.
func (s *server) line(t testing.TB, message string) (observer.LoggedEntry, map[string]any) {
	t.Helper()
	found := s.logs.FilterMessage(message).All()
	if len(found) != 1 {
		t.Fatalf("%d log lines %q, want 1; the log:\n%s", len(found), message, s.written)
	}
	return found[0], found[0].ContextMap()
}

// forget makes the server fit for another case.
func (s *server) forget() {
	s.logs.TakeAll()
	s.written.reset()
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.requests, s.store.recorded = nil, nil
}
