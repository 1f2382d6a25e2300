package conformance

import (
	"sync"

	"carrierhook/internal/wechat"
)

// afterwards changes what the correct carrier says to an order.
func afterwards(change func(*wechat.AddReply, wechat.AddWaybill)) func(*carrier) {
	return ordering(func(c *carrier, m wechat.AddWaybill) wechat.AddReply {
		r := c.book(m)
		change(&r, m)
		return r
	})
}

// recount changes what the correct carrier says about an account.
func recount(change func(event string, pwd wechat.Password, code int, quota int64) (int, int64)) func(*carrier) {
	return func(c *carrier) {
		c.account = func(c *carrier, event, bizID string, pwd wechat.Password) (int, int64) {
			code, quota := c.balanceOf(bizID, pwd)
			return change(event, pwd, code, quota)
		}
	}
}

// recodeOrder says another code to an order.
func recodeOrder(from, to int) func(*carrier) {
	return afterwards(func(r *wechat.AddReply, _ wechat.AddWaybill) {
		if r.ResultCode == from {
			r.ResultCode = to
		}
	})
}

// recodeAccount says another code about an account, to one event or to both ("").
func recodeAccount(to string, from, code int) func(*carrier) {
	return recount(func(event string, _ wechat.Password, was int, quota int64) (int, int64) {
		if was == from && (to == "" || to == event) {
			return code, quota
		}
		return was, quota
	})
}

// booksOnce refuses an order that was booked.
func booksOnce(c *carrier) {
	var seen counts
	afterwards(func(r *wechat.AddReply, m wechat.AddWaybill) {
		if n := seen.next(m.OrderID); r.ResultCode == 0 && n > 0 {
			r.ResultCode = 20001
		}
	})(c)
}

// both lets one defect into the events about orders and about accounts.
func both(all ...func(*carrier)) func(*carrier) {
	return func(c *carrier) {
		for _, inject := range all {
			inject(c)
		}
	}
}

// renumbering gives an order a number for each key.
func renumbering(key func(wechat.AddWaybill) string) func(*carrier) {
	return func(c *carrier) {
		var mu sync.Mutex
		numbers := map[string]string{}
		c.add = func(c *carrier, m wechat.AddWaybill) wechat.AddReply {
			r := c.book(m)
			mu.Lock()
			defer mu.Unlock()
			if r.ResultCode != 0 || m.WayBillID != "0" {
				return r
			}
			k := key(m)
			if numbers[k] == "" {
				c.mu.Lock()
				numbers[k] = c.own()
				c.codes[numbers[k]] = 0
				c.mu.Unlock()
			}
			r.WayBillID = numbers[k]
			return r
		}
	}
}

// numbered answers booked orders with one number: those that leave it to the carrier, or
// the others.
func numbered(own bool, number string) func(*carrier) {
	return afterwards(func(r *wechat.AddReply, m wechat.AddWaybill) {
		if (m.WayBillID == "0") == own && r.ResultCode == 0 {
			r.WayBillID = number
		}
	})
}

// products changes what the carrier says to events that it does not offer.
func products(change func(packet string) string) func(*carrier) {
	return func(c *carrier) {
		right := c.seal
		c.seal = func(c *carrier, p *wechat.Push, q wechat.Query, packet []byte) []byte {
			if replied, _ := p.NotOffered(); replied {
				packet = []byte(change(string(packet)))
			}
			return right(c, p, q, packet)
		}
	}
}
