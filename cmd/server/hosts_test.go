package main

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"
)

// getAs makes a request under another host than the address, as a web page does that has its
// name lead here.
func getAs(tb testing.TB, host, url string) int {
	tb.Helper()
	status, _, _ := fetch(tb, http.MethodGet, url, "", http.Header{"Host": {host}})
	return status
}

// The server shows its metrics under the names that the configuration has, and its
// addresses; probes are answered under any.
func TestInternalHosts(t *testing.T) {
	t.Parallel()
	cfg := testConfig(withSamples(t), wechat.Secure)
	cfg.InternalHosts = []string{"carrierhook.test"}
	internal := "http://" + start(t, cfg).internal.String()
	for host, want := range map[string]struct{ metrics, api int }{
		"":                      {http.StatusOK, http.StatusOK},
		"localhost:9090":        {http.StatusOK, http.StatusOK},
		"carrierhook.test:9090": {http.StatusOK, http.StatusForbidden}, // which goes by tokens, or by loopback
		"evil.example:9090":     {http.StatusForbidden, http.StatusForbidden},
	} {
		if got := getAs(t, host, internal+"/metrics"); got != want.metrics {
			t.Errorf("metrics of %q: status %d, want %d", host, got, want.metrics)
		}
		if got := getAs(t, host, internal+"/v1/merchants/"+demo.BizID); got != want.api {
			t.Errorf("a merchant, of %q: status %d, want %d", host, got, want.api)
		}
		if got := getAs(t, host, internal+"/healthz"); got != http.StatusOK {
			t.Errorf("health of %q: status %d", host, got)
		}
	}
}

// The sandbox is called by the names that its flag gives, on both listeners, and by
// another machine's address only where other machines may.
func TestSandboxHosts(t *testing.T) {
	t.Parallel()
	p := start(t, testConfig(withSamples(t), wechat.Secure))
	for _, remote := range []bool{false, true} {
		d := playWeChat(t, p, wechat.Secure, wechat.XML, func(s *sandboxFlags) { s.allowRemote, s.hosts = remote, []string{"sandbox"} })
		for host, want := range map[string]bool{"": true, "localhost": true, "sandbox:8090": true, "192.0.2.1:8090": remote, "0.0.0.0": false, "evil.example": false} {
			for _, url := range []string{"http://" + d.merchant.Addr().String() + "/cgi-bin/token", "http://" + d.control.Addr().String() + "/orders"} {
				if got := getAs(t, host, url); (got == http.StatusOK) != want || !want && got != http.StatusForbidden {
					t.Errorf("remote %v, %q, %s: status %d", remote, host, url, got)
				}
			}
		}
	}
}

// Only what this machine alone reaches is listened at without the flag.
func TestStayLocal(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"127.0.0.1:0": true, "127.9.8.7:8090": true, "[::1]:8090": true, "localhost:8090": true, "[::ffff:127.0.0.1]:80": true,
		":8090": false, "0.0.0.0:8090": false, "[::]:8090": false, "10.0.0.1:8090": false, "[::ffff:10.0.0.1]:80": false, "": false, "8090": false,
	} {
		if err := stayLocal("listen", addr); (err == nil) != want {
			t.Errorf("%q: %v", addr, err)
		}
		flags := sandboxFlags{listen: addr, control: addr, patience: time.Second, tokenLife: time.Second, allowRemote: true}
		if err := flags.check(); err != nil {
			t.Errorf("%q with --allow-remote: %v", addr, err)
		}
	}
	for addr, want := range map[string]string{"0.0.0.0": "127.0.0.1:80", "::": "127.0.0.1:80", "10.0.0.1": "10.0.0.1:80", "::1": "[::1]:80"} {
		if got := reached(&net.TCPAddr{IP: net.ParseIP(addr), Port: 80}); got != want {
			t.Errorf("%s is reached at %s, want %s", addr, got, want)
		}
	}
}

// at is a listener that only has an address.
type at struct {
	net.Listener
	addr net.TCPAddr
}

func (l at) Addr() net.Addr { return &l.addr }

// The greeting says what is open to others, and its lines call an address that the
// sandbox is called by.
func TestGreetRemote(t *testing.T) {
	t.Parallel()
	b := &box{
		merchant: at{addr: net.TCPAddr{IP: net.IPv4zero, Port: 8090}},
		control:  at{addr: net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8091}},
	}
	var says strings.Builder
	b.greet(&says, demo.File{}, "1")
	if got := says.String(); !strings.Contains(got, "Other machines reach 0.0.0.0:8090:") || strings.Contains(got, "machines reach 127") ||
		!strings.Contains(got, "Merchants: http://127.0.0.1:8090 ") || strings.Contains(got, "//0.0.0.0") {
		t.Errorf("%s", got)
	}
}
