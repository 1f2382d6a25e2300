package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// TestSentAgain: a push without an answer is sent again after the patience has
// run out, alike to the byte, until it is answered.
func TestSentAgain(t *testing.T) {
	t.Parallel()
	for m, f := range map[wechat.Mode]wechat.Format{wechat.Plain: wechat.JSON, wechat.Compatible: wechat.JSON, wechat.Secure: wechat.XML} {
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				answer := replying(t, m, right(t))
				l := &listener{answer: func(n int, w http.ResponseWriter, r *http.Request) {
					if n < 3 {
						hang(r)
						return
					}
					answer.ServeHTTP(w, r)
				}}
				reply, d, err := inMemory(t, l, m, f).PushCancel(t.Context(), message(), "")
				must(t, err)
				if reply.ResultMsg != "success" || d.Tries != 3 || len(d.Answers) != 1 || len(d.Reply) == 0 || d.Took != 2*sandbox.Patience {
					t.Errorf("%d tries, %d answers, %v, %+v", d.Tries, len(d.Answers), d.Took, reply)
				}
				l.same(t, 3)
			})
		})
	}
}

// TestSilence: a carrier that never answers gets a push four times, or as often as
// it is set, and each time as long as patience lasts.
func TestSilence(t *testing.T) {
	t.Parallel()
	for tries, want := range map[int]int{0: 4, 1: 1, 2: 2} {
		t.Run(fmt.Sprint(tries), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := &listener{answer: func(_ int, _ http.ResponseWriter, r *http.Request) { hang(r) }}
				p := inMemory(t, l, wechat.Secure, wechat.XML)
				p.Patience, p.Tries = 300*time.Millisecond, tries
				_, d, err := p.PushCancel(t.Context(), message(), "")
				if !errors.Is(err, sandbox.ErrNoAnswer) || d.Tries != want || len(d.Answers) != 0 || d.Took != time.Duration(want)*p.Patience {
					t.Errorf("%d tries, %d answers, %v, %v", d.Tries, len(d.Answers), d.Took, err)
				}
				noSecret(t, err)
				l.same(t, want)
			})
		})
	}
	if sandbox.Tries != 4 {
		t.Errorf("WeChat sends again three times, not %d", sandbox.Tries-1)
	}
}

// TestGone: a carrier that is not there is no answer either, and a caller that
// gives up is not kept.
func TestGone(t *testing.T) {
	t.Parallel()
	p := platform(t, http.NotFoundHandler(), wechat.Secure, wechat.XML)
	p.URL = "http://127.0.0.1:1/push"
	for _, f := range []sandbox.Fault{"", sandbox.Twice, sandbox.HangUp, sandbox.SlowAnswer} {
		_, d, err := p.PushCancel(t.Context(), message(), f)
		if !errors.Is(err, sandbox.ErrNoAnswer) || d.Tries < 4 || !strings.Contains(err.Error(), "refused") {
			t.Errorf("%q: %d tries, %v", f, d.Tries, err)
		}
		noSecret(t, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	l := &listener{answer: func(_ int, _ http.ResponseWriter, r *http.Request) {
		cancel()
		hang(r)
	}}
	_, d, err := platform(t, l, wechat.Secure, wechat.XML).PushCancel(ctx, message(), "")
	if !errors.Is(err, sandbox.ErrNoAnswer) || !errors.Is(err, context.Canceled) || d.Tries != 1 {
		t.Errorf("%d tries, %v", d.Tries, err)
	}
}

// TestTwice: both pushes are under way at once, and one right answer is enough.
func TestTwice(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	both.Add(2)
	answer := replying(t, wechat.Secure, right(t))
	l := &listener{answer: func(n int, w http.ResponseWriter, r *http.Request) {
		both.Done()
		both.Wait() // for ever, if they came one after the other
		if n == 1 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		answer.ServeHTTP(w, r)
	}}
	reply, d, err := platform(t, l, wechat.Secure, wechat.XML).PushCancel(t.Context(), message(), sandbox.Twice)
	must(t, err)
	if reply.ResultMsg != "success" || d.Tries != 2 || len(d.Answers) != 2 {
		t.Errorf("%d tries, %d answers, %+v", d.Tries, len(d.Answers), reply)
	}
	l.same(t, 2)
}

// TestHangUp: the carrier gets the push whole and finds the connection closed. The
// same push comes again when the carrier has decided the first, however long that took
// it.
func TestHangUp(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			answer := replying(t, wechat.Secure, right(t))
			var done atomic.Bool
			l := &listener{answer: func(n int, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					hang(r)
					w.WriteHeader(http.StatusEarlyHints) // more is to come
					time.Sleep(50 * time.Millisecond)    // any time will do
					done.Store(true)
				} else if !done.Load() {
					t.Error("the repeat came while the first was at work")
				}
				answer.ServeHTTP(w, r)
			}}
			p := platform(t, l, wechat.Secure, wechat.XML)
			if scheme == "https" {
				srv := httptest.NewTLSServer(l)
				t.Cleanup(srv.Close)
				p.URL, p.Client = srv.URL+"/push", srv.Client()
			}
			_, d, err := p.PushCancel(t.Context(), message(), sandbox.HangUp)
			must(t, err)
			if d.Tries != 2 || len(d.Answers) != 1 || d.Took >= p.Patience {
				t.Errorf("%d tries, %d answers after %v", d.Tries, len(d.Answers), d.Took)
			}
			l.same(t, 2)
		})
	}
}

// TestHangUpUnanswered: a carrier, or a proxy before it, that ends its half of the
// connection without an answer may be at work all the same. The repeat comes when
// patience has run out.
func TestHangUpUnanswered(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{"nothing": "", "half an answer": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := replying(t, wechat.Secure, right(t))
			l := &listener{answer: func(n int, w http.ResponseWriter, r *http.Request) {
				if n > 1 {
					answer.ServeHTTP(w, r)
					return
				}
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = conn.Write([]byte(says))
				conn.Close()
			}}
			p := platform(t, l, wechat.Secure, wechat.XML)
			p.Patience = 2 * time.Second
			_, d, err := p.PushCancel(t.Context(), message(), sandbox.HangUp)
			must(t, err)
			if len(d.Answers) != 1 || d.Took < p.Patience {
				t.Errorf("%d tries, %d answers after %v", d.Tries, len(d.Answers), d.Took)
			}
			l.same(t, d.Tries)
		})
	}
}

// TestSlowAnswer: an answer that counts as too late is not used, and the same
// push gets the next.
func TestSlowAnswer(t *testing.T) {
	t.Parallel()
	answer := replying(t, wechat.Compatible, right(t))
	l := &listener{answer: func(_ int, w http.ResponseWriter, r *http.Request) { answer.ServeHTTP(w, r) }}
	p := platform(t, l, wechat.Compatible, wechat.JSON)
	_, d, err := p.PushCancel(t.Context(), message(), sandbox.SlowAnswer)
	must(t, err)
	if d.Tries != 2 || len(d.Answers) != 1 {
		t.Errorf("%d tries, %d answers", d.Tries, len(d.Answers))
	}
	l.same(t, 2)
	p.Tries = 1
	if _, _, err := p.PushCancel(t.Context(), message(), sandbox.SlowAnswer); !errors.Is(err, sandbox.ErrNoAnswer) {
		t.Errorf("a late answer was taken: %v", err)
	}
}
