package wechat

import "carrierhook/internal/redacted"

// AddReply answers an AddWaybill. ResultMsg reaches the merchant verbatim, so it
// must not show our internals.
type AddReply struct {
	redacted.Struct
	ToUserName, FromUserName         string
	CreateTime                       int64
	Token, OrderID, BizID, WayBillID string
	ResultCode                       int
	ResultMsg                        string
	WaybillData                      string // what the label shows: ##key##value##key##value##, or ## alone
}

// Reply makes the answer with sender and receiver swapped, and time, token and
// ids echoed as received. The number and the label's data are the carrier's own.
func (m AddWaybill) Reply(waybillID string, code int, msg, data string) AddReply {
	return AddReply{
		ToUserName:   m.FromUserName,
		FromUserName: m.ToUserName,
		CreateTime:   m.CreateTime,
		Token:        m.Token,
		OrderID:      m.OrderID,
		BizID:        m.BizID,
		WayBillID:    waybillID,
		ResultCode:   code,
		ResultMsg:    msg,
		WaybillData:  data,
	}
}

// Encode writes the reply in the order of WeChat's sample.
func (r AddReply) Encode(f Format) []byte {
	w := newWriter(f, 480+len(r.Token)+len(r.OrderID)+len(r.BizID)+len(r.WayBillID)+len(r.ResultMsg)+len(r.WaybillData))
	w.common(r.ToUserName, r.FromUserName, r.CreateTime, EventAddWaybill)
	w.BareStr("Token", r.Token)
	w.Str("OrderID", r.OrderID)
	w.Str("BizID", r.BizID)
	w.Str("WayBillID", r.WayBillID)
	w.result(r.ResultCode, r.ResultMsg)
	w.Str("WaybillData", r.WaybillData)
	return w.Bytes()
}

// DecodeAddReply reads an opened reply as strictly as WeChat might: in the push's
// format, with each member there, of its documented type, and none besides. In
// XML any text may be bare or in CDATA. Every error is a *Refusal.
func DecodeAddReply(f Format, body []byte) (AddReply, error) {
	s, err := openReply(f, EventAddWaybill, body)
	if err != nil {
		return AddReply{}, err
	}
	r := AddReply{
		ToUserName:   s.Str("ToUserName"),
		FromUserName: s.Str("FromUserName"),
		CreateTime:   s.Num("CreateTime"),
		Token:        s.Str("Token"),
		OrderID:      s.Str("OrderID"),
		BizID:        s.Str("BizID"),
		WayBillID:    s.Str("WayBillID"),
		ResultCode:   int(s.Num("ResultCode")),
		ResultMsg:    s.Str("ResultMsg"),
		WaybillData:  s.Str("WaybillData"),
	}
	return r, s.done()
}
