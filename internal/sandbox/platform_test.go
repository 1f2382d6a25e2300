package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// TestCorrectCarrier: a server that does all right passes, in every mode and
// format, and the answer holds what it said.
func TestCorrectCarrier(t *testing.T) {
	t.Parallel()
	for _, m := range wechat.Modes() {
		for _, f := range formats {
			p := platform(t, newCarrier(t, m), m, f)
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
			if err := p.VerifyURL(t.Context()); err != nil {
				t.Errorf("%v %v: %v", m, f, err)
			}
		}
	}
}

// TestFaultyReplies: each fault of a reply is caught, in every format, with an
// error that says what it is.
func TestFaultyReplies(t *testing.T) {
	t.Parallel()
	reply := func(change func(*wechat.CancelReply)) func(*carrier, http.ResponseWriter, question) {
		return func(c *carrier, w http.ResponseWriter, q question) {
			r := q.msg.Reply(0, "success")
			change(&r)
			c.send(w, q, r.Encode(q.push.Format))
		}
	}
	raw := func(body string) func(*carrier, http.ResponseWriter, question) {
		return func(c *carrier, w http.ResponseWriter, _ question) { c.write(w, []byte(body)) }
	}
	replaced := func(json, xml [2]string) func(*carrier, http.ResponseWriter, question) {
		return func(c *carrier, w http.ResponseWriter, q question) {
			change := xml
			if q.push.Format == wechat.JSON {
				change = json
			}
			good := string(q.msg.Reply(0, "success").Encode(q.push.Format))
			c.send(w, q, []byte(strings.Replace(good, change[0], change[1], 1)))
		}
	}
	tests := []struct {
		name  string
		fault func(*carrier, http.ResponseWriter, question)
		says  string
	}{
		{"not swapped", reply(func(r *wechat.CancelReply) { r.ToUserName, r.FromUserName = r.FromUserName, r.ToUserName }), "ToUserName of the reply"},
		{"from another", reply(func(r *wechat.CancelReply) { r.FromUserName = "gh_other" }), "FromUserName of the reply"},
		{"another BizID", reply(func(r *wechat.CancelReply) { r.BizID += "z" }), "BizID of the reply"},
		{"another OrderID", reply(func(r *wechat.CancelReply) { r.OrderID = "" }), "OrderID of the reply"},
		{"another WayBillID", reply(func(r *wechat.CancelReply) { r.WayBillID = "12345678" }), "WayBillID of the reply"},
		{"code as text", replaced([2]string{`"ResultCode":0`, `"ResultCode":"0"`},
			[2]string{"<ResultCode>0<", "<ResultCode><![CDATA[0]]><"}), "ResultCode is not a bare whole number"},
		{"no code", replaced([2]string{`"ResultCode":0,`, ``}, [2]string{"<ResultCode>0</ResultCode>", ""}), "ResultCode is missing"},
		{"unsealed", func(c *carrier, w http.ResponseWriter, q question) {
			c.write(w, q.msg.Reply(0, "success").Encode(q.push.Format))
		}, "Encrypt is missing"},
		{"HTTP 500", func(_ *carrier, w http.ResponseWriter, _ question) { w.WriteHeader(http.StatusInternalServerError) }, "HTTP status 500"},
		{"redirect", func(_ *carrier, w http.ResponseWriter, _ question) {
			w.Header().Set("Location", "/push")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, "HTTP status 307"},
		{"nothing", raw(""), "needs a reply with a ResultCode"},
		{"success", raw("success"), "needs a reply with a ResultCode"},
		{"junk", raw("<html>oops</html>"), "root is not <xml>"},
		{"text", raw("ok"), "not XML or JSON"},
		{"cut off", func(_ *carrier, w http.ResponseWriter, _ question) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("<xml>"))
		}, "read the answer: unexpected EOF"},
	}
	for _, tt := range tests {
		for _, f := range formats {
			t.Run(fmt.Sprintf("%s/%v", tt.name, f), func(t *testing.T) {
				t.Parallel()
				c := newCarrier(t, wechat.Secure)
				c.cancel = func(w http.ResponseWriter, q question) { tt.fault(c, w, q) }
				caught(t, platform(t, c, wechat.Secure, f), tt.says)
			})
		}
	}
}

// caught fails the test unless the platform finds the fault and names it,
// without a secret.
func caught(t *testing.T, p *sandbox.Platform, says string) {
	t.Helper()
	_, err := p.Cancel(t.Context(), message())
	if err == nil {
		t.Fatal("the fault was not seen")
	}
	if !strings.Contains(err.Error(), says) {
		t.Errorf("the error is %q, and should say %q", err, says)
	}
	for _, secret := range []string{token, aesKey, "PasswordOfTheTest", "signature="} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows %q: %v", secret, err)
		}
	}
}

