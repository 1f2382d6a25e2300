package webhook

import (
	"bufio"
	"bytes"
	"context"
	"encoding/pem"
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/event"
	"carrierhook/internal/outbox"
	"carrierhook/internal/redacted"
	"carrierhook/internal/store/events"
)

var update = flag.Bool("update", false, "rewrite the golden request")

func clientOf(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// The request is compared byte for byte: receivers depend on it.
func TestGoldenRequest(t *testing.T) {
	t.Parallel()
	old := keyOf(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	c := clientOf(t, Options{Name: "dispatch", URL: "https://user:word@dispatch.example:8443/events?from=carrierhook", Keys: []redacted.String{testKey, old}})
	d := &events.Delivery{
		Stored: events.Stored{Position: 7, ID: event.NewID(event.WaybillCancelled, "waybill W1", "push"), Body: []byte(`{"id":"evt_","kind":"waybill.cancelled"}`)},
		Missed: event.NewID(event.WaybillBooked, "waybill W1", "push"),
	}
	var got bytes.Buffer
	if err := c.request(t.Context(), d, "0f6c7a52-epoch.7", time.Unix(1796046764, 0)).Write(&got); err != nil {
		t.Fatal(err)
	}
	const file = "testdata/request.golden"
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got\n%s\nwant\n%s", got.Bytes(), want)
	}
}

func sendTo(t *testing.T, url string) outbox.Result {
	t.Helper()
	c := clientOf(t, Options{Name: "dispatch", URL: redacted.String(url), Keys: []redacted.String{testKey}})
	return c.Send(t.Context(), &events.Delivery{Stored: events.Stored{Body: []byte("{}")}}, "")
}

// Only 2xx is success, a redirect is not redirected, and an answer's body is of no interest.
func TestAnswers(t *testing.T) {
	t.Parallel()
	redirected := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "/redirected", http.StatusTemporaryRedirect)
		case "/redirected":
			redirected = true
		case "/accepted":
			w.WriteHeader(http.StatusAccepted)
		case "/large":
			_, _ = w.Write(make([]byte, 1<<20))
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/busy":
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/busy-for-years":
			w.Header().Set("Retry-After", time.Now().Add(100_000*time.Hour).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusTooManyRequests)
		case "/cut":
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		case "/cut-in-body":
			conn, _, _ := w.(http.Hijacker).Hijack()
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
			conn.Close()
		case "/headers-without-end":
			conn, _, _ := w.(http.Hijacker).Hijack()
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nA: "+strings.Repeat("a", 10*32<<10)+"\r\n\r\n")
			conn.Close()
		}
	}))
	t.Cleanup(server.Close)
	for path, want := range map[string]outbox.Result{
		"/":                    {OK: true, Kind: "delivered"},
		"/accepted":            {OK: true, Kind: "delivered"},
		"/large":               {OK: true, Kind: "delivered"},
		"/redirect":            {Kind: "status_3xx", Failure: "status 307: redirects are not followed"},
		"/gone":                {Kind: "status_4xx", Failure: "status 410", Gone: true},
		"/busy":                {Kind: "status_5xx", Failure: "status 503", Slow: true, RetryAfter: 7 * time.Second},
		"/busy-for-years":      {Kind: "status_4xx", Failure: "status 429", Slow: true, RetryAfter: time.Hour},
		"/cut":                 {Kind: "network", Failure: "the connection failed"},
		"/cut-in-body":         {OK: true, Kind: "delivered"},
		"/headers-without-end": {Kind: "network", Failure: "the connection failed"},
	} {
		if got := sendTo(t, server.URL+path); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
	if redirected {
		t.Error("the redirect was followed")
	}
}

