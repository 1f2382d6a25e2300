package wechat

import (
	"carrierhook/internal/redacted"
	"carrierhook/internal/wechat/packet"
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

func decodeCheckBiz(r reader) (CheckBiz, error) {
	l := packet.Tolerant{Node: r.doc}
	created, odd := r.created(false)
	m := CheckBiz{
		ToUserName:     r.str("ToUserName"),
		FromUserName:   r.str("FromUserName"),
		CreateTime:     created,
		OddTime:        odd,
		Event:          r.str("Event"),
		BizID:          r.str("BizID"),
		BizPwd:         Password(r.str("BizPwd")),
		ShopAppID:      r.str("ShopAppID"),
		ShopName:       l.Text("ShopName"),
		ShopTelphone:   l.Text("ShopTelphone"),
		ShopContact:    l.Text("ShopContact"),
		ServiceName:    l.Text("ServiceName"),
		SenderProvince: l.Text("SenderProvince"),
		SenderCity:     l.Text("SenderCity"),
		SenderArea:     l.Text("SenderArea"),
		SenderAddress:  l.Text("SenderAddress"),
	}
	return m, r.err
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
	w.common(m.ToUserName, m.FromUserName, m.CreateTime, m.Event)
	w.Str("BizID", m.BizID)
	w.Str("BizPwd", string(m.BizPwd))
	w.Str("ShopAppID", m.ShopAppID)
	w.StrOmitEmpty("ShopName", m.ShopName)
	w.StrOmitEmpty("ShopTelphone", m.ShopTelphone)
	w.StrOmitEmpty("ShopContact", m.ShopContact)
	w.StrOmitEmpty("ServiceName", m.ServiceName)
	w.StrOmitEmpty("SenderProvince", m.SenderProvince)
	w.StrOmitEmpty("SenderCity", m.SenderCity)
	w.StrOmitEmpty("SenderArea", m.SenderArea)
	w.StrOmitEmpty("SenderAddress", m.SenderAddress)
	return w.Bytes()
}
