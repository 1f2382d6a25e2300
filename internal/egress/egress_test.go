package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCheckAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]error{
		"127.0.0.1:443":               nil,
		"10.1.2.3:443":                nil,
		"[::1]:443":                   nil,
		"[fd00::1]:443":               nil,
		"203.0.113.7:443":             nil,
		"[2001:db8::1]:443":           nil,
		"169.254.169.254:443":         ErrAddress,
		"[fe80::1]:443":               ErrAddress,
		"[fe80::1%eth0]:443":          ErrAddress,
		"[::ffff:169.254.169.254]:80": ErrAddress,
		"[64:ff9b::a9fe:a9fe]:443":    ErrAddress,
		"[64:ff9b::a9fe:a9fe%1]:443":  ErrAddress,
		"[fd00:ec2::254]:443":         ErrAddress,
		"[fd00:ec2::254%eth0]:80":     ErrAddress,
		"0.0.0.0:443":                 ErrAddress,
		"[::]:443":                    ErrAddress,
		"224.0.0.1:443":               ErrAddress,
		"[ff02::1]:443":               ErrAddress,
		"255.255.255.255:443":         ErrAddress,
	} {
		if err := CheckAddress(true)("tcp", address, nil); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
	}
	for address, want := range map[string]error{
		"127.0.0.1:80": nil, "192.168.1.1:80": nil, "[fd00::1]:80": nil, "203.0.113.7:80": ErrPublicURL, "169.254.1.1:80": ErrAddress,
	} {
		if err := CheckAddress(false)("tcp", address, nil); !errors.Is(err, want) {
			t.Errorf("without TLS %s: %v, want %v", address, err, want)
		}
	}
	if CheckAddress(true)("tcp", "no address", nil) == nil {
		t.Error("what is no address is connected to")
	}
}

// Connections go where they may, and believe the authority that it was given.
func TestConns(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	s.Config.ErrorLog = nil
	get := func(secure bool, ca, url string) error {
		t.Helper()
		conns, err := Conns(secure, ca, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer conns.CloseIdleConnections()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := conns.RoundTrip(r)
		if err == nil {
			a.Body.Close()
		}
		return err
	}
	if kind, failure := Describe(get(true, "", s.URL)); kind != "tls" || !strings.HasPrefix(failure, "the certificate was not accepted: ") {
		t.Errorf("a strange certificate: %s, %s", kind, failure)
	}
	if kind, failure := Describe(get(false, "", "http://198.51.100.1/")); kind != "refused_address" || failure != ErrPublicURL.Error() {
		t.Errorf("a public address without TLS: %s, %s", kind, failure)
	}
	if _, err := Conns(true, "no certificate", 1); err == nil {
		t.Error("an authority without a certificate was taken")
	}
}

// What is said of an error has nothing of what the other side wrote.
func TestDescribe(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for _, c := range []struct {
		err           error
		kind, failure string
	}{
		{errors.New("malformed HTTP response SECRET"), "network", "the connection failed"},
		{&net.DNSError{Name: "SECRET"}, "network", "the name was not resolved"},
		{context.DeadlineExceeded, "timeout", "no answer in time"},
		{context.Canceled, "network", "the connection failed"},
		{refused, "network", "no connection: connection refused"},
		{&net.OpError{Op: "read", Err: errors.New("SECRET")}, "network", "the connection failed"},
		{&tls.CertificateVerificationError{Err: errors.New("for a\nb\x1b" + strings.Repeat("ü", 200))}, "tls",
			"the certificate was not accepted: for a b " + strings.Repeat("ü", (200-len("the certificate was not accepted: for a b "))/2)},
	} {
		kind, failure := Describe(c.err)
		if kind != c.kind || failure != c.failure {
			t.Errorf("%v:\n got %s, %s\nwant %s, %s", c.err, kind, failure, c.kind, c.failure)
		}
	}
}

// What strangers write in a certificate may be anything, and is kept as a line of text.
func TestFailureIsClean(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"valid for a\x00b":                "valid for a b",
		"\x1b[31mred\r\nnext\u202e\u0085": " [31mred  next  ",
		"half \xe5\xb7 a rune":            "half \ufffd\ufffd a rune",
		"已取消":                             "已取消",
	} {
		if got := describe(&tls.CertificateVerificationError{Err: errors.New(text)}); got != "the certificate was not accepted: "+want {
			t.Errorf("%q: %q", text, got)
		}
	}
	for n := range 4 {
		got := describe(&tls.CertificateVerificationError{Err: errors.New(strings.Repeat(".", n) + strings.Repeat("消", 1000))})
		if len(got) > maxFailure || len(got) < maxFailure-3 || !utf8.ValidString(got) {
			t.Errorf("%d bytes: %q", len(got), got)
		}
	}
}

func describe(err error) string {
	_, failure := Describe(err)
	return failure
}
