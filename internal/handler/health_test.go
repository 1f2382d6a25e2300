package handler_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
)

// probe asks one of the health checks.
func probe(t testing.TB, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	var said struct{ Status string }
	if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil {
		t.Errorf("%s: %q is not JSON", path, w.Body)
	}
	if strings.Contains(w.Body.String(), "10.1.2.3") {
		t.Errorf("%s tells strangers about the database: %s", path, w.Body)
	}
	return w.Code, said.Status
}

// TestReady walks through a server's life. A database that is away does not take
// it out of the balancer unless strict.
func TestReady(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name             string
		strict           bool
		started, drained bool
		ping             error
		code             int
		status           string
	}{
		{"starting", false, false, false, nil, 503, "starting"},
		{"starting without a database", false, false, false, errAway, 503, "starting"},
		{"ready", false, true, false, nil, 200, "ready"},
		{"ready, strict", true, true, false, nil, 200, "ready"},
		{"database away", false, true, false, errAway, 200, "degraded"},
		{"database away, strict", true, true, false, errAway, 503, "degraded"},
		{"draining", false, true, true, nil, 503, "draining"},
		{"draining before it started", false, false, true, nil, 503, "draining"},
	}
	for _, tt := range tests {
		s := newServer(t, wechat.Plain, func(o *options) {
			o.health = &handler.Health{Strict: tt.strict, Ping: func(context.Context) error { return tt.ping }}
		})
		if tt.started {
			s.health.Started()
		}
		if tt.drained {
			s.health.Drain()
		}
		for side, h := range map[string]http.Handler{"public": s.public, "internal": s.internal} {
			if code, status := probe(t, h, "/readyz"); code != tt.code || status != tt.status {
				t.Errorf("%s, %s: %d %q, want %d %q", tt.name, side, code, status, tt.code, tt.status)
			}
			if code, status := probe(t, h, "/healthz"); code != http.StatusOK || status != "alive" {
				t.Errorf("%s, %s: /healthz %d %q", tt.name, side, code, status)
			}
		}
	}
}

// TestDrainingServesOn: a server that is about to stop still answers pushes.
func TestDrainingServesOn(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	s.health.Drain()
	if w := s.post(samplePush(t, wechat.XML, wechat.Plain)); w.Code != http.StatusOK {
		t.Errorf("status %d", w.Code)
	}
}

// TestPingIsShared: health checks cost the database one look a second, however
// many ask; a change shows a second later.
func TestPingIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var pings atomic.Int32
		var away atomic.Bool
		var changes []error
		h := &handler.Health{Changed: func(err error) { changes = append(changes, err) }, Ping: func(context.Context) error {
			pings.Add(1)
			if away.Load() {
				return errAway
			}
			return nil
		}}
		s := newServer(t, wechat.Plain, func(o *options) { o.health = h })
		h.Started()
		for range 50 {
			if _, status := probe(t, s.public, "/readyz"); status != "ready" {
				t.Errorf("status %q", status)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if n := pings.Load(); n != 1 {
			t.Errorf("50 checks in half a second pinged %d times", n)
		}
		away.Store(true)
		if _, status := probe(t, s.public, "/readyz"); status != "ready" {
			t.Errorf("at once: %q", status)
		}
		time.Sleep(1100 * time.Millisecond)
		if _, status := probe(t, s.public, "/readyz"); status != "degraded" {
			t.Errorf("a second later: %q", status)
		}
		if n := pings.Load(); n != 2 {
			t.Errorf("pinged %d times in all", n)
		}
		for range 2 { // away still, and then back and back still
			time.Sleep(1100 * time.Millisecond)
			probe(t, s.public, "/readyz")
		}
		away.Store(false)
		for range 2 {
			time.Sleep(1100 * time.Millisecond)
			probe(t, s.public, "/readyz")
		}
		if want := []error{errAway, nil}; !slices.Equal(changes, want) {
			t.Errorf("changed to %v, want %v", changes, want)
		}
	})
}

// TestImpatientProbe: what one asker finds serves others, so its hanging up does
// not make the database look away.
func TestImpatientProbe(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain, func(o *options) {
		o.health.Ping = func(ctx context.Context) error { return ctx.Err() }
	})
	s.health.Started()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	s.public.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(gone, http.MethodGet, "/readyz", nil))
	if _, status := probe(t, s.public, "/readyz"); status != "ready" {
		t.Errorf("status %q", status)
	}
}

// TestInternalSide: metrics are for operators, pushes for WeChat.
func TestInternalSide(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	if !strings.Contains(s.scrape(t), "# HELP carrierhook_wechat_clock_difference_seconds ") {
		t.Error("the internal side has no metrics")
	}
	if w := s.do(http.MethodGet, "/metrics", nil); w.Code != http.StatusNotFound || w.Body.Len() > 0 {
		t.Errorf("the public side: status %d, %q", w.Code, w.Body)
	}
	w := httptest.NewRecorder()
	s.internal.ServeHTTP(w, httptest.NewRequest(http.MethodPost, handler.Path, nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("a push on the internal side: status %d", w.Code)
	}
}

// TestNoProxyIsBelieved: the log names who connected, not who a header says.
func TestNoProxyIsBelieved(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	req := httptest.NewRequest(http.MethodPost, handler.Path, strings.NewReader("{}"))
	req.RemoteAddr = "192.0.2.7:1234"
	for _, name := range []string{"X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "X-Appengine-Remote-Addr"} {
		req.Header.Set(name, "203.0.113.9")
	}
	s.public.ServeHTTP(httptest.NewRecorder(), req)
	if _, fields := s.line(t, "refused: timestamp"); fields["peer"] != "192.0.2.7" {
		t.Errorf("peer %v", fields["peer"])
	}
}
