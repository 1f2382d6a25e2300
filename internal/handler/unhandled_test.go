package handler_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// noteworthy is in what the tests send, and must not be in what is logged of it.
const noteworthy = "notforthelog"

// request is one without a body.
func request(method, target string, headers ...string) string {
	lines := append([]string{method + " " + target + " HTTP/1.1", "Host: x"}, headers...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

type unhandledCase struct {
	name, sent string
	status     int // of the answer; 0: there is none, and the server closes
	reason     string
}

func unhandledCases(t testing.TB) []unhandledCase {
	query := "?openid=" + noteworthy + "&" + signed("").Values().Encode()
	long := strings.Repeat(noteworthy, 500)      // within what net/http reads
	hostile := "\x1b[31m\x00\u2028" + noteworthy // and what a terminal takes for orders
	return []unhandledCase{
		{"a slash at the end of the push's path", request("POST", handler.Path+"/"+query), 404, "misdirected"},
		{"a doubled slash", request("GET", "/"+handler.Path+query), 404, "misdirected"},
		{"without a signature", request("GET", handler.Path+"//"), 404, "misdirected"},
		{"a mini program that is none", request("GET", handler.Path+"/"+noteworthy), 404, "misdirected"},
		{"a path that only begins like the push's", request("GET", handler.Path+noteworthy), 404, "path"},
		{"another letter case", request("POST", "/WeChat/Push"+query), 404, "misdirected"},
		{"a push at a rewritten path", request("POST", "/push/"+noteworthy+query), 404, "misdirected"},
		{"another path", request("GET", "/"+noteworthy+"?signature=1"), 404, "path"},
		{"another method", request("PUT", handler.Path+query), 405, "method"},
		{"HEAD", request("HEAD", handler.Path+query), 405, "method"},
		{"PROXY protocol, version 1", string(sample(t, "proxy-protocol-line.http")), 400, "proxy_protocol"},
		{"PROXY protocol, version 2", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + noteworthy + request("GET", "/healthz"), 400, "proxy_protocol"},
		{"TLS with a line break in it", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n" + noteworthy, 400, "tls"},
		{"TLS without one", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + noteworthy, 400, "tls"},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 404, "http2"},
		{"headers of 21 kilobytes", request("POST", handler.Path+query, "X-Trace: "+strings.Repeat(noteworthy, 1750)), 431, "headers_too_large"},
		{"a target of 21 kilobytes", request("GET", "/"+strings.Repeat(noteworthy, 1750)), 431, "headers_too_large"},
		{"no host", "GET /" + noteworthy + " HTTP/1.1\r\n\r\n", 400, "malformed"},
		{"two hosts", request("GET", "/", "Host: "+long), 400, "malformed"},
		{"a host that is none", "GET / HTTP/1.1\r\nHost: " + noteworthy + "/ \x80\r\n\r\n", 400, "malformed"},
		{"no HTTP", noteworthy + " " + noteworthy + "\r\n\r\n", 400, "malformed"},
		{"a long word that is no HTTP", long + "\r\n\r\n", 400, "malformed"},
		{"a method that is none", request(hostile, "/"+noteworthy), 400, "malformed"},
		{"a long method", request(long, "/"+noteworthy), 404, "path"},
		{"a target that is none", request("GET", hostile), 400, "malformed"},
		{"a path of control characters", request("GET", "/%1b%00%0a"+noteworthy), 404, "path"},
		{"a version that is none", "GET / " + long + "\r\nHost: x\r\n\r\n", 400, "malformed"},
		{"another version", "GET / HTTP/7.0" + noteworthy + "\r\nHost: x\r\n\r\n", 400, "malformed"},
		{"a header's name that is none", request("GET", "/", noteworthy+"\x01: "+long), 400, "malformed"},
		{"a header's value that is none", request("GET", "/", "X: "+hostile), 400, "malformed"},
		{"a length that is none", request("POST", "/", "Content-Length: "+long), 400, "malformed"},
		{"two lengths", request("POST", "/", "Content-Length: 1", "Content-Length: 2"+noteworthy), 400, "malformed"},
		{"a long encoding", request("POST", "/", "Transfer-Encoding: "+long), 501, "malformed"},
		{"a header that is none", request("GET", "/healthz", noteworthy), 400, "malformed"},
		{"HTTP/3", "GET /" + noteworthy + " HTTP/3.0\r\nHost: x\r\n\r\n", 505, "malformed"},
		{"a strange encoding", request("POST", handler.Path, "Transfer-Encoding: "+noteworthy), 501, "malformed"},
		{"a strange expectation", request("POST", handler.Path, "Expect: "+noteworthy, "Content-Length: 1"), 417, "malformed"},
		{"headers that stop in the middle", "POST " + handler.Path + query + " HTTP/1.1\r\nHost: " + noteworthy, 0, "incomplete"},
	}
}

// TestUnhandled: what no handler gets leaves one short line that says what it looks like, and
// nothing of what was in it, and counts by its reason. Some of the line is net/http's own
// words.
func TestUnhandled(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for _, tt := range unhandledCases(t) {
		tried[tt.reason] = true
		for _, before := range []int{0, 2} { // requests on the connection that were answered
			t.Run(fmt.Sprintf("%s, after %d", tt.name, before), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newServer(t, wechat.Plain)
					want := tt.reason
					if begins := want == "proxy_protocol" || want == "tls"; begins && before > 0 {
						if want = "malformed"; !strings.Contains(tt.sent, "\n") {
							want = "incomplete"
						}
					}
					s.sendUnhandled(t, before, tt)
					s.onlyUnhandled(t, want, 1)
					entry, fields := s.line(t, "refused: "+want)
					logged, _ := fields["status"].(int64)
					if entry.Level != zap.WarnLevel || int(logged) != tt.status || fields["listener"] != "public" || fields["peer"] == "" {
						t.Errorf("%v, %v", entry.Level, fields)
					}
					if why, _ := fields["why"].(string); len(why) < 10 || s.logs.Len() != 1 || len(s.written.String()) > 500 {
						t.Errorf("the log says:\n%s", s.written)
					}
					hides(t, s, noteworthy, "192.0.2.1")
				})
			})
		}
	}
	for _, reason := range handler.UnhandledReasons() {
		if !tried[reason] {
			t.Errorf("no request is unhandled for %s", reason)
		}
	}
}

