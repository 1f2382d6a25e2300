package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/memnet"

	"go.uber.org/zap"
)

// network is a listener in memory.
type network struct{ *memnet.Listener }

// inMemory serves on a network of its own until the end of the test.
func (s *server) inMemory(t testing.TB) network {
	t.Helper()
	t.Cleanup(func() { time.Sleep(2 * time.Second) }) // in which both sides see that a connection has ended
	n := network{memnet.Listen()}
	memnet.Serve(t, handler.NewServer(s, zap.NewNop()), n)
	return n
}

// head is what comes before a body with scans.
func head(secret string, size int) string {
	return fmt.Sprintf("POST /v1/scans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", secret, size)
}

// reply is an answer, and when it came.
type reply struct {
	status     int
	retryAfter string
	took       time.Duration
}

// replied reads an answer.
func replied(t *testing.T, c net.Conn, begun time.Time) reply {
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Error(err)
		return reply{}
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Error(err)
	}
	return reply{res.StatusCode, res.Header.Get("Retry-After"), time.Since(begun)}
}

// posts sends a whole request on a connection of its own, and fails the test unless
// it is answered 200 in no time.
func (n network) posts(t *testing.T, secret, body string) {
	t.Helper()
	c := n.Connect(t)
	begun := time.Now()
	go io.WriteString(c, head(secret, len(body))+body)
	if got := replied(t, c, begun); got.status != http.StatusOK || got.took > 0 {
		t.Errorf("a scan in %d bytes: %+v", len(body), got)
	}
}

// dribbles sends a request of which each second a byte arrives, and tells what it is
// answered.
func (n network) dribbles(t *testing.T, secret string, replies chan<- reply) {
	c := n.Connect(t)
	begun := time.Now()
	go func() {
		_, err := io.WriteString(c, head(secret, 1000))
		for err == nil {
			_, err = io.WriteString(c, "[")
			time.Sleep(time.Second)
		}
	}()
	go func() { replies <- replied(t, c, begun); c.Close() }()
}

// TestSlowUploads: 400 slow uploads of one token delay no other token's scans, in small
// bodies or large ones. Those above its limit are refused at once, those that wait at
// their deadline, and those being read are cut off then; each may be sent again. Later
// the token's own scans are taken.
func TestSlowUploads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const slow, reading, pending = 400, 64, 320
		s := newServer(t)
		n := s.inMemory(t)
		replies := make(chan reply, slow)
		for range slow {
			n.dribbles(t, scanner, replies)
		}
		large := list(strings.Repeat(scanOf("W1", 100001)+",", 999) + scanOf("W1", 100001))
		large += strings.Repeat(" ", 4<<20-len(large))
		for range 4 {
			n.posts(t, anything, scanOf("W1", 100001))
			n.posts(t, anything, large)
			time.Sleep(time.Second)
		}
		got := map[reply]int{}
		for range slow {
			got[<-replies]++
		}
		const patience = 500 * time.Millisecond // for the rest of a body that is not read
		excess := got[reply{http.StatusTooManyRequests, "1", patience}]
		waited := got[reply{http.StatusTooManyRequests, "1", deadline + patience}]
		cut := got[reply{http.StatusServiceUnavailable, "1", deadline}]
		if excess != slow-pending || cut != reading || waited != pending-reading {
			t.Errorf("%d of %d were turned away at once, %d later, %d cut off: %v", excess, slow, waited, cut, got)
		}
		s.counted(t, float64(excess+waited), "carrierhook_api_rejections_total", "scanners")
		s.counted(t, 0, "carrierhook_api_rejections_total", "dispatch")
		n.posts(t, scanner, scanOf("W1", 100001))
	})
}

