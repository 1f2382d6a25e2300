//go:build interop

package interop

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

// nginx, with the configuration that docs/deploying.md prints, carries pushes to two
// servers as they were signed; what another replica took and did not answer, too; and
// when one of the two has left, the other gets them all.
// What it logs has no query, for that has the OpenID; and nothing else gets through.
func TestInteropNginx(t *testing.T) {
	database := stocked(t)
	first, second := serve(t, database, "WECHAT_DEADLINE=4500ms"), serve(t, database, "WECHAT_DEADLINE=4500ms")
	third, requests := dying(t)
	n := startNginx(t, []string{host(first.public), host(second.public), third})
	w := platform{t, "https://hook.example.com", byOpenSSL{}, "xml", false}
	var carried int
	push := func(packet string, code string) {
		t.Helper()
		w.want(packet, map[string]string{"ResultCode": code}, n.curl...)
		carried++
	}
	created := time.Now().Unix()
	for i := range 6 {
		push(w.cancel(fmt.Sprintf("o%d", i+1), fmt.Sprintf("n%d", i+1), created), "0")
	}
	log := n.log(t, carried)
	for _, s := range []*server{first, second} {
		if !regexp.MustCompile(`to=(127\.0\.0\.1:\d+, )*` + regexp.QuoteMeta(host(s.public)) + ` said=([\d, ]+ )?200 `).MatchString(log) {
			t.Errorf("no push came to %s:\n%s", s.public, log)
		}
	}
	if requests.Load() == 0 {
		t.Errorf("no push came to the replica that dies with it:\n%s", log)
	}
	first.end()
	for i := range 6 {
		push(w.cancel("moving", "moving", created+int64(i)), "30002")
	}
	if log = n.log(t, carried); strings.Contains(log, "oABCD") || strings.Contains(log, "signature") {
		t.Errorf("a query is in the log:\n%s", log)
	}

	// A body that is too long for the server does not get there; the longest that is not
	// does, and is refused for what is in it.
	for size, want := range map[int]int{256 << 10: 400, 256<<10 + 1: 413} {
		before := refusals(w, second)
		if code, body := w.curl(w.url+pushPath+"?"+w.query("", "1").Encode(), strings.Repeat("x", size), n.curl...); code != want {
			t.Errorf("%d bytes: %d %s", size, code, body)
		}
		if counted := refusals(w, second) != before; counted != (want == 400) {
			t.Errorf("%d bytes: the server has counted it: %v", size, counted)
		}
	}
	for _, path := range []string{"/", "/metrics", "/healthz", "/readyz", "/v1/waybills", pushPath + "/"} {
		if code, body := w.curl(w.url+path, "", n.curl...); code != 404 {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}

// When both servers were killed within a moment, while they answered, and are back,
// no push is answered as if they were not: nginx goes on trying them.
func TestInteropNginxServersKilled(t *testing.T) {
	database := stocked(t)
	first, second := startReplica(t, database), startReplica(t, database)
	nobody := startReplica(t, database)
	nobody.kill() // so that a port is in the list that no server has
	n := startNginx(t, []string{host(first.public), host(second.public), host(nobody.public)})
	bothKilledAndBack(t, throughProxy(t, n.dir), first, second, func() {})
}

// refusals are the server's counts of what it refused.
func refusals(w platform, s *server) string {
	w.Helper()
	_, metrics := w.curl(s.internal+"/metrics", "")
	return fmt.Sprint(regexp.MustCompile(`carrierhook_refusals_total\{.*`).FindAllString(metrics, -1))
}

func host(url string) string { return strings.TrimPrefix(url, "http://") }

// dying is a replica that reads every push and ends without a word, again and again.
// It returns its address, and how many requests it got.
func dying(tb testing.TB) (address string, requests *atomic.Int32) {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	storetest.Must(tb, err)
	requests = new(atomic.Int32)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.Copy(io.Discard, req.Body)
				requests.Add(1)
			}
			conn.Close()
		}
	}()
	tb.Cleanup(func() {
		ln.Close()
		<-done
	})
	return ln.Addr().String(), requests
}

// nginx is one below a folder of its own, which listens on a socket in it, and on an
// address.
type nginx struct {
	*process
	dir, address string
	curl         []string // how curl gets to the socket
}

