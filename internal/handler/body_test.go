package handler_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
)

// sized is a good plain push of exactly n bytes.
func sized(t testing.TB, n int) []byte {
	t.Helper()
	body := wechat.EncodeCancel(wechat.XML, sampleCancel)
	fill := n - len(body) - len("<X></X>")
	if fill < 0 {
		t.Fatalf("%d bytes are too few", n)
	}
	return bytes.Replace(body, []byte("</xml>"), []byte("<X>"+strings.Repeat("x", fill)+"</X></xml>"), 1)
}

// TestBodyLimit: a body of the limit passes, one byte more is a bare 413,
// whether or not its length was announced.
func TestBodyLimit(t *testing.T) {
	t.Parallel()
	for _, announced := range []bool{true, false} {
		for over, status := range map[int]int{0: http.StatusOK, 1: http.StatusRequestEntityTooLarge, 1 << 20: http.StatusRequestEntityTooLarge} {
			for _, limit := range []int{2000, 16 << 10, 20 << 10} {
				t.Run(fmt.Sprintf("%d over %d, announced %v", over, limit, announced), func(t *testing.T) {
					t.Parallel()
					s := newServer(t, wechat.Plain, func(o *options) { o.MaxBody = int64(limit) })
					var body io.Reader = bytes.NewReader(sized(t, limit+over))
					if !announced {
						body = io.MultiReader(body) // the client cannot see the length, so it sends chunks
					}
					url := "http://" + s.start(t) + handler.Path + "?" + signed("").Values().Encode()
					res, err := http.Post(url, "text/xml", body)
					must(t, err)
					defer res.Body.Close()
					got, err := io.ReadAll(res.Body)
					must(t, err)
					if res.StatusCode != status {
						t.Errorf("status %d, want %d", res.StatusCode, status)
					}
					if over > 0 {
						if len(got) > 0 {
							t.Errorf("the answer has a body: %q", got)
						}
						s.explained(t, status, "too_large")
					}
				})
			}
		}
	}
}

// postSized posts a good push of n bytes, with its length announced or not.
func (s *server) postSized(t testing.TB, n int, announced bool) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, handler.Path+"?"+signed("").Values().Encode(), bytes.NewReader(sized(t, n)))
	if !announced {
		req.ContentLength = -1
	}
	w := httptest.NewRecorder()
	s.public.ServeHTTP(w, req)
	return w
}

// TestLargeBody: a body may be larger than the memory that its announced length gets
// at first, and is read whole, announced or not.
func TestLargeBody(t *testing.T) {
	t.Parallel()
	for _, n := range []int{16 << 10, 16<<10 + 1, 17 << 10, 200 << 10, 256 << 10} {
		for _, announced := range []bool{true, false} {
			w := newServer(t, wechat.Plain).postSized(t, n, announced)
			if want := sampleCancel.Reply(0, "success").Encode(wechat.XML); w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), want) {
				t.Errorf("%d bytes, announced %v: status %d, %s", n, announced, w.Code, w.Body)
			}
		}
	}
}

// TestMemoryIsReleased: of a body that is hardly above what needs none, announced or not,
// nothing is kept of the memory that large ones share.
func TestMemoryIsReleased(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain, func(o *options) { o.Deadline = time.Second })
	for i := range 200 {
		if w := s.postSized(t, 17<<10, i%2 == 1); w.Code != http.StatusOK {
			t.Fatalf("body %d: status %d", i, w.Code)
		}
	}
}

// TestPromisesGetNoMemory: a client that announces a large body and sends none gets the
// memory of a usual push, and no more.
func TestPromisesGetNoMemory(t *testing.T) { // not parallel: it counts what the whole program allocates
	const requests = 100
	s := newServer(t, wechat.Plain)
	target := handler.Path + "?" + signed("").Values().Encode()
	before := allocated(20 << 10)
	for range requests {
		req := httptest.NewRequest(http.MethodPost, target, strings.NewReader(""))
		req.ContentLength = 200 << 10
		s.public.ServeHTTP(httptest.NewRecorder(), req)
	}
	if n := allocated(20<<10) - before; n > requests/10 {
		t.Errorf("%d promises got %d large pieces of memory", requests, n)
	}
}

