package wechat

import (
	"carrierhook/internal/redacted"
)

// EventCheckBiz is the event's name as EventName returns it, and the one that our
// replies carry.
const EventCheckBiz = "check_biz"

// CheckBiz asks whether a merchant that binds its account has one at the carrier,
// from WeChat's page Review_merchant_events. The texts are exactly as received. All
// but the first three of the merchant's are sent for EMS only, and the sender's
// province, city and area not by WeChat's edition of 2019. The contact and the
// address are personal data.
type CheckBiz struct {
	redacted.Struct
	ToUserName, FromUserName               string
	CreateTime                             int64 // Unix seconds
	OddTime                                OddTime
	Event                                  string
	BizID                                  string
	BizPwd                                 Password
	ShopAppID                              string
	ShopName, ShopTelphone, ShopContact    string // the spelling is WeChat's
	ServiceName                            string
	SenderProvince, SenderCity, SenderArea string
	SenderAddress                          string
}

// CheckBiz reads the push as that message. The error is a *Refusal with
// CheckMessage where a member that WeChat itself writes has the wrong shape or is given
// twice; the message is then what could be read, for its reply. What
// is the merchant's alone reads as "" then.
func (p *Push) CheckBiz() (CheckBiz, error) { return decodeCheckBiz(p.message(EventCheckBiz)) }

func decodeCheckBiz(r reader) (m CheckBiz, err error) {
	t := reading(r)
	m.members(t)
	return m, t.err
}

func (m *CheckBiz) members(t *members) {
	t.header(&m.ToUserName, &m.FromUserName, &m.CreateTime, &m.OddTime, &m.Event)
	t.id("BizID", &m.BizID, asText)
	t.id("BizPwd", (*string)(&m.BizPwd), asText)
	t.id("ShopAppID", &m.ShopAppID, asText)
	t.text("ShopName", &m.ShopName, asTextOrNone)
	t.text("ShopTelphone", &m.ShopTelphone, asTextOrNone)
	t.text("ShopContact", &m.ShopContact, asTextOrNone)
	t.text("ServiceName", &m.ServiceName, asTextOrNone)
	t.text("SenderProvince", &m.SenderProvince, asTextOrNone)
	t.text("SenderCity", &m.SenderCity, asTextOrNone)
	t.text("SenderArea", &m.SenderArea, asTextOrNone)
	t.text("SenderAddress", &m.SenderAddress, asTextOrNone)
}

// Identity is shared by a push and its repeats, and by no other, as CancelWaybill's
// is, with nothing for the ids that the event lacks. Stored identities depend
// on this: it must never change.
func (m CheckBiz) Identity() [32]byte {
	return pushIdentity(m.Event, m.FromUserName, m.OddTime.text(m.CreateTime), m.BizID, "", "")
}

// Reply makes the answer with sender and receiver swapped and the rest echoed as
// received. quota is how many waybills are left to the merchant, 0 for none.
func (m CheckBiz) Reply(code int, msg string, quota int64) QuotaReply {
	return QuotaReply{
		ToUserName:   m.FromUserName,
		FromUserName: m.ToUserName,
		CreateTime:   m.CreateTime,
		Event:        EventCheckBiz,
		BizID:        m.BizID,
		ResultCode:   code,
		ResultMsg:    msg,
		Quota:        quota,
	}
}

// EncodeCheckBiz writes the message as WeChat sends it, in the order of its
// sample. MsgType is event. What is empty and not sent for every carrier is left
// out.
func EncodeCheckBiz(f Format, m CheckBiz) []byte {
	w := newWriter(f, 1280)
	m.members(writing(&w))
	return w.Bytes()
}
