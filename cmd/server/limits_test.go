package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"

	"github.com/jackc/pgx/v5"
)

// opens connects to a server, and says nothing.
func opens(tb testing.TB, addr net.Addr) net.Conn {
	tb.Helper()
	c, err := net.Dial("tcp", addr.String())
	must(tb, err)
	tb.Cleanup(func() { c.Close() })
	must(tb, c.SetDeadline(time.Now().Add(patience)))
	return c
}

// answers sends the head of a request, and gives what it is answered.
func answers(tb testing.TB, c net.Conn, head string) *http.Response {
	tb.Helper()
	_, err := io.WriteString(c, head+" HTTP/1.1\r\nHost: x\r\n\r\n")
	must(tb, err)
	res, err := http.ReadResponse(bufio.NewReaderSize(c, 256), nil)
	must(tb, err)
	_, err = io.Copy(io.Discard, res.Body)
	must(tb, err)
	return res
}

// At max_connections probes and pushes on new connections are answered. The silent
// make room, the oldest first, at the public listener alone. The internal one does the
// same at a number of its own.
func TestMaxConnections(t *testing.T) {
	t.Parallel()
	cfg := testConfig(withSamples(t), wechat.Secure)
	cfg.MaxConnections = 16
	p := start(t, cfg)
	p.waitReady(t)
	var public, internal []net.Conn
	for range cfg.MaxConnections {
		public, internal = append(public, opens(t, p.public)), append(internal, opens(t, p.internal))
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		c := opens(t, p.public) // it goes on being open, and makes the next one make room too
		if res := answers(t, c, "GET "+path); res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v", path, res)
		}
	}
	want(t, p.wechat(t, wechat.Secure, wechat.XML), sampleCancel(0), 0)
	for i, c := range public[:3] {
		if n, err := c.Read(make([]byte, 1)); n > 0 || err == nil || isTimeout(err) {
			t.Errorf("connection %d is open: %d, %v", i, n, err)
		}
	}
	for name, c := range map[string]net.Conn{"a later one": public[len(public)-1], "an internal one": internal[0]} {
		if res := answers(t, c, "GET /healthz"); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %v", name, res)
		}
	}
}

// Where as many connections are open to the internal listener as may be, mostly silent
// or with half a request, the oldest of them make room, and whoever comes is answered.
func TestMaxInternalConnections(t *testing.T) {
	t.Parallel()
	p := start(t, testConfig(withSamples(t), wechat.Secure))
	p.waitReady(t)
	var all []net.Conn
	for i := range internalConnections + 8 {
		c := opens(t, p.internal)
		all = append(all, c)
		if i%2 == 0 {
			if _, err := io.WriteString(c, "POST /v1/scans HTTP/1.1\r\nHost: x\r\n"); err != nil {
				t.Fatal(err)
			}
		}
	}
	(carrier{t, p, ""}).scan(http.StatusOK, demo.WaybillID, 100003, time.Now(), "")
	if n, err := all[1].Read(make([]byte, 1)); n > 0 || err == nil || isTimeout(err) {
		t.Errorf("the oldest silent one is open: %d, %v", n, err)
	}
}

func isTimeout(err error) bool {
	ne, ok := err.(net.Error)
	return ok && ne.Timeout()
}

// A database that takes no writes decides nothing: the server is degraded, whatever
// the database answers, and comes back with it.
func TestReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	conn := connect(t, url)
	readOnly := func(on string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), "ALTER DATABASE "+pgx.Identifier{conn.Config().Database}.Sanitize()+" SET default_transaction_read_only = "+on); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
			t.Fatal(err)
		}
	}
	cfg := testConfig(url, wechat.Secure)
	cfg.WeChat.Deadline = time.Second // and only that ends the push
	p := start(t, cfg)
	cfg.Health.Strict = true
	strict := start(t, cfg)
	p.waitReady(t)
	strict.waitReady(t)
	both := func(status string, code, strictCode int) {
		t.Helper()
		for server, want := range map[*program]int{p: code, strict: strictCode} {
			for _, addr := range []net.Addr{server.public, server.internal} {
				eventually(t, "the server is "+status, func() bool { // a look is believed for a second
					got, body := get(t, addr, "/readyz")
					is := strings.Contains(body, `"`+status+`"`)
					if is && got != want {
						t.Fatalf("%s: %d, want %d", body, got, want)
					}
					return is
				})
			}
		}
	}
	both("ready", 200, 200)
	readOnly("on")
	both("degraded", 200, 503)
	if res, err := http.Head("http://" + strict.public.String() + "/readyz"); err != nil || res.StatusCode != 503 {
		t.Errorf("HEAD: %v, %v", res, err)
	}
	w := p.wechat(t, wechat.Secure, wechat.XML)
	want(t, w, sampleCancel(0), -1)
	both("degraded", 200, 503) // still: that the connections were cut is past
	readOnly("off")
	both("ready", 200, 200)
	soon(t, w, sampleCancel(0))
}
