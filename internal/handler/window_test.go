package handler_test

import (
	"net/http"
	"testing"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
)

// skewed sets our clock apart from WeChat's.
func skewed(by time.Duration) func(*options) {
	return func(o *options) { o.Now = func() time.Time { return sampleTime.Add(by) } }
}

func late(o *options) { skewed(time.Hour)(o) }

// TestWindow: a timestamp too far from our clock, either way, is refused for
// GET and POST alike, and the gauge shows how far it was, also when refused.
// CreateTime has no say: the samples are of 2018.
func TestWindow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		skew    time.Duration
		window  time.Duration
		refused bool
	}{
		{"on time", 0, 10 * time.Minute, false},
		{"old, at the edge", 10 * time.Minute, 10 * time.Minute, false},
		{"too old", 10*time.Minute + time.Second, 10 * time.Minute, true},
		{"early, at the edge", -10 * time.Minute, 10 * time.Minute, false},
		{"too early", -10*time.Minute - time.Second, 10 * time.Minute, true},
		{"years old, no window", 70000 * time.Hour, 0, false},
	}
	for _, tt := range tests {
		for _, m := range wechat.Modes() {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				t.Run(tt.name+"/"+m.String()+"/"+method, func(t *testing.T) {
					t.Parallel()
					s := newServer(t, m, skewed(tt.skew), func(o *options) { o.Window = tt.window })
					q, body := samplePush(t, wechat.JSON, m)
					q.EchoStr = "echo"
					w := s.do(method, handler.Path+"?"+q.Values().Encode(), body)
					if tt.refused {
						s.refused(t, w, http.StatusForbidden, "window")
					} else if w.Code != http.StatusOK {
						t.Errorf("status %d", w.Code)
					}
					if tt.refused || method == http.MethodPost {
						s.counted(t, "carrierhook_wechat_clock_difference_seconds", tt.skew.Seconds())
					}
				})
			}
		}
	}
}

// TestOldMessageInANewPush: only the query's timestamp counts.
func TestOldMessageInANewPush(t *testing.T) {
	t.Parallel()
	for _, m := range wechat.Modes() {
		now := time.Unix(1795000000, 0)
		s := newServer(t, m, func(o *options) { o.Now = func() time.Time { return now } })
		q, body := newSender(t, m).Push(wechat.XML, now, nonce, random, wechat.EncodeCancel(wechat.XML, sampleCancel))
		if w := s.post(q, body); w.Code != http.StatusOK {
			t.Errorf("%v: status %d; the log:\n%s", m, w.Code, s.written)
		}
	}
}

// TestStrangersDoNotMoveTheSkew: the gauge is about WeChat's clock and ours, so
// only what is signed may move it.
func TestStrangersDoNotMoveTheSkew(t *testing.T) {
	t.Parallel()
	for _, m := range wechat.Modes() {
		s := newServer(t, m, late)
		q, body := samplePush(t, wechat.XML, m)
		q.Signature, q.MsgSignature = "", ""
		w := s.post(q, body)
		if w.Code != http.StatusForbidden {
			t.Errorf("%v: status %d", m, w.Code)
		}
		s.counted(t, "carrierhook_wechat_clock_difference_seconds", 0)
	}
}