// TestSmallBodiesNeedNoRoom: slow large bodies take all the memory that a token's large
// bodies share. Another large one waits until its deadline; small ones and those of
// other tokens do not wait.
func TestSmallBodiesNeedNoRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size, small = 2 << 20, 64 << 10 // size is announced, and no more is reserved
		s := newServer(t)
		n := s.inMemory(t)
		begin := func() (net.Conn, chan reply) {
			c, replies := n.Connect(t), make(chan reply, 1)
			begun := time.Now()
			go func() { replies <- replied(t, c, begun) }()
			_, err := io.WriteString(c, head(scanner, size)+"[")
			must(t, err)
			return c, replies
		}
		waits, turnedAway := begin() // its time is over before theirs
		time.Sleep(time.Second)
		var cut []chan reply
		for range (32 << 20) / (size - small) { // as many as there is room for
			c, replies := begin()
			cut = append(cut, replies)
			go io.WriteString(c, strings.Repeat(" ", small))
		}
		synctest.Wait()
		go io.WriteString(waits, strings.Repeat(" ", small))
		synctest.Wait()
		body := scanOf("W1", 100001)
		n.posts(t, scanner, body)
		n.posts(t, scanner, body+strings.Repeat(" ", small-len(body)))
		n.posts(t, anything, body+strings.Repeat(" ", size-len(body)))
		if got := <-turnedAway; got != (reply{http.StatusTooManyRequests, "1", deadline}) {
			t.Errorf("the one that waits: %+v", got)
		}
		for _, replies := range cut {
			if got := <-replies; got != (reply{http.StatusServiceUnavailable, "1", deadline}) {
				t.Errorf("one that dribbles: %+v", got)
			}
		}
		n.posts(t, scanner, body+strings.Repeat(" ", size-len(body))) // the room was given back
	})
}

// TestSlowReaders: clients that do not read their answers delay no others, and their
// connections end.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const slow = 400
		s := newServer(t)
		n := s.inMemory(t)
		body := scanOf("W1", 100001)
		begun := time.Now()
		var all []net.Conn
		for range slow {
			c := n.Connect(t)
			all = append(all, c)
			_, err := io.WriteString(c, head(scanner, len(body))+body)
			must(t, err)
		}
		synctest.Wait()
		n.posts(t, anything, scanOf("W1", 100001))
		n.posts(t, scanner, scanOf("W1", 100001))
		time.Sleep(time.Until(begun.Add(15 * time.Second)))
		synctest.Wait()
		for _, c := range all {
			if got, err := io.ReadAll(c); err != nil || len(got) > 0 {
				t.Fatalf("read %d bytes, %v", len(got), err)
			}
		}
	})
}

// TestRefusedBodies: a request that is refused before its body is read does not keep
// the connection open by sending slowly; one that has sent all of it may use the
// connection again.
func TestRefusedBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		n := s.inMemory(t)
		for secret, status := range map[string]int{"nobody's": http.StatusUnauthorized, reader: http.StatusForbidden} {
			slow := n.Connect(t)
			begun := time.Now()
			go io.WriteString(slow, head(secret, 1000)+"[")
			if got := replied(t, slow, begun); got.status != status || got.took != 500*time.Millisecond {
				t.Errorf("a slow one: %+v, want %d", got, status)
			}
			if b, err := io.ReadAll(slow); err != nil || len(b) > 0 || time.Since(begun) != 500*time.Millisecond {
				t.Errorf("the slow one's connection: %q, %v after %v", b, err, time.Since(begun))
			}

			whole := n.Connect(t)
			begun = time.Now()
			body := scanOf("W1", 100001)
			for _, sent := range []struct {
				secret string
				status int
			}{{secret, status}, {scanner, http.StatusOK}} {
				go io.WriteString(whole, head(sent.secret, len(body))+body)
				if got := replied(t, whole, begun); got.status != sent.status || got.took > 0 {
					t.Errorf("a whole one: %+v, want %d", got, sent.status)
				}
			}
		}
	})
}

// TestWorkingFor: Working is called once when the request has arrived whole, and never
// for a request that is not authorized.
func TestWorkingFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c call) {
		working := 0
		s := newServer(t, func(p *options) { p.Working = func(context.Context) { working++ } })
		s.store.before = func(context.Context, any) error {
			if working != 1 {
				t.Errorf("Working was called %d times before the store", working)
			}
			return nil
		}
		req := c.request()
		if c.body != "" {
			req.Body = io.NopCloser(io.MultiReader(strings.NewReader(c.body), readerFunc(func([]byte) (int, error) {
				if working != 0 {
					t.Error("Working was called before the body's end")
				}
				return 0, io.EOF
			})))
		}
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, req); w.Code >= 300 {
			t.Errorf("status %d", w.Code)
		}
		working = 0
		req = c.request()
		req.Header.Del("Authorization")
		if s.do(t, req); working != 0 {
			t.Error("Working was called for a request without a token")
		}
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }
