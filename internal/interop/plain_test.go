//go:build interop

package interop

import (
	"context"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/storetest"
)

// plainPlatform plays WeChat in mode plain, where a push costs no other program: for
// tests that send many, and several at a time.
type plainPlatform struct {
	testing.TB
	url    string
	client *http.Client
}

// direct calls a server itself.
func direct(tb testing.TB, s *server) plainPlatform {
	return plainPlatform{tb, s.public, &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}}
}

// throughProxy calls the proxy that listens on the socket tls in a folder, and that has
// the folder's certificate.
func throughProxy(tb testing.TB, dir string) plainPlatform {
	tb.Helper()
	return through(tb, dir, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, "tls"))
	})
}

// through calls a proxy that has the certificate of a folder.
func through(tb testing.TB, dir string, dial func(context.Context) (net.Conn, error)) plainPlatform {
	tb.Helper()
	return plainPlatform{tb, "https://hook.example.com", &http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   trusting(tb, dir),
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}}
}

// trusting believes the certificate of a folder.
func trusting(tb testing.TB, dir string) *tls.Config {
	tb.Helper()
	chain, err := os.ReadFile(filepath.Join(dir, "fullchain.pem"))
	storetest.Must(tb, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(chain)
	return &tls.Config{RootCAs: roots, ServerName: "hook.example.com"}
}

// answer is what a push came to.
type answer struct {
	status int // of HTTP
	code   int // ResultCode, where the status is 200
	body   string
	err    error
}

// cancel pushes the cancel of a parcel of stock, which has a number. The same number
// is the same push.
func (w plainPlatform) cancel(parcel int) (a answer) {
	n := strconv.Itoa(parcel)
	packet := platform{TB: w, format: "json"}.cancel("order"+n, "parcel"+n, 1700000000+int64(parcel))
	now := strconv.FormatInt(time.Now().Unix(), 10)
	parts := []string{token, now, n}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	q := url.Values{"timestamp": {now}, "nonce": {n}, "signature": {hex.EncodeToString(sum[:])}, "openid": {"oABCD"}}
	res, err := w.client.Post(w.url+pushPath+"?"+q.Encode(), "application/json", strings.NewReader(packet))
	if err != nil {
		return answer{err: err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	a = answer{status: res.StatusCode, body: string(body), err: err}
	if err == nil && a.status == 200 {
		var reply struct{ ResultCode *int }
		if a.err = json.Unmarshal(body, &reply); a.err == nil && reply.ResultCode != nil {
			a.code = *reply.ResultCode
		}
	}
	return a
}

// cancelled pushes a cancel until it is answered 0, for a machine that is busy may be
// answered -1. Any answer but these two is a failure.
func (w plainPlatform) cancelled(parcel int) {
	w.Helper()
	for begun := time.Now(); ; {
		a := w.cancel(parcel)
		switch {
		case a.err != nil || a.status != 200 || a.code != 0 && a.code != -1:
			w.Fatalf("parcel %d: %+v", parcel, a)
		case a.code == 0:
			return
		case time.Since(begun) > patience:
			w.Fatalf("parcel %d is answered -1 all the time", parcel)
		}
	}
}
