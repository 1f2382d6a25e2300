package origin_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"carrierhook/internal/origin"
)

// request is one as a server has it.
func request(host string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Host = host
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// TestKnow: this machine's names are known in every spelling, and no name that only
// looks like one.
func TestKnow(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "localhost:8081": true, "LocalHost": true, "127.0.0.1": true, "127.1.2.3:80": true,
		"[::1]": true, "[::1]:8081": true, "::1": true, "[::ffff:127.0.0.1]:80": true,
		"": false, ":80": false, "example.com": false, "localhost.example.com": false, "127.0.0.1.example.com": false,
		"xlocalhost": false, "localhost.": false, "localhost:x:y": false, "[localhost": false, "[::1": false, "user@localhost": false,
		"0.0.0.0": false, "0.0.0.0:80": false, "[::]": false, "[::]:80": false, "10.0.0.1": false, "[::2]:1": false,
		"2130706433": false, "0x7f.1": false, "127.1": false, "localhost:@evil.example": false, "localhost:http": false, "localhost:": true,
	} {
		if got := (origin.Hosts{}).Know(host); got != want {
			t.Errorf("%q is known: %v", host, got)
		}
	}
}

// TestFurtherHosts: names are known in any case and with any port, addresses if they
// are to be; never one that stands for all of a machine's.
func TestFurtherHosts(t *testing.T) {
	t.Parallel()
	names := origin.Hosts{Names: []string{"server", "Hook.example.com"}}
	addresses := origin.Hosts{Addresses: true}
	for host, want := range map[string][2]bool{
		"server": {true, false}, "SERVER:9090": {true, false}, "hook.example.com:1": {true, false},
		"serve": {}, "server.evil.example": {}, "evil.server": {}, "server.": {}, "": {}, ":9090": {}, "server:a": {},
		"10.0.0.1": {false, true}, "10.0.0.1:80": {false, true}, "[fe80::1%25eth0]:80": {false, true}, "[2001:db8::1]": {false, true},
		"0.0.0.0": {}, "0.0.0.0:80": {}, "[::]:80": {}, "[::ffff:0.0.0.0]": {}, "10.0.0.1.": {}, "10.1": {},
		"localhost:80": {true, true}, "127.0.0.1": {true, true}, "[::1]": {true, true},
	} {
		if got := [2]bool{names.Know(host), addresses.Know(host)}; got != want {
			t.Errorf("%q: by name, by address %v, want %v", host, got, want)
		}
	}
}

// TestCheck: programs pass, and pages of this server; others do not, by no method.
func TestCheck(t *testing.T) {
	t.Parallel()
	const here = "127.0.0.1:8090"
	for name, tt := range map[string]struct {
		r    *http.Request
		want error
	}{
		"curl":                   {request(here), nil},
		"its own page":           {request(here, "Origin", "http://"+here, "Sec-Fetch-Site", "same-origin"), nil},
		"typed into the browser": {request(here, "Sec-Fetch-Site", "none"), nil},
		"a name that leads here": {request("evil.example:8090", "Origin", "http://evil.example:8090", "Sec-Fetch-Site", "same-origin"), origin.ErrHost},
		"another site":           {request(here, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"), origin.ErrPage},
		"an older browser":       {request(here, "Origin", "https://evil.example"), origin.ErrPage},
		"a sandboxed frame":      {request(here, "Origin", "null"), origin.ErrPage},
		"another port":           {request(here, "Origin", "http://127.0.0.1:3000", "Sec-Fetch-Site", "same-site"), origin.ErrPage},
		"by its name only":       {request(here, "Origin", "http://localhost:8090"), origin.ErrPage},
	} {
		for _, method := range []string{"POST", "GET", "HEAD", "OPTIONS", "PUT"} {
			tt.r.Method = method
			if err := (origin.Hosts{}).Check(tt.r); !errors.Is(err, tt.want) {
				t.Errorf("%s, %s: got %v, want %v", name, method, err, tt.want)
			}
		}
	}
}

// TestLongHost: what the error says of a stranger's name is bounded.
func TestLongHost(t *testing.T) {
	t.Parallel()
	err := (origin.Hosts{}).Check(request(strings.Repeat("x", 16<<10)))
	if !errors.Is(err, origin.ErrHost) || len(err.Error()) > 500 {
		t.Errorf("%d bytes: %v", len(err.Error()), err)
	}
}

// Whatever is known leads to this machine as others read it too.
func FuzzKnow(f *testing.F) {
	for _, host := range []string{"localhost:80", "[::1]:80", "::1", "127.0.0.1", "[::ffff:127.0.0.1]", "[localhost]:1", "[fe80::1%lo]:80", "a@localhost", "localhost/", "localhost:@"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if !(origin.Hosts{}).Know(host) {
			return
		}
		if strings.Count(host, ":") > 1 && !strings.HasPrefix(host, "[") {
			host = "[" + host + "]"
		}
		u, err := url.Parse("http://" + host)
		if err != nil { // no browser can send it
			return
		}
		addr, err := netip.ParseAddr(u.Hostname())
		if !strings.EqualFold(u.Hostname(), "localhost") && (err != nil || !addr.IsLoopback()) {
			t.Errorf("%q is known, and is %q", host, u.Hostname())
		}
	})
}
