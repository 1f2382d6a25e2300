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

// send sends a scan in a body that is not there yet.
func (s *server) send(body io.Reader) *httptest.ResponseRecorder {
	req := httptest.NewRequest("POST", "/v1/scans", body)
	req.Header.Set("Authorization", "Bearer "+anything)
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	return w
}

// TestBodiesWait: sixteen requests with scans are read. The next waits, its body
// unread, until one is through or its time is over.
func TestBodiesWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.booked("M1", "W1")
		statuses := make(chan int)
		var senders []*io.PipeWriter
		for range 16 {
			body, sender := io.Pipe()
			senders = append(senders, sender)
			go func() { statuses <- s.send(body).Code }()
		}
		synctest.Wait()

		begun := time.Now()
		body := &dribbling{Reader: strings.NewReader(scanOf("W1", 100001))}
		if p := isProblem(t, http.StatusServiceUnavailable, "unavailable", s.send(body)); p["kept"] != "nothing" {
			t.Errorf("kept %v", p["kept"])
		}
		if took := time.Since(begun); took != deadline || body.read() > 0 {
			t.Errorf("refused after %v, with %d bytes read", took, body.read())
		}

		next := make(chan int)
		s.later(next, scanOf("W1", 100001))
		time.Sleep(deadline / 2)
		finish := func(sender *io.PipeWriter) {
			_, err := io.WriteString(sender, scanOf("W1", 100001))
			must(t, err)
			must(t, sender.Close())
		}
		finish(senders[0])
		all(t, next, 1, http.StatusOK)
		for _, sender := range senders[1:] {
			finish(sender)
		}
		all(t, statuses, 16, http.StatusServiceUnavailable) // their time was over long before
	})
}

// TestFewWaitInMemory: while too many scans are under way, sixteen requests are
// read and wait for their turn; the next is not read.
func TestFewWaitInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, h := newHolding(t, func(string) bool { return true })
		s.booked("M1", "W1")
		statuses := make(chan int)
		for i := range 16 {
			s.later(statuses, scansOf(fmt.Sprint("A", i), 1000))
		}
		h.waits(t, 16_000)
		var bodies []*dribbling
		for range 17 {
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
			t.Errorf("%d of 17 bodies are not read", unread)
		}
		close(h.gate)
		all(t, statuses, 16+17, http.StatusOK)
	})
}
