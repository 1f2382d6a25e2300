package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// dribbling is a body that somebody sends as he likes.
type dribbling struct {
	io.Reader
	mu sync.Mutex
	n  int // the bytes that were read
}

func (d *dribbling) Read(b []byte) (int, error) {
	n, err := d.Reader.Read(b)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n += n
	return n, err
}

func (d *dribbling) read() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.n
}

// send sends scans in a body that may not be there yet.
func (s *server) send(body io.Reader) *httptest.ResponseRecorder { return s.sendAs(anything, body) }

func (s *server) sendAs(secret string, body io.Reader) *httptest.ResponseRecorder {
	req := httptest.NewRequest("POST", "/v1/scans", body)
	req.Header.Set("Authorization", "Bearer "+secret)
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	return w
}

// TestBodiesWait: of each operation 64 bodies of one token are read. The next waits,
// unread, until one is through or its time is over.
func TestBodiesWait(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c call) {
		if c.body == "" {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t)
			s.known()
			statuses := make(chan int)
			send := func(body io.Reader) *httptest.ResponseRecorder {
				req := ask(c.method, c.target, c.body)
				req.Body, req.ContentLength = io.NopCloser(body), -1
				w := httptest.NewRecorder()
				s.ServeHTTP(w, req)
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
			body := &dribbling{Reader: strings.NewReader(c.body)}
			w := send(body)
			if p := isProblem(t, http.StatusTooManyRequests, "too_many_requests", w); p["kept"] != "nothing" || w.Header().Get("Retry-After") != "1" {
				t.Errorf("kept %v, retry after %q", p["kept"], w.Header().Get("Retry-After"))
			}
			if took := time.Since(begun); took != deadline || body.read() > 0 {
				t.Errorf("refused after %v, with %d bytes read", took, body.read())
			}
			s.counted(t, 1, "carrierhook_api_turned_away_total", "dispatch")

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
// requests are read and wait for their turn; the next is not read.
func TestFewWaitInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, h := lock(t, func(string) bool { return true }, nil)
		s.booked("M1", "W1")
		statuses := make(chan int)
		for i := range 8 {
			s.later(statuses, scansOf(fmt.Sprint("A", i), 1000))
		}
		h.waits(t, 8_000)
		var bodies []*dribbling
		for range 65 {
			body := &dribbling{Reader: strings.NewReader(scanOf("W1", 100001))}
			bodies = append(bodies, body)
			go func() { statuses <- s.send(body).Code }()
		}
		synctest.Wait()
		unread := 0
		for _, body := range bodies {
			if body.read() == 0 {
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