// log is what nginx has written once so many pushes are in it: it writes a line after
// it has answered.
func (n nginx) log(tb testing.TB, pushes int) (log string) {
	tb.Helper()
	n.until("log of the pushes", func() bool {
		text, err := os.ReadFile(filepath.Join(n.dir, "carrierhook.log"))
		storetest.Must(tb, err)
		log = string(text)
		return strings.Count(log, "POST "+pushPath) >= pushes
	})
	return log
}

// certificate makes one for the proxy of a test, and its key, below the proxy's folder.
func certificate(tb testing.TB, dir string) {
	tb.Helper()
	mustSay(tb, "", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=hook.example.com",
		"-addext", "subjectAltName=DNS:hook.example.com", "-keyout", filepath.Join(dir, "key.pem"), "-out", filepath.Join(dir, "fullchain.pem"))
}

// startNginx starts nginx with the document's configuration, which differs only in
// where things are: files, the servers, and what it listens on; and in the changes
// that a test makes, such as a time-out that is shorter.
func startNginx(t *testing.T, servers []string, changes ...[2]string) nginx {
	t.Helper()
	dir, err := os.MkdirTemp("", "nginx-") // a socket's name has to be short
	storetest.Must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	certificate(t, dir)
	both := blocks(section(t, "docs/deploying.md", "## Behind a TLS proxy"), "nginx")
	if len(both) != 2 {
		t.Fatalf("%d blocks of nginx, want nginx.conf's and carrierhook.conf's", len(both))
	}
	text := both[1]
	socket, address := filepath.Join(dir, "tls"), freeAddress(t)
	replace := [][2]string{{"listen 443 ssl;", "listen unix:" + socket + " ssl; listen " + address + " ssl;"}, {"/etc/nginx/tls/fullchain.pem", dir + "/fullchain.pem"},
		{"/etc/nginx/tls/key.pem", dir + "/key.pem"}, {"/var/log/nginx/carrierhook.log", dir + "/carrierhook.log"}, {"/var/log/nginx/carrierhook.error.log", dir + "/error.log"}}
	for i, s := range servers {
		// max_fails=0: with 1 and fail_timeout=2s, as it was, servers that were killed and
		// are back get nothing for two seconds, and every push is answered 502.
		replace = append(replace, [2]string{fmt.Sprintf("server 10.0.0.%d:8080 max_fails=0;", 5+i), "server " + s + " max_fails=0;"})
	}
	for _, r := range append(replace, changes...) {
		if strings.Count(text, r[0]) != 1 {
			t.Fatalf("docs/deploying.md has %q %d times", r[0], strings.Count(text, r[0]))
		}
		text = strings.Replace(text, r[0], r[1], 1)
	}
	if left := regexp.MustCompile(`(?m)^\s*[^#\s].*(/etc/|/var/|10\.0\.0\.\d)`).FindString(text); left != "" {
		t.Fatalf("the configuration still has %s", left)
	}
	main := "daemon off;\nerror_log stderr;\npid nginx.pid;\n" + both[0]
	if os.Getuid() == 0 {
		main = "user root;\n" + main // its usual account cannot enter the folder
	}
	main += "http {\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		main += kind + "_temp_path temp-" + kind + ";\n"
	}
	for name, text := range map[string]string{"nginx.conf": main + "include carrierhook.conf;\n}\n", "carrierhook.conf": text} {
		storetest.Must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	args := []string{"-p", dir, "-c", "nginx.conf", "-e", "stderr"}
	if said := mustSay(t, "", "sh", append([]string{"-c", `nginx "$@" -t 2>&1`, "nginx"}, args...)...); strings.Contains(said, "[") {
		t.Errorf("nginx -t: %s", said) // a warning
	}
	// As many open files as systemd gives: what it needs more, the configuration has to set.
	cmd := exec.Command("sh", append([]string{"-c", `ulimit -S -n 1024 && exec nginx "$@"`, "nginx"}, args...)...)
	cmd.Env = plainEnv()
	n := nginx{launch(t, cmd), dir, address, []string{"--unix-socket", socket, "--cacert", filepath.Join(dir, "fullchain.pem")}}
	n.until("nginx.pid", func() bool { // which it writes when it listens; -t has made it, empty
		pid, err := os.ReadFile(filepath.Join(dir, "nginx.pid"))
		return err == nil && strings.TrimSpace(string(pid)) == strconv.Itoa(cmd.Process.Pid)
	})
	return n
}
