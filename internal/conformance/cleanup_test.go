package conformance

import (
	"testing"

	"carrierhook/internal/wechat"
)

// TestCleanUp: what a run books and places it cancels, also where a server placed what it
// should not have. The merchant's balance is as before.
func TestCleanUp(t *testing.T) {
	run(t, wechat.Secure, window, func(t *testing.T, c *carrier) {
		without(1003, func(_ *carrier, m *wechat.InstantOrder) { m.DeliverySign = shop().sign(m.ShopOrderID) })(c)
		wantFailed(t, c.serve(t), "instant_wrong_sign")
		if len(c.books.orders) < 12 || c.books.left != balance {
			t.Errorf("%d orders, and %d are left of %d", len(c.books.orders), c.books.left, balance)
		}
		for id, o := range c.books.orders {
			if _, done := c.cancelled[o.number]; !done {
				t.Errorf("%s has the waybill %s still", id, o.number)
			}
		}
		if len(c.parcels.orders) < 10 {
			t.Errorf("only %d orders were placed", len(c.parcels.orders))
		}
		for id, p := range c.parcels.orders {
			if p.status != 103 {
				t.Errorf("%s has the status %d", id, p.status)
			}
		}
	})
}