// TestFaultyEnvelopes: an envelope must be this push's, in seconds and signed.
func TestFaultyEnvelopes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(stamp, nonce *string)
		forged bool
		says   string
	}{
		{"good", func(_, _ *string) {}, false, ""},
		{"foreign nonce", func(_, nonce *string) { *nonce = "1" }, false, "Nonce is not the push's"},
		{"milliseconds", func(stamp, _ *string) { *stamp += "000" }, false, "TimeStamp is not in seconds"},
		{"forged", func(_, _ *string) {}, true, "MsgSignature does not fit"},
	}
	for _, tt := range tests {
		c := newCarrier(t, wechat.Secure)
		c.cancel = func(w http.ResponseWriter, q question) {
			box, err := wechat.NewCipher(aesKey, appID)
			if err != nil {
				t.Error(err)
				return
			}
			encrypt := box.Encrypt([16]byte{}, q.msg.Reply(0, "success").Encode(wechat.JSON))
			stamp, nonce := strconv.FormatInt(time.Now().Unix(), 10), q.query.Nonce
			tt.change(&stamp, &nonce)
			sig := wechat.Sign(token, stamp, nonce, encrypt)
			if tt.forged {
				sig = wechat.Sign(token, stamp, nonce)
			}
			c.write(w, fmt.Appendf(nil, `{"Encrypt":%q,"MsgSignature":%q,"TimeStamp":%s,"Nonce":%q}`, encrypt, sig, stamp, nonce))
		}
		p := platform(t, c, wechat.Secure, wechat.JSON)
		t.Run(tt.name, func(t *testing.T) {
			if tt.says != "" {
				caught(t, p, tt.says)
			} else if _, err := p.Cancel(t.Context(), message()); err != nil {
				t.Errorf("a good envelope: %v", err)
			}
		})
	}
}

// TestWrongCredentials: a push that the server does not believe is reported as
// the server's refusal.
func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	p := platform(t, newCarrier(t, wechat.Secure), wechat.Plain, wechat.XML)
	caught(t, p, "HTTP status 403")
}

// TestPatience: a server that hangs, before or amid its answer, is given up when
// patience has run out, and not sooner; a caller may give up sooner.
func TestPatience(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]string{"at once": "", "amid the answer": "<xml>"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCarrier(t, wechat.Plain)
				c.cancel = func(w http.ResponseWriter, q question) {
					if start != "" {
						c.write(w, []byte(start))
						w.(http.Flusher).Flush()
					}
					<-q.gone
				}
				p := inMemory(t, c, wechat.Plain, wechat.XML)
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

// TestVerifyURLFaults: only exactly the echostr will do, and each check sends
// another.
func TestVerifyURLFaults(t *testing.T) {
	t.Parallel()
	for name, verify := range map[string]func(*carrier, http.ResponseWriter, string){
		"quoted":   func(c *carrier, w http.ResponseWriter, echo string) { c.write(w, []byte(strconv.Quote(echo))) },
		"line end": func(c *carrier, w http.ResponseWriter, echo string) { c.write(w, []byte(echo+"\n")) },
		"nothing":  func(*carrier, http.ResponseWriter, string) {},
		"success":  func(c *carrier, w http.ResponseWriter, _ string) { c.write(w, []byte("success")) },
		"HTTP 201": func(c *carrier, w http.ResponseWriter, echo string) { w.WriteHeader(201); c.write(w, []byte(echo)) },
	} {
		c := newCarrier(t, wechat.Secure)
		c.verify = func(w http.ResponseWriter, echo string) { verify(c, w, echo) }
		if err := platform(t, c, wechat.Secure, wechat.XML).VerifyURL(t.Context()); err == nil || !strings.Contains(err.Error(), "echostr") {
			t.Errorf("%s: %v", name, err)
		}
	}
	seen := make(map[string]bool)
	c := newCarrier(t, wechat.Plain)
	c.verify = func(w http.ResponseWriter, echo string) { seen[echo] = true; c.write(w, []byte(echo)) }
	p := platform(t, c, wechat.Plain, wechat.XML)
	for range 3 {
		must(t, p.VerifyURL(t.Context()))
	}
	if len(seen) != 3 {
		t.Errorf("three checks had %v", seen)
	}
}

// TestUnreachable: a server that is not there is reported without the query.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	p := platform(t, http.NotFoundHandler(), wechat.Secure, wechat.XML)
	p.URL = srv.URL
	srv.Close()
	caught(t, p, "refused")
}
