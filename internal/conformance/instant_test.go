package conformance

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"carrierhook/internal/wechat"
)

// TestSign: WeChat's worked example, with an order and without.
func TestSign(t *testing.T) {
	t.Parallel()
	s := Shop{ID: "test_shop_id", Secret: "test_app_secrect"}
	for orderID, want := range map[string]string{
		"test_shop_order_id": "a93d8d6bae9a9483c1b1d4e8670e7f6226ec94cb", "": "9930e1dbf1665bba7e4a88059d872aad8194d21d",
	} {
		if got := s.sign(orderID); got != want {
			t.Errorf("%q: %s, want %s", orderID, got, want)
		}
	}
}

// TestEventsAreNew: what is not the same event has a CreateTime of its own, in the
// whole run: by that and FromUserName a server may identify events.
func TestEventsAreNew(t *testing.T) {
	run(t, wechat.Plain, window, func(t *testing.T, c *carrier) {
		var mu sync.Mutex
		events := map[int64][32]byte{}
		see := func(at int64, id [32]byte) {
			mu.Lock()
			defer mu.Unlock()
			if other, there := events[at]; there && other != id {
				t.Errorf("two events at %d", at)
			}
			events[at] = id
		}
		c.place = func(c *carrier, m wechat.InstantOrder) wechat.InstantReply {
			see(m.CreateTime, m.Identity())
			return c.placeOrder(m)
		}
		c.onFollowUp = func(c *carrier, m wechat.InstantFollowUp) wechat.InstantReply {
			see(m.CreateTime, m.Identity())
			return c.followUp(m)
		}
		c.decide = func(c *carrier, m wechat.CancelWaybill) (int, string) {
			see(m.CreateTime, m.Identity())
			return c.cancel(m)
		}
		wantFailed(t, c.serve(t))
		if len(events) < 150 {
			t.Errorf("only %d events", len(events))
		}
	})
}

// TestShopGiven: what is left out of a shop is as in WeChat's sample, what is given
// is pushed, and a shop needs an id and a secret.
func TestShopGiven(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		full, err := shop().complete()
		must(t, err)
		if full.ShopNo != "12345678" || full.Sender.City != "北京市" || full.Receiver.Lng != "116.50603" {
			t.Error("what is missing is not as in WeChat's sample")
		}
		c := newCarrier(t, wechat.Plain, window)
		var mu sync.Mutex
		var seen []wechat.InstantOrder
		c.place = func(c *carrier, m wechat.InstantOrder) wechat.InstantReply {
			mu.Lock()
			seen = append(seen, m)
			mu.Unlock()
			return c.placeOrder(m)
		}
		o := c.serve(t)
		o.Formats = o.Formats[:1]
		o.Shop.ShopNo, o.Shop.Sender, o.Shop.Receiver = "s1", full.Receiver, full.Sender
		wantFailed(t, o)
		mu.Lock()
		defer mu.Unlock()
		if len(seen) == 0 || seen[0].ShopNo != "s1" || seen[0].Sender != full.Receiver || seen[0].Receiver != full.Sender {
			t.Error("the order is not the shop's")
		}
		for _, wrong := range []*Shop{{ID: "x"}, {Secret: appSecret}} {
			o.Shop = wrong
			if _, err := Run(t.Context(), o, nil); err == nil || strings.Contains(err.Error(), appSecret) {
				t.Errorf("a shop without an id or a secret: %v", err)
			}
		}
	})
}

// TestYuan: amounts of up to two decimals, exactly.
func TestYuan(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"10": 1000, "10.0": 1000, "10.00": 1000, "10.5": 1050, "0.07": 7, " 12.34 ": 1234, "0": 0, "-1.5": -150} {
		if got, ok := yuan(text); got != want || !ok {
			t.Errorf("%q: %d, %v, want %d", text, got, ok, want)
		}
	}
	for _, wrong := range []string{"", ".", "x", "1.234", "1e3", "1.2.3", "1 .5", "1. 5", "--1"} {
		if got, ok := yuan(wrong); ok {
			t.Errorf("%q is %d", wrong, got)
		}
	}
}
