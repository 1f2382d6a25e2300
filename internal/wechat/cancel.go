package wechat

import "carrierhook/internal/redacted"

// EventCancelWaybill is the event's name as EventName returns it, and the one
// that our replies carry.
const EventCancelWaybill = "cancel_waybill"

// Password is a merchant's password as WeChat sends it: in clear.
type Password = redacted.String

// CancelWaybill is a merchant's wish to cancel, from WeChat's page
// Cancel_order_event. The texts are exactly as received. FromUserName is the
// OpenID of the user who ordered (in other events it is one fixed account).
type CancelWaybill struct {
	ToUserName, FromUserName string
	CreateTime               int64 // Unix seconds
	OddTime                  OddTime
	Event                    string
	BizID                    string
	BizPwd                   Password
	ShopAppID                string
	OrderID, WayBillID       string
}

// CancelWaybill reads the push as that message. The error is a *Refusal with
// CheckMessage where a member has the wrong shape or is given twice; the message is then
// what could be read, for its reply. An id that is missing or
// null is "": what to answer to that is for the rule to say.
func (p *Push) CancelWaybill() (CancelWaybill, error) {
	return decodeCancel(p.message(EventCancelWaybill))
}

func decodeCancel(r reader) (CancelWaybill, error) {
	created, odd := r.created(true)
	m := CancelWaybill{
		ToUserName:   r.str("ToUserName"),
		FromUserName: r.str("FromUserName"),
		CreateTime:   created,
		OddTime:      odd,
		Event:        r.str("Event"),
		BizID:        r.str("BizID"),
		BizPwd:       Password(r.str("BizPwd")),
		ShopAppID:    r.str("ShopAppID"),
		OrderID:      r.str("OrderID"),
		WayBillID:    r.str("WayBillID"),
	}
	return m, r.err
}

// Identity is shared by a push and its repeats, and by no other. WeChat advises
// FromUserName and CreateTime, but two cancels of one user within a second are
// two pushes. Stored identities depend on this: it must never change.
func (m CancelWaybill) Identity() [32]byte {
	return pushIdentity(m.Event, m.FromUserName, m.OddTime.text(m.CreateTime), m.BizID, m.OrderID, m.WayBillID)
}

// EncodeCancel writes the message as WeChat sends it, in the order of its
// sample. MsgType is event.
func EncodeCancel(f Format, m CancelWaybill) []byte {
	w := newWriter(f, 512+len(m.OrderID))
	w.common(m.ToUserName, m.FromUserName, m.CreateTime, m.Event)
	w.Str("BizID", m.BizID)
	w.Str("BizPwd", string(m.BizPwd))
	w.Str("ShopAppID", m.ShopAppID)
	w.Str("OrderID", m.OrderID)
	w.Str("WayBillID", m.WayBillID)
	return w.Bytes()
}
