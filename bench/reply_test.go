package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A reply may be longer than what the loader has room for at first, with its
// length or in chunks.
func TestLoaderReadsLongReplies(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	for _, length := range []string{"", "100000"} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if length != "" {
				w.Header().Set("Content-Length", length)
			}
			_, _ = w.Write([]byte(long)) // seen by what arrives
		}))
		t.Cleanup(s.Close)
		l, err := dialLoader(s.Listener.Addr().String(), 1)
		must(t, err)
		t.Cleanup(l.close)
		for range 2 {
			status, body, err := l.conns[0].do([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
			if status != http.StatusOK || string(body) != long || err != nil {
				t.Errorf("length %q: %d, %d bytes, %v", length, status, len(body), err)
			}
		}
	}
}

// When a closed loop has nothing left, whoever sends beside it stops too: long
// before it has sent all that it has, which would take minutes.
func TestOpenLoopsEndWithTheClosedOne(t *testing.T) {
	t.Parallel()
	addr := responder(t, func(_ int, request []byte) string { return accepted(request) })
	streams := make([]stream, 2)
	for i, n := range []int{10, 1500} {
		r, err := prepare(plainJSON, monthly, 0, n, n)
		must(t, err)
		l, err := dialLoader(addr, 2)
		must(t, err)
		t.Cleanup(l.close)
		streams[i] = stream{l, r, float64(i) * 10}
	}
	got, err := together(time.Hour, streams...)
	must(t, err)
	if got[0].replies != 10 || got[1].replies == 1500 {
		t.Errorf("%d and %d replies", got[0].replies, got[1].replies)
	}
}

// An open loop that has sent all that it has stops nobody.
func TestStreamsGoTogether(t *testing.T) {
	t.Parallel()
	addr := responder(t, func(_ int, request []byte) string { return accepted(request) })
	streams := make([]stream, 2)
	for i, rate := range []float64{100, 1000} {
		r, err := prepare(plainJSON, monthly, 0, []int{20, 1000}[i], 1000)
		must(t, err)
		l, err := dialLoader(addr, 4)
		must(t, err)
		t.Cleanup(l.close)
		streams[i] = stream{l, r, rate}
	}
	got, err := together(500*time.Millisecond, streams...)
	must(t, err)
	if got[0].replies != 20 || got[1].replies != 500 {
		t.Errorf("%d and %d replies, want 20 and 500", got[0].replies, got[1].replies)
	}
}
