package conformance

import (
	"fmt"
	"strings"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// balance is what the carrier's one merchant has at the start.
const balance = 50

// books is what the correct carrier remembers of orders.
type books struct {
	orders  map[string]order // by OrderID
	refused map[string]bool  // orders of a carrier that has a grudge
	left    int64
	given   int // numbers of its own
}

type order struct{ number, label string }

// merchant is the one that has an account.
func merchant() *Account {
	return &Account{
		BizID: "xyz", BizPwd: password, ShopAppID: "wxABCD", Quota: true, Numbers: sandbox.NumberRange{Prefix: "WX", Width: 10},
	}
}

// knows is the check of an account that all events have in common.
func (c *carrier) knows(bizID string, pwd wechat.Password) int {
	switch {
	case bizID != "xyz":
		return 10001
	case pwd != password:
		return 10002
	}
	return 0
}

// book is a carrier's rule: an order keeps what it got.
func (c *carrier) book(m wechat.AddWaybill) wechat.AddReply {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bookLocked(m)
}

func (c *carrier) bookLocked(m wechat.AddWaybill) wechat.AddReply {
	code := c.knows(m.BizID, m.BizPwd)
	known, booked := c.books.orders[m.OrderID]
	switch _, cancelled := c.cancelled[known.number]; {
	case code != 0:
	case c.books.refused[m.OrderID] || booked && cancelled:
		code = -1
	case booked:
	case m.WayBillID != "0" && !strings.HasPrefix(m.WayBillID, "WX"):
		code = 20001
	case m.Sender.Name == "":
		code = 20002
	case c.books.left < 1:
		code = 20007
	default:
		if known = (order{m.WayBillID, "##SF_mark##1##"}); known.number == "0" {
			known.number = c.own()
		}
		c.books.left--
		c.books.orders[m.OrderID], c.codes[known.number] = known, 0
	}
	if code != 0 {
		return m.Reply(m.WayBillID, code, "no", "")
	}
	return m.Reply(known.number, 0, "success", known.label)
}

// own is the next number of the carrier's own. The caller has c.mu.
func (c *carrier) own() string {
	c.books.given++
	return fmt.Sprintf("WC%07d", c.books.given)
}

// balanceOf is what the merchant has left.
func (c *carrier) balanceOf(bizID string, pwd wechat.Password) (code int, quota int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if code = c.knows(bizID, pwd); code == 0 {
		quota = c.books.left
	}
	return code, quota
}

// answer is the reply's packet, or success for an event that needs none.
func (c *carrier) answer(p *wechat.Push) ([]byte, error) {
	name := p.EventName()
	if c.mute == name {
		return []byte(c.other), nil
	}
	switch name {
	case wechat.EventAddWaybill:
		m, err := p.AddWaybill()
		return c.add(c, m).Encode(p.Format), err
	case wechat.EventCheckBiz:
		m, err := p.CheckBiz()
		return c.balanced(m.Reply, name, m.BizID, m.BizPwd).Encode(p.Format), err
	case wechat.EventGetQuota:
		m, err := p.GetQuota()
		return c.balanced(m.Reply, name, m.BizID, m.BizPwd).Encode(p.Format), err
	case wechat.EventPrecreateOrder, wechat.EventAddOrder, wechat.EventReaddOrder:
		m, err := p.InstantOrder()
		return c.place(c, m).Encode(p.Format), err
	case wechat.EventCancelOrder, wechat.EventPrecancelOrder, wechat.EventQueryOrder, wechat.EventAddTips, wechat.EventConfirmReturn:
		m, err := p.InstantFollowUp()
		return c.onFollowUp(c, m).Encode(p.Format), err
	}
	if replied, _ := p.NotOffered(); replied {
		return p.NotOfferedReply(-1, "not offered")
	}
	return []byte(c.other), nil
}

// balanced is the reply about an account.
func (c *carrier) balanced(reply func(int, string, int64) wechat.QuotaReply, event, bizID string, pwd wechat.Password) wechat.QuotaReply {
	code, left := c.account(c, event, bizID, pwd)
	r := reply(code, "as counted", left)
	c.quotaReply(&r)
	return r
}
