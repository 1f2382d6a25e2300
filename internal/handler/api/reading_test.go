package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// countingBody is a body that counts the bytes that were read of it.
type countingBody struct {
	io.Reader
	n atomic.Int64
}

func (d *countingBody) Read(b []byte) (int, error) {
	n, err := d.Reader.Read(b)
	d.n.Add(int64(n))
	return n, err
}

// send sends scans in a body that may not be there yet.
func (s *server) send(body io.Reader) *httptest.ResponseRecorder { return s.sendAs(anything, body) }

func (s *server) sendAs(secret string, body io.Reader) *httptest.ResponseRecorder {
	return s.stream(requestAs(secret, "POST", "/v1/scans", "{}"), body)
}

// stream sends a request with another body, of unknown length.
func (s *server) stream(req *http.Request, body io.Reader) *httptest.ResponseRecorder {
	req.Body, req.ContentLength = io.NopCloser(body), -1
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	return w
}

// TestBodiesWait: 64 bodies of one token are read at a time. The next waits, unread,
// until one is done or its deadline passes.
func TestBodiesWait(t *testing.T) {
	t.Parallel()
	eachBody(t, func(t *testing.T, c call) {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t)
			statuses := make(chan int)
			send := func(body io.Reader) *httptest.ResponseRecorder {
				req := c.request()
				w := s.stream(req, body)
				theDocument.holds(t, req, []byte(c.body), w)
				return w
			}
			var senders []*io.PipeWriter
			for range 64 {
				body, sender := io.Pipe()
				senders = append(senders, sender)
				go func() { statuses <- send(body).Code }()
			}
			synctest.Wait()

			begun := time.Now()
			body := &countingBody{Reader: strings.NewReader(c.body)}
			w := send(body)
			if p := isProblem(t, http.StatusTooManyRequests, "too_many_requests", w); p["kept"] != "nothing" || w.Header().Get("Retry-After") != "1" {
				t.Errorf("kept %v, retry after %q", p["kept"], w.Header().Get("Retry-After"))
			}
			if took := time.Since(begun); took != deadline || body.n.Load() > 0 {
				t.Errorf("refused after %v, with %d bytes read", took, body.n.Load())
			}
			s.counted(t, 1, "carrierhook_api_rejections_total", "dispatch")

			next := make(chan int)
			go func() { next <- send(strings.NewReader(c.body)).Code }()
			time.Sleep(deadline / 2)
			finish := func(sender *io.PipeWriter) {
				_, err := io.WriteString(sender, c.body)
				must(t, err)
				must(t, sender.Close())
			}
			finish(senders[0])
			allAre(t, next, 1, http.StatusOK)
			for _, sender := range senders[1:] {
				finish(sender)
			}
			for range 64 {
				<-statuses // their time was over long before
			}
		})
	})
}

// TestFewWaitInMemory: while too many scans of a token are under way, 64 of its
// requests wait in memory; the next is not read.
func TestFewWaitInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, h := lock(t, func(string) bool { return true }, nothing)
		statuses := make(chan int)
		for i := range 8 {
			s.later(statuses, scansOf(fmt.Sprint("A", i), 1000))
		}
		h.waits(t, 8_000)
		var bodies []*countingBody
		for range 65 {
			body := &countingBody{Reader: strings.NewReader(scanOf("W1", 100001))}
			bodies = append(bodies, body)
			go func() { statuses <- s.send(body).Code }()
		}
		synctest.Wait()
		unread := 0
		for _, body := range bodies {
			if body.n.Load() == 0 {
				unread++
			}
		}
		if unread != 1 {
			t.Errorf("%d of 65 bodies are not read", unread)
		}
		close(h.gate)
		allAre(t, statuses, 8+65, http.StatusOK)
	})
}
