package wechat

// EventGetQuota is the event's name as EventName returns it, and the one that our
// replies carry. WeChat's page also calls it logistics.onGetQuota; that is never
// on the wire.
const EventGetQuota = "get_quota"

// GetQuota asks how many waybills are left to a merchant, from WeChat's page
// Query_merchant_balance_events. The texts are exactly as received.
type GetQuota struct {
	ToUserName, FromUserName string
	CreateTime               int64 // Unix seconds
	OddTime                  OddTime
	Event                    string
	BizID                    string
	BizPwd                   Password
	ShopAppID                string
}

// GetQuota reads the push as that message. The error is a *Refusal with
// CheckMessage where a member has the wrong shape or is given twice; the message is then
// what could be read, for its reply.
func (p *Push) GetQuota() (GetQuota, error) { return decodeGetQuota(p.message(EventGetQuota)) }

func decodeGetQuota(r reader) (m GetQuota, err error) {
	t := reading(r)
	m.members(t)
	return m, t.err
}

func (m *GetQuota) members(t *members) {
	t.header(&m.ToUserName, &m.FromUserName, &m.CreateTime, &m.OddTime, &m.Event)
	t.id("BizID", &m.BizID, asText)
	t.id("BizPwd", (*string)(&m.BizPwd), asText)
	t.id("ShopAppID", &m.ShopAppID, asText)
}

// Identity is shared by a push and its repeats, and by no other, as CancelWaybill's
// is, with nothing for the ids that the event lacks. Stored identities depend
// on this: it must never change.
func (m GetQuota) Identity() [32]byte {
	return pushIdentity(m.Event, m.FromUserName, m.OddTime.text(m.CreateTime), m.BizID, "", "")
}

// Reply makes the answer with sender and receiver swapped and the rest echoed as
// received. quota is how many waybills are left to the merchant, 0 for none.
func (m GetQuota) Reply(code int, msg string, quota int64) QuotaReply {
	return QuotaReply{
		ToUserName:   m.FromUserName,
		FromUserName: m.ToUserName,
		CreateTime:   m.CreateTime,
		Event:        EventGetQuota,
		BizID:        m.BizID,
		ResultCode:   code,
		ResultMsg:    msg,
		Quota:        quota,
	}
}

// EncodeGetQuota writes the message as WeChat sends it, in the order of its
// sample. MsgType is event.
func EncodeGetQuota(f Format, m GetQuota) []byte {
	w := newWriter(f, 512)
	m.members(writing(&w))
	return w.Bytes()
}
