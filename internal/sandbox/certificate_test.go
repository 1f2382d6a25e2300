package sandbox_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/sandbox"
)

// A client that trusts the authority reaches the server by the hosts that it was made for,
// and nothing else is signed by it.
func TestCertificate(t *testing.T) {
	t.Parallel()
	hosts, now := []string{"localhost", "127.0.0.1", "::1", "api.weixin.qq.com"}, time.Now()
	c, err := sandbox.NewCertificate(hosts, now)
	must(t, err)
	own, err := c.Open(hosts, now)
	must(t, err)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{own}}
	s.StartTLS()
	defer s.Close()
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM([]byte(c.Authority))
	for name, trusted := range map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true, "api.weixin.qq.com": true, "evil.example": false, "127.0.0.2": false} {
		conn, err := tls.Dial("tcp", s.Listener.Addr().String(), &tls.Config{RootCAs: authorities, ServerName: name})
		if (err == nil) != trusted {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			conn.Close()
		}
	}
	if strings.Count(c.Authority+c.Certificate+c.Key, "PRIVATE KEY") != 2 { // begin and end
		t.Error("more than the server's key is kept")
	}
}

// What was kept is of no use for another host, shortly before its end, or if it is damaged.
func TestCertificateOfNoUse(t *testing.T) {
	t.Parallel()
	hosts, now := []string{"localhost"}, time.Now()
	c, err := sandbox.NewCertificate(hosts, now)
	must(t, err)
	other, err := sandbox.NewCertificate(hosts, now)
	must(t, err)
	none, mixed, unsigned := c, c, c
	none.Authority, mixed.Key, unsigned.Authority = "", other.Key, other.Authority
	for name, tc := range map[string]struct {
		c     sandbox.Certificate
		hosts []string
		at    time.Time
		good  bool
	}{
		"as it was made":       {c, hosts, now, true},
		"a year later":         {c, hosts, now.AddDate(1, 0, 0), true},
		"on its last day":      {c, hosts, now.Add(397*24*time.Hour - time.Minute), false},
		"another host":         {c, []string{"localhost", "sandbox"}, now, false},
		"no file":              {sandbox.Certificate{}, hosts, now, false},
		"no authority":         {none, hosts, now, false},
		"another key":          {mixed, hosts, now, false},
		"of another authority": {unsigned, hosts, now, false},
	} {
		if _, err := tc.c.Open(tc.hosts, tc.at); (err == nil) != tc.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
