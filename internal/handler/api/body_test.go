package api_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// TestSlowBody: a slow body ends with the request's deadline, counted from the
// request's first byte, and may be sent again.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var begun time.Time
		s := newServer(t, func(p *options) {
			p.FirstByte = func(context.Context) time.Time { return begun }
		})
		c := s.inMemory(t).Connect(t)
		begun = time.Now()
		_, err := io.WriteString(c, "POST /v1/scans HTTP/1.1\r\nHost: x\r\n")
		must(t, err)
		time.Sleep(deadline / 2)
		_, err = io.WriteString(c, "Authorization: Bearer "+scanner+"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[")
		must(t, err)
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		must(t, err)
		defer res.Body.Close()
		if took := time.Since(begun); took != deadline || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "1" {
			t.Errorf("status %d, %v after %v", res.StatusCode, res.Header, took)
		}
	})
}

// TestCutBody: a body that did not arrive whole is unavailable and nothing is done; a
// complete one that is no JSON is malformed.
func TestCutBody(t *testing.T) {
	t.Parallel()
	broken := errors.New("the connection broke")
	eachBody(t, func(t *testing.T, c call) {
		s := newServer(t)
		s.store.before = func(context.Context, any) error {
			t.Error("the store was called")
			return nil
		}
		half := c.body[:len(c.body)/2]
		for _, tt := range []struct {
			rest   io.Reader
			status int
			name   string
		}{
			{iotest.ErrReader(broken), http.StatusServiceUnavailable, "unavailable"},
			{strings.NewReader(""), http.StatusBadRequest, "malformed"},
		} {
			req := c.request()
			w := s.stream(req, io.MultiReader(strings.NewReader(half), tt.rest))
			p := isProblem(t, tt.status, tt.name, w)
			theDocument.holds(t, req, []byte(half), w)
			if tt.name == "unavailable" && (p["kept"] != "nothing" || w.Header().Get("Retry-After") != "1") {
				t.Errorf("kept %v, retry after %q", p["kept"], w.Header().Get("Retry-After"))
			}
		}
		if lines := s.lines("api"); len(lines) != 2 || !strings.Contains(lines[0]["error"].(string), broken.Error()) {
			t.Errorf("the log has %v", lines)
		}
	})
}
