package handler_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// refused fails the test unless the answer is a bare status, and the log and
// the metric name the check. Nobody but the operator may learn more.
func (s *server) refused(t testing.TB, w *httptest.ResponseRecorder, status int, check string) {
	t.Helper()
	if w.Code != status || w.Body.Len() > 0 {
		t.Errorf("status %d with %q, want a bare %d", w.Code, w.Body, status)
	}
	s.explained(t, status, check)
	if requests, recorded := s.store.calls(); len(requests)+len(recorded) > 0 {
		t.Errorf("the store got %v and recorded %v", requests, recorded)
	}
}

// explained fails the test unless one refusal was counted and logged with why.
func (s *server) explained(t testing.TB, status int, check string) {
	t.Helper()
	s.counted(t, fmt.Sprintf("carrierhook_refusals_total{account=\"main\",check=%q}", check), 1)
	entry, fields := s.line(t, "refused: "+check)
	if entry.Level != zap.WarnLevel || fields["status"] != int64(status) || fields["account"] != "main" {
		t.Errorf("the log line: %v, %v", entry.Level, fields)
	}
	if why, _ := fields["why"].(string); len(why) < 10 {
		t.Errorf("the log says why: %q", why)
	}
}

// TestRefusals: each check turns its push away with a bare 400 (cannot be read)
// or 403 (is not believed), counts it and says why in the log.
func TestRefusals(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{"window": true, "replayed": true, "echostr": true} // TestWindow's, TestReplayed's and TestVerifyURL's
	for _, f := range formats {
		for _, p := range spoiltPushes(t, f) {
			tried[p.check] = true
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				s := newServer(t, p.server)
				status := http.StatusForbidden
				if p.check == "outer_document" || p.check == "inner_document" {
					status = http.StatusBadRequest
				}
				s.refused(t, s.post(p.query, p.body), status, p.check)
			})
		}
	}
	for _, c := range wechat.Checks() {
		if !tried[c.String()] {
			t.Errorf("no push fails by %v", c)
		}
	}
}

var dateHeader = regexp.MustCompile(`Date: .*\r\n`)

// TestRefusalsAreAlike: whatever is not believed gets the same bytes, so
// that a stranger cannot find out which check failed.
func TestRefusalsAreAlike(t *testing.T) {
	t.Parallel()
	answers := make(map[string][]string)
	for _, f := range formats {
		for _, p := range spoiltPushes(t, f) {
			res := overTheWire(t, newServer(t, p.server), p.query, p.body)
			if !strings.HasPrefix(res, "HTTP/1.1 400 ") {
				answers[res] = append(answers[res], p.name)
			}
		}
	}
	late := newServer(t, wechat.Secure, late)
	q, body := samplePush(t, wechat.XML, wechat.Secure)
	res := overTheWire(t, late, q, body)
	answers[res] = append(answers[res], "window")
	q, body = samplePush(t, wechat.XML, wechat.Plain)
	res = overTheWire(t, newServer(t, wechat.Plain, replays), q, body)
	answers[res] = append(answers[res], "replayed")
	if len(answers) != 1 {
		t.Errorf("%d kinds of answers: %q", len(answers), answers)
	}
	for res := range answers {
		if want := "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"; res != want {
			t.Errorf("the answer is %q, want %q", res, want)
		}
	}
}

// overTheWire returns the whole answer to a push but for its date.
func overTheWire(t testing.TB, s *server, q wechat.Query, body []byte) string {
	t.Helper()
	srv := httptest.NewServer(s.public)
	defer srv.Close()
	res, err := srv.Client().Post(srv.URL+handler.Path+"?"+q.Values().Encode(), "text/xml", bytes.NewReader(body))
	must(t, err)
	defer res.Body.Close()
	dump, err := httputil.DumpResponse(res, true)
	must(t, err)
	return dateHeader.ReplaceAllString(string(dump), "")
}

// TestVerifiedIsSampled: anybody who has seen a push has a signature for the check of the
// URL, and can repeat it at will.
func TestVerifiedIsSampled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, wechat.Secure)
		q := signed("")
		q.EchoStr = "echo"
		for range 200 {
			if w := s.do(http.MethodGet, handler.Path+"?"+q.Values().Encode(), nil); w.Code != http.StatusOK {
				t.Fatalf("status %d", w.Code)
			}
		}
		if n := s.logs.FilterMessage("url verified").Len(); n != 10 {
			t.Errorf("%d lines of 200 checks", n)
		}
	})
}

// TestRefusalsAreSampled: anybody can send rubbish. The metric counts all of
// it, the log takes some of each kind a second.
func TestRefusalsAreSampled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const sent, logged = 200, 10
		s := newServer(t, wechat.Plain)
		for second := 1; second <= 3; second++ {
			for range sent {
				s.post(wechat.Query{Timestamp: "1533042556"}, []byte("{}"))
			}
			s.counted(t, `carrierhook_refusals_total{account="main",check="signature"}`, float64(second*sent))
			if n := s.logs.FilterMessage("refused: signature").Len(); n != second*logged {
				t.Errorf("%d of %d refusals are in the log after %d seconds", n, second*sent, second)
			}
			time.Sleep(time.Second)
		}
		s.post(signed(""), []byte("junk"))
		s.line(t, "refused: outer_document") // another kind is not drowned
	})
}