// sendUnhandled sends a request to the public side, after so many others on its
// connection, and waits until this has ended.
func (s *server) sendUnhandled(t *testing.T, before int, request unhandledCase) {
	t.Helper()
	c := s.inMemory(t, s.public).Connect(t)
	replies := bufio.NewReader(c)
	for range before {
		alive(t, c, replies)
	}
	go io.WriteString(c, request.sent) // the server need not read all of it
	if request.status == 0 {
		closed(t, c)
	} else {
		res, err := http.ReadResponse(replies, nil)
		must(t, err)
		if res.StatusCode != request.status {
			t.Errorf("status %d, want %d", res.StatusCode, request.status)
		}
	}
	must(t, c.Close())
	time.Sleep(time.Second) // for which net/http may wait before it closes
}

// onlyUnhandled wants so many unhandled requests of a reason, and none of another.
func (s *server) onlyUnhandled(t *testing.T, reason string, n float64) {
	t.Helper()
	want := map[string]float64{}
	for _, listener := range []string{"public", "internal"} {
		for _, r := range handler.UnhandledReasons() {
			want[fmt.Sprintf("carrierhook_unhandled_requests_total{listener=%q,reason=%q}", listener, r)] = 0
		}
	}
	if reason != "" {
		want[fmt.Sprintf("carrierhook_unhandled_requests_total{listener=%q,reason=%q}", "public", reason)] = n
	}
	s.counts(t, want)
}

// TestHungUp: a client that hangs up with a request half sent is counted as that, whatever
// net/http answers to nobody. One that hangs up between two requests, or waits for its
// answer with its own side closed, has done nothing wrong.
func TestHungUp(t *testing.T) {
	t.Parallel()
	for sent, reason := range map[string]string{
		"": "", "GET /heal": "incomplete", request("GET", "/healthz")[:20]: "incomplete", "\x16\x03\x01\x02\x00\x01\x00": "tls",
		request("GET", "/healthz"): "", request("GET", "/healthz") + "GET": "",
	} {
		t.Run(fmt.Sprintf("%q", sent), func(t *testing.T) {
			t.Parallel()
			s := newServer(t, wechat.Plain)
			c := dial(t, s.start(t)).(*net.TCPConn)
			_, err := io.WriteString(c, sent)
			must(t, err)
			must(t, c.CloseWrite())
			answer, err := io.ReadAll(c)
			must(t, err)
			if ok := strings.HasPrefix(string(answer), "HTTP/1.1 200 "); ok != strings.Contains(sent, "\r\n\r\n") {
				t.Errorf("the answer is %q", answer)
			}
			n := 0
			if reason != "" {
				n = 1
				if _, fields := s.line(t, "refused: "+reason); fields["peer"] != "127.0.0.1" {
					t.Errorf("%v", fields)
				}
			}
			s.onlyUnhandled(t, reason, float64(n))
		})
	}
}

// TestUnhandledIsSampled: anybody can knock. The metric counts all of it, the log takes
// some of each kind a second.
func TestUnhandledIsSampled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const sent, logged = 200, 10
		s := newServer(t, wechat.Plain)
		c := s.inMemory(t, s.public).Connect(t)
		replies := bufio.NewReader(c)
		for range sent {
			_, err := io.WriteString(c, request("GET", "/"))
			must(t, err)
			if res, body := answered(t, replies); res.StatusCode != http.StatusNotFound || len(body) > 0 {
				t.Fatalf("status %d, %q", res.StatusCode, body)
			}
		}
		s.onlyUnhandled(t, "path", sent)
		if n := s.logs.FilterMessage("refused: path").Len(); n != logged {
			t.Errorf("%d of %d are in the log", n, sent)
		}
	})
}
