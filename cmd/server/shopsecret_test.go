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
	imports := func(args ...string) (string, error) {
		cmd := process(t.TempDir(), []string{"CARRIERHOOK_DATABASE_URL=" + url, "CARRIERHOOK_DELIVERY_KEY=" + key}, append([]string{"import", "shops", "-"}, args...)...)
		cmd.Stdin = strings.NewReader("shop_id,secret\n" + demo.ShopID + "," + demo.ShopSecret + "\n")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	quotes := func(code int, key string) {
		t.Helper()
		cfg := testConfig(url, wechat.Plain)
		cfg.Delivery.Key = config.Secret(key)
		s := &shop{tb: t, wx: start(t, cfg).wechat(t, wechat.Plain, wechat.XML)}
		s.places(code, s.order(wechat.EventPrecreateOrder, "o"))
	}
	out, err := imports()
	if err == nil || !strings.Contains(out, "line 2") || !strings.Contains(out, "delivery.key") || strings.Contains(out, demo.ShopSecret) {
		t.Errorf("under another key: %v\n%s", err, out)
	}
	quotes(0, demo.DeliveryKey)
	if out, err := imports("--reseal"); err != nil || !strings.Contains(out, "0 new, 1 changed") {
		t.Errorf("%v\n%s", err, out)
	}
	quotes(0, key)
	quotes(-1, demo.DeliveryKey)
	if out, err := imports(); err != nil || !strings.Contains(out, "1 as they were") {
		t.Errorf("after that: %v\n%s", err, out)
	}
}

// A secret of a shop is taken from one place, and from a file that has one; no error
// shows it.
func TestShopSecretFile(t *testing.T) {
	t.Parallel()
	for says, args := range map[string][]string{
		"one secret is enough": {"--shop-secret", "hush", "--shop-secret-file", secretFile(t, "hush")},
		"the file is empty":    {"--shop-secret-file", secretFile(t, "")},
		"no such file":         {"--shop-secret-file", "nowhere"},
	} {
		out, err := runs(t, t.TempDir(), []string{
			"CARRIERHOOK_WECHAT_USER_NAME=gh_abcdefg", "CARRIERHOOK_WECHAT_APP_ID=wxb11529c136998cb6", "CARRIERHOOK_WECHAT_TOKEN=" + testToken, "CARRIERHOOK_WECHAT_AES_KEY=" + testAESKey,
		}, append([]string{"push", "--event", wechat.EventQueryOrder, "--url", "http://127.0.0.1:1/"}, args...)...)
		if err == nil || !strings.Contains(out, says) || strings.Contains(out, "hush") {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
}
