package delivery

import (
	"strings"
	"testing"
)

// WeChat's worked example, and the one without an order.
func TestSign(t *testing.T) {
	for orderID, want := range map[string]string{
		"test_shop_order_id": "a93d8d6bae9a9483c1b1d4e8670e7f6226ec94cb",
		"":                   "9930e1dbf1665bba7e4a88059d872aad8194d21d",
	} {
		if got := Sign("test_shop_id", orderID, appSecret); got != want {
			t.Errorf("%q: %s, want %s", orderID, got, want)
		}
	}
}

// A sign is valid in small and capital letters, and unchanged.
func TestSignedBy(t *testing.T) {
	good := orderFields().Sign
	for sign, want := range map[string]bool{
		good: true, strings.ToUpper(good): true, good[:20] + strings.ToUpper(good[20:]): true, " " + good + "\n": true,
		"": false, " ": false, good[:38]: false, good[1:]: false, good + "00": false, good + "0": false, "0" + good: false,
		strings.Repeat("0", 40): false, "01234567890123456789": false, strings.Replace(good, "a", "ａ", 1): false,
		good[:39] + "a": false, "b" + good[1:]: false, good[:20] + " " + good[20:]: false,
		"9930e1dbf1665bba7e4a88059d872aad8194d21d": false, // of the shop, not of the order
	} {
		f, w := orderFields(), requestFields()
		f.Sign, w.Sign = sign, sign
		for _, kind := range Kinds() {
			if got := request(kind, f, w).signedBy(appSecret); got != want {
				t.Errorf("%s with %q: %t", kind, sign, got)
			}
		}
	}
	r := request(Query, orderFields(), requestFields())
	if r.signedBy("test_app_secret") {
		t.Error("another secret signs")
	}
	r.Sign = Sign(r.ShopID, r.OrderID, "")
	if r.signedBy("") {
		t.Error("no secret signs")
	}
}
