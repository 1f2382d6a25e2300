package conformance

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/wechat"
)

// TestSecretsNotShown: whatever is wrong, no report shows an order's token, which is a
// key to it, the shop's secret, a sign, or a code that opens a parcel.
func TestSecretsNotShown(t *testing.T) {
	run(t, wechat.Plain, window, func(t *testing.T, c *carrier) {
		hidden := []string{appSecret, sampleSign, "SecretPrice", "4711", "刘一", "老王", "18512345678", "水果"}
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
		text := lines(report) + report.Summary() + out.String() + fmt.Sprintf("%v %+v %#v", *shop(), shop(), Options{Shop: shop()})
		for _, secret := range hidden {
			if secret != "" && strings.Contains(text, secret) {
				t.Errorf("the report, or what is printed, shows %q", secret)
			}
		}
	})
}