// allocated counts the pieces of memory larger than this that were asked for since
// the program began.
func allocated(larger float64) (n uint64) {
	runtime.GC() // or those of the last moment are not counted yet
	sample := []metrics.Sample{{Name: "/gc/heap/allocs-by-size:bytes"}}
	metrics.Read(sample)
	sizes := sample[0].Value.Float64Histogram()
	for i, count := range sizes.Counts {
		if sizes.Buckets[i] > larger {
			n += count
		}
	}
	return n
}

// header is the start of a push, up to its body.
func header(length int) string {
	return fmt.Sprintf("POST %s?%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n",
		handler.Path, signed("").Values().Encode(), length)
}

// cancelPush is a whole cancel as it is sent.
func cancelPush() string {
	body := wechat.EncodeCancel(wechat.XML, sampleCancel)
	return header(len(body)) + string(body)
}

// dial connects to a server; the connection ends with the test, and reads give
// up in the end.
func dial(t testing.TB, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	must(t, c.SetDeadline(time.Now().Add(patience)))
	return c
}

// answered reads an answer and its body.
func answered(t testing.TB, r *bufio.Reader) (*http.Response, []byte) {
	t.Helper()
	res, err := http.ReadResponse(r, nil)
	must(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(t, err)
	return res, body
}

// TestCutOffBody: a body that ends before its announced length is a bare 400,
// even if what came would be a whole packet.
func TestCutOffBody(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	c := dial(t, s.start(t))
	body := wechat.EncodeCancel(wechat.XML, sampleCancel)
	_, err := io.WriteString(c, header(len(body)+1)+string(body))
	must(t, err)
	must(t, c.(*net.TCPConn).CloseWrite())
	res, got := answered(t, bufio.NewReader(c))
	if res.StatusCode != http.StatusBadRequest || len(got) > 0 {
		t.Errorf("status %d, %q", res.StatusCode, got)
	}
	s.explained(t, http.StatusBadRequest, "cut_off")
	if requests, _ := s.store.calls(); len(requests) > 0 {
		t.Error("a push that was cut off was decided")
	}
}

// TestSlowBody: a client that dribbles gets an end at the deadline, counted from
// the request's first byte and not from where the server began to read.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const deadline = 600 * time.Millisecond
		s := newServer(t, wechat.Plain, func(o *options) { o.Deadline = deadline })
		c := s.inMemory(t, s.public).Connect(t)
		begun := time.Now()
		head := header(1000)
		_, err := io.WriteString(c, head[:10])
		must(t, err)
		time.Sleep(deadline / 2)
		_, err = io.WriteString(c, head[10:])
		must(t, err)
		dribbled := make(chan struct{})
		go func() {
			defer close(dribbled)
			for {
				time.Sleep(deadline / 20)
				if _, err := io.WriteString(c, "<"); err != nil {
					return
				}
			}
		}()
		res, got := answered(t, bufio.NewReader(c))
		took := time.Since(begun)
		must(t, c.Close())
		<-dribbled
		if res.StatusCode != http.StatusBadRequest || len(got) > 0 {
			t.Errorf("status %d, %q", res.StatusCode, got)
		}
		if took != deadline {
			t.Errorf("the end came after %v, the deadline is %v", took, deadline)
		}
		s.explained(t, http.StatusBadRequest, "cut_off")
	})
}

// TestServerLimits: nothing that a client can keep open is without an end.
func TestServerLimits(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Plain)
	srv := handler.NewServer(s.public, s.log)
	for name, limit := range map[string]time.Duration{
		"header": srv.ReadHeaderTimeout, "read": srv.ReadTimeout, "write": srv.WriteTimeout, "idle": srv.IdleTimeout,
	} {
		if limit <= 0 || limit > 5*time.Minute {
			t.Errorf("%s timeout: %v", name, limit)
		}
	}
	if srv.MaxHeaderBytes <= 0 || srv.MaxHeaderBytes > 64<<10 {
		t.Errorf("header of %d bytes", srv.MaxHeaderBytes)
	}
}
