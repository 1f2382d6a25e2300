package conformance

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// TestSecretsNotShown: whatever is wrong, no report shows an order's token, which is a
// key to it, the shop's secret, a sign, or a code that opens a parcel.
func TestSecretsNotShown(t *testing.T) {
	run(t, wechat.Plain, window, func(t *testing.T, c *carrier) {
		hidden := []string{appSecret, newToken, newKey, sampleSign, "SecretPrice", "4711", "刘一", "老王", "18512345678", "水果"}
		var mu sync.Mutex
		hide := func(texts ...string) {
			mu.Lock()
			defer mu.Unlock()
			hidden = append(hidden, texts...)
		}
		c.add = func(c *carrier, m wechat.AddWaybill) wechat.AddReply {
			r := c.book(m)
			r.Token = "not" + m.Token
			hide(m.Token)
			return r
		}
		c.place = func(c *carrier, m wechat.InstantOrder) wechat.InstantReply {
			hide(m.WXToken, m.DeliverySign)
			r := c.placeOrder(m)
			if r.FinishCode = 4711; r.DeliveryToken != "" {
				r.DeliveryToken = "SecretPrice"
			}
			if m.DeliveryToken == "SecretPrice" || m.DeliveryToken == "xxxxxxxx" {
				r.ResultCode = 0
			}
			return r
		}
		wrong, _, report := failed(t, c.serve(t))
		for _, name := range []string{"reply_echoed", "reply_handover", "instant_other_token"} {
			if !slices.Contains(wrong, name) {
				t.Errorf("%s is not in %v", name, wrong)
			}
		}
		var out bytes.Buffer
		must(t, report.WriteJSON(&out))
		text := lines(report) + report.Summary() + out.String() + fmt.Sprintf("%v %+v %#v", *shop(), shop(), Options{Shop: shop(), Next: Secrets{Token: newToken, AESKey: newKey}})
		for _, secret := range hidden {
			if secret != "" && strings.Contains(text, secret) {
				t.Errorf("the report, or what is printed, shows %q", secret)
			}
		}
	})
}

// TestBodyShown: the report shows the start of a body that is no answer, as one line and
// without a secret of ours, though the server shows all that it received and is set to.
func TestBodyShown(t *testing.T) {
	t.Parallel()
	settings := "token=" + oldToken + "," + token + " key=" + newKey + "," + aesKey + " passwords=" + password + "," + appSecret
	for _, mode := range wechat.Modes() {
		for name, right := range map[string]string{"answer": "", "add_answer": wechat.EventCancelWaybill, "instant_answer": wechat.EventCancelWaybill} {
			t.Run(mode.String()+" "+name, func(t *testing.T) {
				run(t, mode, window, func(t *testing.T, c *carrier) {
					o := c.serve(t)
					o.Client = sandboxtest.InMemory(t, map[string]http.Handler{"carrier": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						body, err := io.ReadAll(r.Body)
						must(t, err)
						push, err := c.receiver.Open(wechat.QueryFrom(r.URL.RawQuery), body)
						if r.Method == http.MethodGet || err != nil || push.EventName() == right {
							r.Body = io.NopCloser(bytes.NewReader(body))
							c.ServeHTTP(w, r)
							return
						}
						hidden := r.URL.RawQuery
						if m, err := push.AddWaybill(); err == nil {
							hidden += m.Token + m.Sender.Name + m.Receiver.Mobile
						}
						if m, err := push.InstantOrder(); err == nil {
							hidden += m.WXToken + m.DeliverySign + m.Sender.Phone + m.Receiver.Name
						}
						w.WriteHeader(http.StatusInternalServerError)
						fmt.Fprintf(w, "it\nbroke\x00: %s %s %s", settings, hidden, strings.Repeat("x", 1<<20))
					})})
					_, _, report := failed(t, o)
					i := slices.IndexFunc(report.Results, func(r Result) bool { return r.Case == name })
					got := report.Results[i].Got
					if !strings.HasPrefix(got, `HTTP 500: "it\nbroke\x00: token=[hidden],[hidden] key=[hidden],[hidden] passwords=[hidden],[hidden] `) || len(got) > 500 || report.Results[i].Verdict != Fail {
						t.Errorf("%s: %s", report.Results[i].Verdict, got)
					}
					for _, secret := range []string{token, aesKey, oldToken, newKey, password, appSecret, "张三", "18610000000", "13712345678", "老王"} {
						if strings.Contains(lines(report), secret) {
							t.Errorf("%s is in the report", secret)
						}
					}
					if m := regexp.MustCompile(`signature=[0-9a-f]|conformanceo`).FindString(got); m != "" {
						t.Errorf("%s is in the report: %s", m, got)
					}
				})
			})
		}
	}
}
