package handler_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
)

// TestNoSuchThing: other methods and paths get a bare status too.
func TestNoSuchThing(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	srv := httptest.NewServer(s.public)
	defer srv.Close()
	query := "?" + signed("").Values().Encode()
	tests := []struct {
		method, path string
		status       int
	}{
		{http.MethodHead, handler.Path + query, http.StatusMethodNotAllowed},
		{http.MethodPut, handler.Path + query, http.StatusMethodNotAllowed},
		{http.MethodPatch, handler.Path, http.StatusMethodNotAllowed},
		{http.MethodDelete, handler.Path, http.StatusMethodNotAllowed},
		{http.MethodOptions, handler.Path, http.StatusMethodNotAllowed},
		{"BREW", handler.Path, http.StatusMethodNotAllowed},
		{http.MethodPost, "/healthz", http.StatusMethodNotAllowed},
		{http.MethodPost, handler.Path + "/", http.StatusNotFound},
		{http.MethodPost, "/WeChat/push", http.StatusNotFound},
		{http.MethodGet, "/", http.StatusNotFound},
		{http.MethodGet, "/metrics", http.StatusNotFound},
		{http.MethodGet, "/debug/pprof/", http.StatusNotFound},
	}
	for _, tt := range tests {
		req, err := http.NewRequest(tt.method, srv.URL+tt.path, strings.NewReader("x"))
		must(t, err)
		res, err := srv.Client().Do(req)
		must(t, err)
		body, err := io.ReadAll(res.Body)
		must(t, err)
		must(t, res.Body.Close())
		if res.StatusCode != tt.status || len(body) > 0 || res.Header.Get("Content-Type") != "" {
			t.Errorf("%s %s: status %d, %q, %v; want a bare %d", tt.method, tt.path, res.StatusCode, body, res.Header, tt.status)
		}
	}
}
