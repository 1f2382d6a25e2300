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

func decodeCancel(r reader) (m CancelWaybill, err error) {
	t := reading(r)
	m.members(t)
	return m, t.err
}

func (m *CancelWaybill) members(t *members) {
	t.header(&m.ToUserName, &m.FromUserName, &m.CreateTime, &m.OddTime, &m.Event)
	t.id("BizID", &m.BizID, asText)
	t.id("BizPwd", (*string)(&m.BizPwd), asText)
	t.id("ShopAppID", &m.ShopAppID, asText)
	t.id("OrderID", &m.OrderID, asText)
	t.id("WayBillID", &m.WayBillID, asText)
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
	m.members(writing(&w))
	return w.Bytes()
}
