package wechat

import (
	"carrierhook/internal/redacted"
	"carrierhook/internal/wechat/packet"
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

func decodeInstantFollowUp(r reader) (InstantFollowUp, error) {
	l := packet.Tolerant{Node: r.doc}
	event := r.str("Event")
	created, odd := r.created(changes(event))
	m := InstantFollowUp{
		ToUserName:   r.str("ToUserName"),
		FromUserName: r.str("FromUserName"),
		CreateTime:   created,
		OddTime:      odd,
		Event:        event,
		ShopID:       r.str("shopid"),
		ShopOrderID:  r.str("shop_order_id"),
		ShopNo:       r.str("shop_no"),
		WaybillID:    r.str("waybill_id"),
		DeliverySign: r.str("delivery_sign"),
	}
	if r.err != nil {
		return m, r.err
	}
	switch eventName(m.Event) {
	case EventCancelOrder, EventPrecancelOrder:
		m.CancelReasonID, m.CancelReason = l.Text("cancel_reason_id"), l.Text("cancel_reason")
	case EventAddTips:
		m.Tips, m.Remark = packet.Tolerant{Node: r.doc, Mark: true}.Text("tips"), l.Text("remark")
	}
	return m, nil
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
// samples, with the members that its event has. MsgType is event. Figures are
// numbers where they look like some and texts where not, so that rubbish can be sent
// too; an empty one is left out.
func EncodeInstantFollowUp(f Format, m InstantFollowUp) []byte {
	w := newWriter(f, 768+len(m.ShopOrderID)+len(m.CancelReason)+len(m.Remark))
	w.common(m.ToUserName, m.FromUserName, m.CreateTime, m.Event)
	w.Str("shopid", m.ShopID)
	w.Str("shop_order_id", m.ShopOrderID)
	w.Str("shop_no", m.ShopNo)
	w.Str("waybill_id", m.WaybillID)
	w.Str("delivery_sign", m.DeliverySign)
	switch eventName(m.Event) {
	case EventCancelOrder, EventPrecancelOrder:
		w.FigureOmitEmpty("cancel_reason_id", m.CancelReasonID)
		w.Str("cancel_reason", m.CancelReason)
	case EventAddTips:
		w.FigureOmitEmpty("tips", m.Tips)
		w.Str("remark", m.Remark)
	}
	return w.Bytes()
}
