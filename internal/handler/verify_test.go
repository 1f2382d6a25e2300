package handler_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
)

// TestVerifyURL: the URL check is answered with exactly the echostr, in every
// mode, and with nothing at all when it is not WeChat's.
func TestVerifyURL(t *testing.T) {
	t.Parallel()
	const echo = "4375120948345356249"
	good := signed("")
	good.EchoStr = echo
	tests := []struct {
		name   string
		change func(url.Values)
		check  string // "": passes
	}{
		{"good", func(url.Values) {}, ""},
		{"with what else WeChat may send", func(v url.Values) { v.Set("openid", "oABCD") }, ""},
		{"wrong signature", func(v url.Values) { v.Set("signature", "0"+good.Signature[1:]) }, "signature"},
		{"upper-case signature", func(v url.Values) { v.Set("signature", "375550A219F9FAA46CD63723CB45C5AF146E203A") }, "signature"},
		{"cut signature", func(v url.Values) { v.Set("signature", good.Signature[:39]) }, "signature"},
		{"no signature", func(v url.Values) { v.Del("signature") }, "signature"},
		{"as msg_signature", func(v url.Values) { v.Set("msg_signature", v.Get("signature")); v.Del("signature") }, "signature"},
		{"another nonce", func(v url.Values) { v.Set("nonce", "1") }, "signature"},
		{"no nonce", func(v url.Values) { v.Del("nonce") }, "signature"},
		{"another timestamp", func(v url.Values) { v.Set("timestamp", "1533042557") }, "signature"},
		{"no timestamp", func(v url.Values) { v.Del("timestamp") }, "timestamp"},
		{"timestamp is no number", func(v url.Values) { v.Set("timestamp", "now") }, "timestamp"},
		{"no echostr", func(v url.Values) { v.Del("echostr") }, "echostr"},
		{"empty echostr", func(v url.Values) { v.Set("echostr", "") }, "echostr"},
		{"no echostr, and no signature either", func(v url.Values) { v.Del("echostr"); v.Del("signature") }, "signature"},
		{"nothing", func(v url.Values) { clear(v) }, "timestamp"},
	}
	for _, m := range wechat.Modes() {
		for _, tt := range tests {
			t.Run(m.String()+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				s := newServer(t, m)
				v := good.Values()
				tt.change(v)
				w := s.do(http.MethodGet, handler.Path+"?"+v.Encode(), nil)
				if tt.check == "" {
					if w.Code != http.StatusOK || w.Body.String() != echo {
						t.Errorf("status %d, %q", w.Code, w.Body)
					}
					s.line(t, "url verified")
					return
				}
				status := http.StatusForbidden
				if tt.check == "echostr" { // which is signed, and so need not look like a stranger's
					status = http.StatusBadRequest
				}
				s.refused(t, w, status, tt.check)
			})
		}
	}
}

// TestVerifyURLWithAPreviousToken: also the console's check works while a token
// is being changed.
func TestVerifyURLWithAPreviousToken(t *testing.T) {
	t.Parallel()
	s := newServer(t, wechat.Secure, func(o *options) { o.Tokens = []string{"thenexttoken", token} })
	q := newSender(t, wechat.Secure).Challenge(sampleTime.Add(time.Second), nonce, "<echo>&")
	w := s.do(http.MethodGet, handler.Path+"?"+q.Values().Encode(), nil)
	if w.Code != http.StatusOK || w.Body.String() != "<echo>&" {
		t.Errorf("status %d, %q", w.Code, w.Body)
	}
	if ct := w.Header().Get("Content-Type"); ct != "text/plain; charset=utf-8" {
		t.Errorf("Content-Type %q: what comes from outside must not be a page", ct)
	}
}
