package sandboxtest

import (
	"strconv"
	"sync"
	"testing"

	"carrierhook/internal/sandbox/instant"
	"carrierhook/internal/wechat"
)

// Company is the carrier's half of instant delivery. It answers as it is set, by
// default yes.
type Company struct {
	tb     testing.TB
	format wechat.Format

	mu        sync.Mutex
	placed    int
	Orders    []wechat.InstantOrder // every push that came, of one kind or the other
	FollowUps []wechat.InstantFollowUp
	change    func(*wechat.InstantReply)
	raw       func(event string) []byte // the packet itself; nil: a right reply
}

// StartInstant is a sandbox with a company of instant delivery.
func StartInstant(tb testing.TB, f wechat.Format, deliveryID string) (*Sandbox, *Company) {
	tb.Helper()
	d := StartSandbox(tb, f, InstantAt(deliveryID))
	return d, NewCompany(d, f)
}

// InstantAt has the shops of the tests at a company.
func InstantAt(deliveryID string) func(*Options) {
	return func(o *Options) {
		o.Instant = instant.Options{DeliveryID: deliveryID, Shops: []string{ShopID, "test_shop_id"}}
	}
}

// NewCompany gives a sandbox its company.
func NewCompany(d *Sandbox, f wechat.Format) *Company {
	c := &Company{tb: d.TB, format: f}
	d.Carrier.AnswerInstant(c.Answer)
	return c
}

// Change makes it change its right replies; nil is no change.
func (c *Company) Change(change func(*wechat.InstantReply)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.change, c.raw = change, nil
}

// Refuse makes it say no.
func (c *Company) Refuse(code int, msg string) {
	c.Change(func(r *wechat.InstantReply) { r.ResultCode, r.ResultMsg = code, msg })
}

// SendRaw makes it send these packets.
func (c *Company) SendRaw(raw func(event string) []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw = raw
}

// Answer is the packet that answers a push.
func (c *Company) Answer(push *wechat.Push) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var r wechat.InstantReply
	switch event := push.EventName(); event {
	case wechat.EventPrecreateOrder, wechat.EventAddOrder, wechat.EventReaddOrder:
		m, err := push.InstantOrder()
		if err != nil {
			c.tb.Error(err)
		}
		c.Orders = append(c.Orders, m)
		r = m.Reply(0, "ok")
		r.Fee, r.DeliverFee, r.CouponFee, r.Distance, r.DispatchDuration = 12_50, 15_00, 2_50, 1234, 300
		r.DeliveryToken = "tokenOfThePrice"
		if event != wechat.EventPrecreateOrder {
			c.placed++
			r.WaybillID, r.OrderStatus = "W"+strconv.Itoa(c.placed), 101
			if m.OrderInfo.FinishCodeNeeded == "1" {
				r.FinishCode = 4711
			}
			if m.OrderInfo.PickupCodeNeeded == "1" {
				r.PickupCode = 4712
			}
		}
	default:
		m, err := push.InstantFollowUp()
		if err != nil {
			c.tb.Error(err)
		}
		c.FollowUps = append(c.FollowUps, m)
		r = m.Reply(0, "ok")
		r.OrderStatus, r.WaybillID, r.ActionMsg, r.DeductFee, r.Desc = 102, "W"+strconv.Itoa(c.placed), "whatTheRiderDid", 2_05, "扣2.05元"
	}
	if c.change != nil {
		c.change(&r)
	}
	if c.raw != nil {
		return c.raw(r.Event)
	}
	return r.Encode(c.format)
}

// LastOrder is the last push with an order.
func (c *Company) LastOrder() wechat.InstantOrder {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Orders[len(c.Orders)-1]
}

// LastFollowUp is the last push about an order that is there.
func (c *Company) LastFollowUp() wechat.InstantFollowUp {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.FollowUps[len(c.FollowUps)-1]
}

// Count is how many pushes came.
func (c *Company) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.Orders) + len(c.FollowUps)
}

// Reset forgets the pushes; tb gets the errors from now on.
func (c *Company) Reset(tb testing.TB) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tb, c.Orders, c.FollowUps = tb, nil, nil
}
