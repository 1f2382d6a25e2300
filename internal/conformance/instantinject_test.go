package conformance

import (
	"slices"
	"sync"

	"carrierhook/internal/wechat"
)

// These replace the rules of the correct server for instant delivery.
func placing(rule func(*carrier, wechat.InstantOrder) wechat.InstantReply) func(*carrier) {
	return func(c *carrier) { c.place = rule }
}

func followingUp(rule func(*carrier, wechat.InstantFollowUp) wechat.InstantReply) func(*carrier) {
	return func(c *carrier) { c.onFollowUp = rule }
}

// placed changes the reply to an order that was placed, or priced.
func placed(change func(r *wechat.InstantReply, m wechat.InstantOrder)) func(*carrier) {
	return placing(func(c *carrier, m wechat.InstantOrder) wechat.InstantReply {
		r := c.placeOrder(m)
		if r.ResultCode == 0 {
			change(&r, m)
		}
		return r
	})
}

// placedBy changes the reply to one event.
func placedBy(event string, change func(*wechat.InstantReply)) func(*carrier) {
	return placed(func(r *wechat.InstantReply, m wechat.InstantOrder) {
		if m.Event == event {
			change(r)
		}
	})
}

// recodeIn answers an event about an order with another code.
func recodeIn(event string, from, to int) func(*carrier) {
	return insteadOf(event, func(_ *carrier, _ wechat.InstantFollowUp, r *wechat.InstantReply) {
		if r.ResultCode == from {
			r.ResultCode = to
		}
	})
}

// insteadOf answers an event about an order another way.
func insteadOf(event string, change func(c *carrier, m wechat.InstantFollowUp, r *wechat.InstantReply)) func(*carrier) {
	return followingUp(func(c *carrier, m wechat.InstantFollowUp) wechat.InstantReply {
		r := c.followUp(m)
		if m.Event == event {
			change(c, m, &r)
		}
		return r
	})
}

// without places an order that a check stands in the way of: forget takes out what
// the check looks at.
func without(code int, forget func(c *carrier, m *wechat.InstantOrder)) func(*carrier) {
	return placing(func(c *carrier, m wechat.InstantOrder) wechat.InstantReply {
		r := c.placeOrder(m)
		if r.ResultCode == code {
			forget(c, &m)
			r = c.placeOrder(m)
		}
		return r
	})
}

// repeated refuses what was answered before.
func repeated(events ...string) func(*carrier) {
	var mu sync.Mutex
	seen := map[[32]byte]bool{}
	twice := func(event string, id [32]byte, r *wechat.InstantReply) {
		mu.Lock()
		defer mu.Unlock()
		if r.ResultCode == 0 && slices.Contains(events, event) && seen[id] {
			r.ResultCode = 1030
		}
		seen[id] = seen[id] || r.ResultCode == 0
	}
	return both(
		placed(func(r *wechat.InstantReply, m wechat.InstantOrder) { twice(m.Event, m.Identity(), r) }),
		followingUp(func(c *carrier, m wechat.InstantFollowUp) wechat.InstantReply {
			r := c.followUp(m)
			twice(m.Event, m.Identity(), &r)
			return r
		}),
	)
}

func setStatus(c *carrier, orderID string, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.parcels.orders[orderID]; p != nil {
		p.status = status
	}
}
