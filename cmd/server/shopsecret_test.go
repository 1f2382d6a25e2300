package main

import (
	"strings"
	"testing"

	"carrierhook/internal/config"
	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"
)

// otherDeliveryKey is a key that the samples are not sealed under.
const otherDeliveryKey = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

// An import with another key than the servers' is refused, and they go on. Where the
// key was lost, --reseal puts the secrets under the new one.
func TestReseal(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	const key = otherDeliveryKey
	c := on(t, url, "CARRIERHOOK_DELIVERY_KEY="+key).reading("shop_id,secret\n" + demo.ShopID + "," + demo.ShopSecret + "\n")
	quotes := func(code int, key string) {
		t.Helper()
		cfg := testConfig(url, wechat.Plain)
		cfg.Delivery.Key = config.Secret(key)
		s := &shop{tb: t, wx: start(t, cfg).wechat(t, wechat.Plain, wechat.XML)}
		s.places(code, s.order(wechat.EventPrecreateOrder, "o"))
	}
	out := c.refuses("delivery.key", "import", "shops", "-")
	if !strings.Contains(out, "line 2") || strings.Contains(out, demo.ShopSecret) {
		t.Errorf("under another key: %s", out)
	}
	quotes(0, demo.DeliveryKey)
	c.says("0 new, 1 changed", "import", "shops", "-", "--reseal")
	quotes(0, key)
	quotes(-1, demo.DeliveryKey)
	c.says("1 as they were", "import", "shops", "-")
}

// A secret of a shop is taken from one place, and from a file that has one; no error
// shows it.
func TestShopSecretFile(t *testing.T) {
	t.Parallel()
	for says, args := range map[string][]string{
		"[shop-secret shop-secret-file] were all set": {"--shop-secret", "hush", "--shop-secret-file", secretFile(t, "hush")},
		"the file is empty":                           {"--shop-secret-file", secretFile(t, "")},
		"no such file":                                {"--shop-secret-file", "nowhere"},
	} {
		out := cli{tb: t, dir: t.TempDir(), env: carrierEnv}.refuses(says, append([]string{"push", "--event", wechat.EventQueryOrder, "--url", "http://127.0.0.1:1/"}, args...)...)
		if strings.Contains(out, "hush") {
			t.Errorf("%q shows a secret", args)
		}
	}
}
