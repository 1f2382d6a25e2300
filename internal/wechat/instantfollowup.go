package wechat

import (
	"carrierhook/internal/redacted"
)

// InstantFollowUp is a push about an order that is there, from WeChat's pages
// onOrderCancel, onOrderPreCancel, onOrderQuery, onOrderAddTips and
// onOrderConfirmReturn. The texts are exactly as received, figures too. What the
// merchant wrote may be personal.
type InstantFollowUp struct {
	redacted.Struct
	ToUserName, FromUserName               string
	CreateTime                             int64 // Unix seconds
	OddTime                                OddTime
	Event                                  string
	ShopID, ShopOrderID, ShopNo, WaybillID string
	DeliverySign                           string
	CancelReasonID, CancelReason           string // of cancel and precancel: 1 to 6, and a text with 6
	Tips, Remark                           string // of tips: yuan
}

// InstantFollowUp reads the push as that message. The error is a *Refusal with
// CheckMessage where a member that WeChat itself writes, or an id, has the wrong
// shape or is given twice; the message is then what of those could be read, for its
// reply. What the merchant wrote besides reads as "" then, and a tip as a text that no
// rule accepts: none would be another amount.
func (p *Push) InstantFollowUp() (InstantFollowUp, error) {
	return decodeInstantFollowUp(p.instantMessage(carriesFollowUp))
}

func decodeInstantFollowUp(r reader) (m InstantFollowUp, err error) {
	t := reading(r)
	m.members(t)
	return m, t.err
}

func (m *InstantFollowUp) members(t *members) {
	t.header(&m.ToUserName, &m.FromUserName, &m.CreateTime, &m.OddTime, &m.Event)
	t.id("shopid", &m.ShopID, asText)
	t.id("shop_order_id", &m.ShopOrderID, asText)
	t.id("shop_no", &m.ShopNo, asText)
	t.id("waybill_id", &m.WaybillID, asText)
	t.id("delivery_sign", &m.DeliverySign, asText)
	if t.err != nil {
		return
	}
	switch eventName(m.Event) {
	case EventCancelOrder, EventPrecancelOrder:
		t.text("cancel_reason_id", &m.CancelReasonID, asFigureOrNone)
		t.text("cancel_reason", &m.CancelReason, asText)
	case EventAddTips:
		t.marked().text("tips", &m.Tips, asFigureOrNone)
		t.text("remark", &m.Remark, asText)
	}
}

// Identity is shared by a push and its repeats, and by no other. Two tips within a
// second differ by their amount. Stored identities depend on this: it must never
// change.
func (m InstantFollowUp) Identity() [32]byte {
	var extra string
	if discriminator(m.Event) == "tips" {
		extra = m.Tips
	}
	return instantIdentity(m.Event, m.FromUserName, m.OddTime.text(m.CreateTime), m.ShopID, m.ShopOrderID, m.WaybillID, extra)
}

// EncodeInstantFollowUp writes the message as WeChat sends it, in the order of its
// samples, with the members that its event has. MsgType is event. An empty figure is
// left out.
func EncodeInstantFollowUp(f Format, m InstantFollowUp) []byte {
	w := newWriter(f, 768+len(m.ShopOrderID)+len(m.CancelReason)+len(m.Remark))
	m.members(writing(&w))
	return w.Bytes()
}
