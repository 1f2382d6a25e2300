package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// TestCorrectCarrier: a server that does all right passes, in every mode and
// format, and the answer holds what it said.
func TestCorrectCarrier(t *testing.T) {
	t.Parallel()
	for _, m := range wechat.Modes() {
		for _, f := range sandboxtest.Formats {
			p := platform(t, replying(t, m, right(t)), m, f)
			a, err := p.Cancel(t.Context(), message())
			if err != nil {
				t.Errorf("%v %v: %v", m, f, err)
			}
			want := message().Reply(0, "success")
			if a.Status != http.StatusOK || a.Reply != want || !bytes.Equal(a.Opened, want.Encode(f)) || a.Took <= 0 {
				t.Errorf("%v %v: answer %+v", m, f, a)
			}
			if sealed := !bytes.Equal(a.Body, a.Opened); sealed != (m != wechat.Plain) {
				t.Errorf("%v %v: the body is %s", m, f, a.Body)
			}
			if echo, a, err := p.Challenge(t.Context(), ""); err != nil || string(a.Body) != echo {
				t.Errorf("%v %v: %s for %s, %v", m, f, a.Body, echo, err)
			}
		}
	}
}

// TestFaultyReplies: each fault of a reply is caught, in every format, with an
// error that says what it is. A wrong answer is an answer: nothing is sent again.
func TestFaultyReplies(t *testing.T) {
	t.Parallel()
	type faulty = func(http.ResponseWriter, wechat.Query, *wechat.Push)
	packet := func(make func(*wechat.Push) []byte) faulty {
		return func(w http.ResponseWriter, _ wechat.Query, p *wechat.Push) {
			body, err := p.Seal(make(p))
			if err != nil {
				t.Error(err)
			}
			_, _ = w.Write(body)
		}
	}
	changed := func(change func(*wechat.CancelReply)) faulty {
		return packet(func(p *wechat.Push) []byte {
			r := cancelled(t, p)
			change(&r)
			return r.Encode(p.Format)
		})
	}
	replaced := func(change ...string) faulty {
		return packet(func(p *wechat.Push) []byte {
			return []byte(strings.NewReplacer(change...).Replace(string(right(t)(p))))
		})
	}
	raw := func(status int, body string, header ...string) faulty {
		return func(w http.ResponseWriter, _ wechat.Query, _ *wechat.Push) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for says, all := range map[string][]faulty{
		"ToUserName of the reply":               {changed(func(r *wechat.CancelReply) { r.ToUserName, r.FromUserName = r.FromUserName, r.ToUserName })},
		"FromUserName of the reply":             {changed(func(r *wechat.CancelReply) { r.FromUserName = "gh_other" })},
		"BizID of the reply":                    {changed(func(r *wechat.CancelReply) { r.BizID += "z" })},
		"OrderID of the reply":                  {changed(func(r *wechat.CancelReply) { r.OrderID = "" })},
		"WayBillID of the reply":                {changed(func(r *wechat.CancelReply) { r.WayBillID = "12345678" })},
		"ResultCode is not a bare whole number": {replaced(`"ResultCode":0`, `"ResultCode":"0"`, "<ResultCode>0<", "<ResultCode><![CDATA[0]]><")},
		"ResultCode is missing":                 {replaced(`"ResultCode":0,`, ``, "<ResultCode>0</ResultCode>", "")},
		"Encrypt is missing":                    {func(w http.ResponseWriter, _ wechat.Query, p *wechat.Push) { _, _ = w.Write(right(t)(p)) }},
		"HTTP status 500":                       {raw(http.StatusInternalServerError, "")},
		"HTTP status 307":                       {raw(http.StatusTemporaryRedirect, "", "Location", "/push")},
		"needs a reply with a ResultCode":       {raw(http.StatusOK, ""), raw(http.StatusOK, "success")},
		"root is not <xml>":                     {raw(http.StatusOK, "<html>oops</html>")},
		"not XML or JSON":                       {raw(http.StatusOK, "ok")},
		"read the answer: unexpected EOF":       {raw(http.StatusOK, "<xml>", "Content-Length", "1000")},
	} {
		for _, answer := range all {
			for _, f := range sandboxtest.Formats {
				t.Run(fmt.Sprintf("%s/%v", says, f), func(t *testing.T) {
					t.Parallel()
					p := platform(t, opening(t, wechat.Secure, answer), wechat.Secure, f)
					p.Tries = 2
					d := caught(t, p, says)
					if silent := strings.HasPrefix(says, "read"); len(d.Answers) != map[bool]int{true: 0, false: 1}[silent] || d.Tries == 1 == silent {
						t.Errorf("%d answers to %d tries", len(d.Answers), d.Tries)
					}
				})
			}
		}
	}
}

// caught fails the test unless the platform finds the fault and names it,
// without a secret.
func caught(t *testing.T, p *sandbox.Platform, says string) sandbox.PushResult {
	t.Helper()
	reply, d, err := p.PushCancel(t.Context(), message(), "")
	if err == nil || !strings.Contains(err.Error(), says) || reply != (wechat.CancelReply{}) {
		t.Errorf("the error is %v, and should say %q", err, says)
	}
	if errors.Is(err, sandbox.ErrNoAnswer) != (len(d.Answers) == 0) {
		t.Errorf("%d answers, %v", len(d.Answers), err)
	}
	noSecret(t, err)
	return d
}

// TestFaultyEnvelopes: an envelope must be this push's, in seconds and signed.
func TestFaultyEnvelopes(t *testing.T) {
	t.Parallel()
	box, err := wechat.NewCipher(aesKey, appID)
	must(t, err)
	for says, change := range map[string]func(stamp, nonce, token *string){
		"":                            func(_, _, _ *string) {},
		"Nonce is not the push's":     func(_, nonce, _ *string) { *nonce = "1" },
		"TimeStamp is not in seconds": func(stamp, _, _ *string) { *stamp += "000" },
		"MsgSignature does not fit":   func(_, _, token *string) { *token = "another" },
	} {
		p := platform(t, opening(t, wechat.Secure, func(w http.ResponseWriter, q wechat.Query, p *wechat.Push) {
			encrypt := box.Encrypt([16]byte{}, right(t)(p))
			stamp, nonce, token := strconv.FormatInt(time.Now().Unix(), 10), q.Nonce, token
			change(&stamp, &nonce, &token)
			fmt.Fprintf(w, `{"Encrypt":%q,"MsgSignature":%q,"TimeStamp":%s,"Nonce":%q}`, encrypt, wechat.Sign(token, stamp, nonce, encrypt), stamp, nonce)
		}), wechat.Secure, wechat.JSON)
		if says != "" {
			caught(t, p, says)
		} else if _, err := p.Cancel(t.Context(), message()); err != nil {
			t.Errorf("a good envelope: %v", err)
		}
	}
}

// TestPatience: a server that hangs, before or amid its answer, is given up when
// patience has run out, and not sooner; a caller may give up sooner.
func TestPatience(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]string{"at once": "", "amid the answer": "<xml>"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := inMemory(t, &listener{answer: func(_ int, w http.ResponseWriter, r *http.Request) {
					if start != "" {
						_, _ = io.WriteString(w, start)
						w.(http.Flusher).Flush()
					}
					hang(r)
				}}, wechat.Plain, wechat.XML)
				p.Tries = 1
				begun := time.Now()
				caught(t, p, "no whole answer within 5s")
				if took := time.Since(begun); took != sandbox.Patience {
					t.Errorf("it took %v", took)
				}
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if _, err := p.Cancel(ctx, message()); !errors.Is(err, context.Canceled) {
					t.Errorf("a caller that gave up hears %v", err)
				}
			})
		})
	}
	if sandbox.Patience != 5*time.Second {
		t.Errorf("WeChat waits five seconds, not %v", sandbox.Patience)
	}
}
