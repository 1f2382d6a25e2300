package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/waybill"
)

// locks makes scans of some waybills wait in the store, as they do while another
// transaction has the row: until the gate is open, or lets one through.
type locks struct {
	gate chan struct{}

	mu               sync.Mutex
	waiting, highest int
}

// lock makes a server with such a store. What comes through the gate goes on to after.
func lock(t *testing.T, locked func(waybillID string) bool, after func() error, change ...func(*options)) (*server, *locks) {
	s, h := newServer(t, change...), &locks{gate: make(chan struct{})}
	s.store.before = func(_ context.Context, call any) error {
		scan, ok := call.(waybill.Scan)
		if !ok || !locked(scan.WaybillID) {
			return nil
		}
		h.add(1)
		<-h.gate
		h.add(-1)
		return after()
	}
	return s, h
}

func nothing() error { return nil }

func (h *locks) add(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting += n
	h.highest = max(h.highest, h.waiting)
}

// waits fails the test unless this many scans wait.
func (h *locks) waits(t *testing.T, want int) {
	t.Helper()
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waiting != want {
		t.Errorf("%d scans wait, want %d", h.waiting, want)
	}
}

// later sends a request, and tells its status when there is one. Answers to
// thousands of scans are not compared with the document: other tests do that.
func (s *server) later(statuses chan<- int, body string) {
	go func() { statuses <- s.send(strings.NewReader(body)).Code }()
}

// TestLockedWaybillsDelayNoOthers: sixteen lists that contain a locked waybill wait for
// it, and no other request does.
func TestLockedWaybillsDelayNoOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, h := lock(t, func(id string) bool { return id == "locked" }, nothing)
		s.booked("M1", "locked")
		s.booked("M1", "free")
		statuses := make(chan int)
		for range 16 {
			s.later(statuses, list(scanOf("locked", 100001), scanOf("free", 100001)))
		}
		h.waits(t, 16)
		begun := time.Now()
		s.answers(t, http.StatusOK, "POST", "/v1/scans", scanOf("free", 200001))
		if took := time.Since(begun); took > 0 {
			t.Errorf("answered after %v", took)
		}
		close(h.gate)
		allAre(t, statuses, 16, http.StatusOK)
	})
}

// allAre fails the test unless so many answers have this status.
func allAre(t *testing.T, statuses <-chan int, n, want int) {
	t.Helper()
	for range n {
		if status := <-statuses; status != want {
			t.Errorf("status %d, want %d", status, want)
		}
	}
}

// scansOf is a list with a scan of each of some waybills, whose numbers begin with
// a prefix of their own.
func scansOf(prefix string, n int) string {
	scans := make([]string, n)
	for i := range scans {
		scans[i] = scanOf(fmt.Sprint(prefix, "-", i), 100001)
	}
	return list(scans...)
}

// TestScansUnderWay: scans of 8,000 waybills of one token may be under way. More of its
// scans wait until one is answered or their deadline passes, and then nothing of them
// is recorded. Scans of one waybill count once. Another token has its own share.
func TestScansUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, h := lock(t, func(id string) bool { return id != "late" }, nothing)
		s.booked("M1", "late")
		s.booked("M1", "many")
		statuses := make(chan int)
		for i := range 7 {
			s.later(statuses, scansOf(fmt.Sprint("A", i), 1000))
		}
		s.later(statuses, scansOf("A7", 999))
		h.waits(t, 7_999)
		s.later(statuses, list(scanOf("many", 100001), scanOf("many", 200001), scanOf("many", 300002)))
		h.waits(t, 8_000)

		// One for which no other is answered in time.
		begun := time.Now()
		w := s.call(t, "POST", "/v1/scans", scanOf("late", 100001))
		if p := isProblem(t, http.StatusServiceUnavailable, "unavailable", w); p["kept"] != "nothing" {
			t.Errorf("kept %v", p["kept"])
		}
		if took := time.Since(begun); took != deadline || s.store.waybills["late"].Status != waybill.Booked {
			t.Errorf("refused after %v, and the waybill is %s", took, s.store.waybills["late"].Status)
		}
		// Everything else goes on, and so do the scans of others.
		begun = time.Now()
		s.answers(t, http.StatusOK, "POST", "/v1/waybills/M1/late/charge", "")
		if w := s.sendAs(scanner, strings.NewReader(scanOf("late", 90001))); w.Code != http.StatusOK {
			t.Errorf("a scan of another token: status %d", w.Code)
		}
		if took := time.Since(begun); took > 0 {
			t.Errorf("others waited %v", took)
		}

		// One for which another is answered, though that one's request is not.
		late := make(chan int)
		s.later(late, scanOf("late", 100001))
		time.Sleep(deadline / 2)
		h.gate <- struct{}{}
		synctest.Wait()
		select {
		case status := <-late:
			if status != http.StatusOK {
				t.Errorf("status %d", status)
			}
		default:
			t.Error("one waybill was answered, and its share not released")
			defer func() { <-late }()
		}
		close(h.gate)
		allAre(t, statuses, 9, http.StatusOK)
	})
}

// TestScansOfAllUnderWay: scans of 16,000 waybills of all tokens may be under way.
func TestScansOfAllUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, h := lock(t, func(id string) bool { return id != "third" }, nothing, func(p *options) {
			p.Tokens = append(p.Tokens, token(t, "third:scans", "third"))
		})
		s.booked("M1", "third")
		statuses := make(chan int)
		for i, secret := range []string{scanner, anything} {
			for j := range 8 {
				go func() { statuses <- s.sendAs(secret, strings.NewReader(scansOf(fmt.Sprint("A", i, j), 1000))).Code }()
			}
		}
		h.waits(t, 16_000)
		begun := time.Now()
		if w := s.sendAs("third", strings.NewReader(scanOf("third", 100001))); w.Code != http.StatusServiceUnavailable || time.Since(begun) != deadline {
			t.Errorf("status %d after %v", w.Code, time.Since(begun))
		}
		close(h.gate)
		allAre(t, statuses, 16, http.StatusOK)
		if w := s.sendAs("third", strings.NewReader(scanOf("third", 100001))); w.Code != http.StatusOK {
			t.Errorf("status %d when the others are done", w.Code)
		}
	})
}

// TestShareIsReleased: a scan that fails or panics releases its share, and a request that
// is refused takes none.
func TestShareIsReleased(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		s, h := lock(t, func(string) bool { return true }, func() error {
			if calls.Add(1)%100 == 0 {
				panic("down")
			}
			return errors.New("down")
		})
		for range 2 {
			statuses := make(chan int)
			isProblem(t, http.StatusUnprocessableEntity, "invalid", s.call(t, "POST", "/v1/scans?x=1", scansOf("A", 1000)))
			for i := range 8 {
				s.later(statuses, scansOf(fmt.Sprint("A", i), 1000))
			}
			h.waits(t, 8_000)
			for range 8_000 {
				h.gate <- struct{}{}
			}
			allAre(t, statuses, 8, http.StatusOK)
		}
		s.counted(t, 160, "carrierhook_scans_total", "internal")
	})
}
