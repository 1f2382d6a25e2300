//go:build interop

package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"carrierhook/internal/localpg"
	"carrierhook/internal/store/storetest"
)

// haproxyConfig is what docs/deploying.md prints for HAProxy.
func haproxyConfig(tb testing.TB) string {
	tb.Helper()
	return block(tb, section(tb, "docs/deploying.md", "## Behind a TLS proxy"), "haproxy")
}

// startHAProxy starts HAProxy with the document's configuration, which differs only
// in where things are.
func startHAProxy(t *testing.T, a, b *replica) (*process, plainPlatform) {
	t.Helper()
	h := startHAProxyWith(t, a, b)
	return h.process, throughProxy(t, h.dir)
}

// haproxy is one that listens on a socket in a folder, and on an address.
type haproxy struct {
	*process
	dir, address string
}

// change is what a test puts in the place of a text that the document has.
type change struct {
	from, to string
	times    int
}

// startHAProxyWith is startHAProxy with changes that a test makes, such as a time-out
// that is shorter.
func startHAProxyWith(t *testing.T, a, b *replica, changes ...change) haproxy {
	t.Helper()
	dir, err := os.MkdirTemp("", "haproxy-") // a socket's name has to be short
	storetest.Must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	certificate(t, dir)
	pem := mustSay(t, "", "cat", filepath.Join(dir, "fullchain.pem"), filepath.Join(dir, "key.pem"))
	text := haproxyConfig(t)
	address := freeAddress(t)
	for _, r := range append([]change{
		{"bind :443 ", "bind unix@" + filepath.Join(dir, "tls") + "," + address + " ", 1},
		{"/etc/haproxy/tls/hook.pem", filepath.Join(dir, "hook.pem"), 1},
		{"10.0.0.5:8080", host(a.public), 2},
		{"10.0.0.6:8080", host(b.public), 2},
	}, changes...) {
		if n := strings.Count(text, r.from); n != r.times {
			t.Fatalf("docs/deploying.md has %q %d times", r.from, n)
		}
		text = strings.ReplaceAll(text, r.from, r.to)
	}
	config := filepath.Join(dir, "haproxy.cfg")
	for name, text := range map[string]string{config: text, filepath.Join(dir, "hook.pem"): pem} {
		storetest.Must(t, os.WriteFile(name, []byte(text), 0o600))
	}
	if said := mustSay(t, "", "sh", "-c", `haproxy -c -f "$1" 2>&1`, "haproxy", config); said != "Configuration file is valid\n" {
		t.Errorf("haproxy -c: %s", said) // a warning
	}
	cmd := exec.Command("haproxy", "-db", "-f", config)
	cmd.Env = plainEnv()
	p := launch(t, cmd)
	p.stop = syscall.SIGUSR1                  // at SIGTERM it ends by the signal
	p.until("HAProxy's socket", func() bool { // which gets its name when HAProxy listens
		_, err := os.Stat(filepath.Join(dir, "tls"))
		return err == nil
	})
	return haproxy{p, dir, address}
}

// downs and ups count how often HAProxy has found a server not ready, and ready again.
func downs(h *process, server string) int {
	return strings.Count(h.said.String(), "\nServer carrierhook/"+server+" is DOWN")
}

func ups(h *process, server string) int {
	return strings.Count(h.said.String(), "\nServer carrierhook/"+server+" is UP")
}

// HAProxy waits for a server longer than that needs at the most, and gives up before
// WeChat does: so an answer that is not HAProxy's own came in time.
func TestInteropHAProxyIsInTime(t *testing.T) {
	found := regexp.MustCompile(`(?m)^    timeout server +(\d+)ms$`).FindStringSubmatch(haproxyConfig(t))
	if found == nil {
		t.Fatal("docs/deploying.md has no timeout server")
	}
	if ms, err := strconv.Atoi(found[1]); err != nil || ms <= 4500 || ms >= 5000 {
		t.Errorf("timeout server is %s ms", found[1])
	}
}