// A status counts at once. What comes behind it, without end, keeps no sender: neither a
// body, nor the bare connection behind an answer of 101, which net/http does not watch.
func TestEndlessAnswers(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]outbox.Result{
		"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n": {Kind: "status_1xx", Failure: "status 101"},
		"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n":                                   {OK: true, Kind: "delivered"},
		"HTTP/1.1 500 No\r\nContent-Length: 1000\r\n\r\n":                                   {Kind: "status_5xx", Failure: "status 500"},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := clientOf(t, Options{Name: "dispatch", URL: "http://127.0.0.1", Keys: []redacted.String{testKey}})
			var server sync.WaitGroup
			c.conns.DialContext = func(context.Context, string, string) (net.Conn, error) {
				here, there := net.Pipe()
				server.Go(func() {
					defer there.Close()
					request, err := http.ReadRequest(bufio.NewReader(there))
					if err == nil {
						_, err = io.Copy(io.Discard, request.Body) // an answer before the request would be nobody's
					}
					if err == nil {
						_, err = io.WriteString(there, head)
					}
					for end := time.Now().Add(time.Hour); err == nil && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
						_, err = there.Write([]byte("."))
					}
				})
				return here, nil
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			begun := time.Now()
			got := c.Send(ctx, &events.Delivery{Stored: events.Stored{Body: []byte("{}")}}, "")
			if took := time.Since(begun); got != want || took > 2*answerTime {
				t.Errorf("%q: %+v after %v", head, got, took)
			}
			server.Wait()
		})
	}
}

// What cannot be connected to fails in words of our own, without what is in the URL.
func TestNoConnection(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	for url, kind := range map[string]string{
		"http://" + closed.Addr().String() + "/?token=secret": "network",
		"https://169.254.169.254/?token=secret":               "refused_address",
		"http://203.0.113.7/?token=secret":                    "refused_address",
		secure.URL + "/?token=secret":                         "tls",
	} {
		got := sendTo(t, url)
		if got.Kind != kind || got.OK || strings.Contains(got.Failure, "secret") {
			t.Errorf("%s: %+v, want %s", url, got, kind)
		}
	}
}

// A certificate of the endpoint's own authority is good for it.
func TestAuthority(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	c := clientOf(t, Options{Name: "dispatch", URL: redacted.String(server.URL), Keys: []redacted.String{testKey}, CA: ca})
	if got := c.Send(t.Context(), &events.Delivery{}, ""); !got.OK {
		t.Errorf("%+v", got)
	}
	if _, err := New(Options{Name: "dispatch", URL: redacted.String(server.URL), CA: "none"}); err == nil {
		t.Error("a file without a certificate is accepted")
	}
}

// A request ends in time.
func TestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clientOf(t, Options{Name: "dispatch", URL: "http://127.0.0.1", Keys: []redacted.String{testKey}})
		here, there := net.Pipe()
		defer there.Close()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		c.conns.DialContext = func(context.Context, string, string) (net.Conn, error) { return here, nil }
		begun := time.Now()
		got := c.Send(t.Context(), &events.Delivery{}, "")
		if got.Kind != "timeout" || time.Since(begun) != requestTimeout {
			t.Errorf("%+v after %v", got, time.Since(begun))
		}
	})
}

// A connection that its receiver closed while it was idle is replaced, and nothing fails.
func TestIdleClosed(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	c := clientOf(t, Options{Name: "dispatch", URL: redacted.String(server.URL), Keys: []redacted.String{testKey}})
	for i := range 50 {
		if got := c.Send(t.Context(), &events.Delivery{Stored: events.Stored{Body: []byte("{}")}}, ""); !got.OK {
			t.Fatalf("request %d: %+v", i, got)
		}
		server.CloseClientConnections()
	}
}

func TestURLs(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "dispatch.example", "ftp://dispatch.example", "https://", "https://%zz"} {
		_, err := New(Options{Name: "dispatch", URL: redacted.String(url)})
		if err == nil || url != "" && strings.Contains(err.Error(), url) {
			t.Errorf("%q: %v", url, err)
		}
	}
}
