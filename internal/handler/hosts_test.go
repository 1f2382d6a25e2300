package handler_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// TestMetricsHost: metrics are served under our names and addresses, and not under
// one that a web page may have made its own; a probe is answered whatever it calls us.
func TestMetricsHost(t *testing.T) {
	t.Parallel()
	r := prometheus.NewRegistry()
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "shown"}, func() float64 { return 1 }))
	for host, served := range map[string]bool{
		"127.0.0.1:9090": true, "localhost:9090": true, "LOCALHOST": true, "[::1]:9090": true,
		"10.0.0.5:9090": true, "10.0.0.5": true, "[fd00::5]:9090": true,
		"server:9090": true, "Server": true, "hook-1.internal:9090": true,
		"": false, "evil.example": false, "evil.example:9090": false, "server.evil.example:9090": false, "xserver": false, "erver": false,
		"server:9090:1": false, "server:x": false, "10.0.0.5.evil.example": false, "0.0.0.0:9090": false, "[::]:9090": false, "[::ffff:0.0.0.0]:9090": false,
		strings.Repeat("y", 10_000): false,
	} {
		s := newServer(t, wechat.Plain)
		s.health.Started()
		s.internal = handler.Internal(s.log, r, []string{"server", "hook-1.internal", "example.com"}, s.health, nil)
		request := func(h http.Handler, method, path string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			req := httptest.NewRequest(method, path, nil)
			req.Host = host
			h.ServeHTTP(w, req)
			return w
		}
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			w := request(s.internal, method, "/metrics")
			if want := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[served]; w.Code != want || strings.Contains(w.Body.String(), "shown") != served {
				t.Errorf("%s %q: status %d, %s", method, host, w.Code, w.Body)
			}
			if !served && !strings.Contains(w.Body.String(), "internal_hosts") {
				t.Errorf("%q: the refusal does not say what to do: %s", host, w.Body)
			}
		}
		for _, line := range s.logs.FilterMessage("metrics refused").All() {
			fields := line.ContextMap()
			if said, _ := fields["host"].(string); served || line.Level != zap.WarnLevel || !strings.HasPrefix(host, said) || len(said) > 500 || fields["peer"] != "192.0.2.1" {
				t.Errorf("%q: the log says %v", host, fields)
			}
		}
		if n := s.logs.FilterMessage("metrics refused").Len(); n == 0 && !served {
			t.Errorf("%q: nothing is in the log", host)
		}
		for side, h := range map[string]http.Handler{"public": s.public, "internal": s.internal} {
			for _, path := range []string{"/healthz", "/readyz"} {
				if w := request(h, http.MethodGet, path); w.Code != http.StatusOK {
					t.Errorf("%q: %s on the %s side: status %d", host, path, side, w.Code)
				}
			}
		}
	}
}

// TestMetricsForNoPage: nothing lets another site's page read what is here.
func TestMetricsForNoPage(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	for _, path := range []string{"/metrics", "/healthz", "/readyz", "/debug/pprof/"} {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			w := httptest.NewRecorder()
			req := httptest.NewRequest(method, path, nil)
			req.Header.Set("Origin", "https://evil.example")
			req.Header.Set("Access-Control-Request-Method", "GET")
			s.internal.ServeHTTP(w, req)
			for key := range w.Header() {
				if strings.HasPrefix(key, "Access-Control-") {
					t.Errorf("%s %s: %s", method, path, key)
				}
			}
			if strings.Contains(path, "pprof") && w.Code != http.StatusNotFound {
				t.Errorf("%s %s: status %d", method, path, w.Code)
			}
		}
	}
}
