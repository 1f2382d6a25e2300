package conformance

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// TestQuietRefusal: a server may refuse with HTTP 200 and anything that is no reply, if it
// says so to a wrong signature too. A chat message is a reply.
func TestQuietRefusal(t *testing.T) {
	t.Parallel()
	all := []string{
		"bad_padding", "clock_off", "flipped_byte", "no_signature", "over_limit", "plaintext", "plaintext_aes", "stale_timestamp", "truncated",
		"wrong_app_id", "wrong_length", "wrong_msg_signature", "wrong_signature", "wrong_user_name",
	}
	for says, want := range map[string][]string{"": nil, "success": nil, "refused": nil, `{"errcode":-40001}`: nil, chatMessage: all} {
		t.Run(says, func(t *testing.T) {
			run(t, wechat.Secure, window, func(t *testing.T, c *carrier) {
				o := c.serve(t)
				o.Client = sandboxtest.InMemory(t, map[string]http.Handler{"carrier": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					rec := httptest.NewRecorder()
					c.ServeHTTP(rec, r)
					if r.Method == http.MethodPost && rec.Code != http.StatusOK {
						_, _ = io.WriteString(w, says)
						return
					}
					w.WriteHeader(rec.Code)
					_, _ = w.Write(rec.Body.Bytes())
				})})
				wantFailed(t, o, want...)
			})
		})
	}
}

// TestHalfNotUnderstood: half a plain push may be answered -1, for its signature holds. In
// the other modes nothing shows that it is WeChat's.
func TestHalfNotUnderstood(t *testing.T) {
	t.Parallel()
	for mode, want := range map[wechat.Mode][]string{wechat.Plain: nil, wechat.Secure: {"truncated"}, wechat.Compatible: {"truncated"}} {
		t.Run(mode.String(), func(t *testing.T) {
			run(t, mode, window, func(t *testing.T, c *carrier) {
				halfAnswered(-1)(c)
				wantFailed(t, c.serve(t), want...)
			})
		})
	}
}

// TestUnreachable: a server that is not there is no report, but an error.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newCarrier(t, wechat.Secure, window).serve(t)
		o.URL, o.Client = "http://127.0.0.1:1/push", nil
		report, err := Run(t.Context(), o, nil)
		if err == nil || !strings.Contains(err.Error(), "no answer at all") || len(report.Results) > 0 {
			t.Errorf("%v, %d results", err, len(report.Results))
		}
		ctx, cancel := context.WithCancel(t.Context())
		o = newCarrier(t, wechat.Secure, window).serve(t)
		report, err = Run(ctx, o, func(r Result) {
			if r.Case == "answer" {
				cancel()
			}
		})
		if err == nil || len(report.Results) > 5 {
			t.Errorf("went on when it was to stop: %v, %d results", err, len(report.Results))
		}
	})
}

// TestSilentServer: nothing is proved by a server that answers nothing, and no
// refusal of it counts.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := sandboxtest.InMemory(t, map[string]http.Handler{"carrier": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })})
		report := wantFailed(t, Options{URL: "http://carrier/", Account: account(wechat.Secure), Formats: []wechat.Format{wechat.JSON}, Client: client}, "answer", "url_check")
		if report.Passed != 2 { // the forged and the stale URL check
			t.Errorf("%d passed\n%s", report.Passed, lines(report))
		}
		if !strings.Contains(report.Summary(), "failed: json/answer") || !strings.Contains(report.Summary(), "failed: url_check") {
			t.Error(report.Summary())
		}
	})
}

// TestLateAnswer: with more patience than WeChat has, an answer that WeChat would
// not have waited for is seen, and is still wrong.
func TestLateAnswer(t *testing.T) {
	run(t, wechat.Plain, window, func(t *testing.T, c *carrier) {
		var once sync.Once
		c.accept = func(_ *carrier, _ *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
			once.Do(func() { time.Sleep(sandbox.Patience + 100*time.Millisecond) })
			return body, 0
		}
		o := c.serve(t)
		o.Patience, o.Formats = 4*sandbox.Patience, o.Formats[:1]
		wantFailed(t, o, "answer")
	})
}

// TestRulesOnly: advice can be left out, and a rule cannot.
func TestRulesOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCarrier(t, wechat.Secure, 0) // no window: advice not taken
		o := c.serve(t)
		o.RulesOnly = true
		wrong, _, report := failed(t, o)
		if len(wrong) > 0 {
			t.Errorf("failed %v", wrong)
		}
		for _, r := range report.Results {
			if r.Basis != Rule {
				t.Errorf("%s was run", r.Case)
			}
		}
	})
}

// TestLittleGiven: what is not given is not tried, and the report says what to give.
// Nothing is cancelled that was not given for it, and without a shop nothing is placed.
func TestLittleGiven(t *testing.T) {
	run(t, wechat.Secure, window, func(t *testing.T, c *carrier) {
		c.place = func(_ *carrier, m wechat.InstantOrder) wechat.InstantReply {
			t.Error("an order of instant delivery was pushed")
			return m.Reply(1099, "no")
		}
		o := c.serve(t)
		o.Waybills, o.Merchant, o.Shop, o.Previous, o.Next = o.Waybills[:1], nil, nil, Secrets{}, Secrets{Token: token}
		wrong, skipped, report := failed(t, o)
		if len(wrong) > 0 || len(c.cancelled) != 1 {
			t.Errorf("failed %v, cancelled %d", wrong, len(c.cancelled))
		}
		want := []string{"xml/slow_answer", "json/code_0", "json/repeat", "xml/code_30002", "json/code_-1", "xml/add_0", "json/check_10002", "json/add_cancelled", "xml/previous_secrets", "json/next_secrets"}
		for _, c := range slices.Concat(instantCases, instantReplyCases) {
			want = append(want, "xml/"+c.Name, "json/"+c.Name)
		}
		for _, name := range want {
			if !slices.Contains(skipped, name) {
				t.Errorf("%s was run", name)
			}
		}
		text := lines(report)
		for _, part := range []string{"give four for each format", "no waybill is given that gives 30002", "no merchant's account is given", "no shop of instant delivery is given", "not tried: the previous Token or AES key is not given", "not tried: what is given as next is"} {
			if !strings.Contains(text, part) {
				t.Errorf("the report does not say what to give: %q", part)
			}
		}
		o.Next.AESKey = "short"
		if _, err := Run(t.Context(), o, nil); err == nil || !strings.Contains(err.Error(), "the next secrets: ") || strings.Contains(err.Error(), "short") {
			t.Errorf("a key that is none: %v", err)
		}
		o.Next = Secrets{}
		if report, err := Run(t.Context(), o, nil); err != nil || !strings.Contains(lines(report), "was the waybill used before?") {
			t.Error("a second run does not say that the waybill is used up")
		}
	})
}