// HAProxy passes over a server that alone cannot reach Postgres: all pushes get their
// answers from the other. While no server reaches it, they are answered -1, and HAProxy has
// no word of its own.
func TestInteropHAProxyPostgresLost(t *testing.T) {
	pg := storetest.NewServer(t)
	database := pg.URL(localpg.Database)
	migrate(t, database)
	stock(t, database)
	l := newLink(t, database)
	settings := []string{"HEALTH_STRICT=true", "WECHAT_DEADLINE=1s", "DATABASE_STATEMENT_TIMEOUT=900ms", "DATABASE_LOCK_TIMEOUT=500ms"}
	a, b := startReplica(t, l.url, settings...), startReplica(t, database, settings...)
	h, w := startHAProxy(t, a, b)
	parcel := 0
	cancelSome := func(n int) {
		t.Helper()
		for range n {
			w.cancelled(parcel)
			parcel++
		}
	}
	// went are the pushes that HAProxy has given to a server.
	went := func(to string) int { return strings.Count(h.said.String(), " to=carrierhook/"+to+" ") }

	cancelSome(8)
	h.until("log of the pushes", func() bool { return went("a")+went("b") >= 8 })
	if went("a") == 0 || went("b") == 0 {
		t.Fatalf("one server gets all pushes:\n%s", h.said)
	}

	l.cut()
	h.until("the server that is not ready", func() bool { return downs(h, "a") > 0 })
	beforeA, beforeB := went("a"), went("b")
	cancelSome(20)
	h.until("log of the pushes", func() bool { return went("b")+went("b-unready") >= beforeB+20 })
	if n := went("a"); n != beforeA {
		t.Errorf("%d pushes went to the server that cannot reach Postgres:\n%s", n-beforeA, h.said)
	}
	l.join()
	h.until("the server that is back", func() bool { return ups(h, "a") > 0 })
	h.until("a push at the server that is back", func() bool {
		cancelSome(1)
		return went("a") > beforeA
	})

	downA, downB := downs(h, "a"), downs(h, "b")
	storetest.Must(t, pg.Kill())
	lost := func() {
		t.Helper()
		if got := w.cancel(parcel); got.err != nil || got.status != 200 || got.code != -1 {
			t.Fatalf("without Postgres: %+v\n%s", got, h.said)
		}
	}
	h.until("both servers not ready", func() bool {
		lost()
		return downs(h, "a") > downA && downs(h, "b") > downB
	})
	for range 4 {
		lost()
	}
	h.until("pushes at both servers that are not ready", func() bool { return went("a-unready") > 0 && went("b-unready") > 0 })
	storetest.Must(t, pg.Restart(t.Context()))
	cancelSome(8)
	if log := h.said.String(); strings.Contains(log, "oABCD") || strings.Contains(log, "signature") {
		t.Errorf("a query is in the log:\n%s", log)
	}
}

// A push whose server is killed while it answers is answered by the other; and when
// both were killed and are back, no push is answered as if they were not.
func TestInteropHAProxyServersKilled(t *testing.T) {
	database := stocked(t)
	a, b := startReplica(t, database, "HEALTH_STRICT=true"), startReplica(t, database, "HEALTH_STRICT=true")
	h, w := startHAProxy(t, a, b)
	const blocked = 150
	release := locked(t, database, blocked)
	var got answer
	answered := make(chan struct{})
	go func() {
		got = w.cancel(blocked)
		close(answered)
	}()
	killed := busyOne(t, answered, a, b)
	if killed == nil {
		t.Fatalf("the push did not wait for the lock: %+v", got)
	}
	killed.kill()
	busyOne(t, answered, a, b)
	release()
	<-answered
	if got.err != nil || got.status != 200 {
		t.Errorf("its server was killed: %+v\n%s", got, h.said)
	}
	w.cancelled(blocked)
	killed.start(t, host(killed.public))
	h.until("the server that is back", func() bool { return downs(h, "a") == ups(h, "a") && downs(h, "b") == ups(h, "b") })
	bothKilledAndBack(t, w, a, b, func() {
		h.until("both servers down", func() bool { return downs(h, "a") > ups(h, "a") && downs(h, "b") > ups(h, "b") })
	})

	for _, path := range []string{"/", "/metrics", "/healthz", "/readyz", "/v1/waybills", pushPath + "/"} {
		res, err := w.client.Get(w.url + path)
		storetest.Must(t, err)
		res.Body.Close()
		if res.StatusCode != 404 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}
