package wechat

// CancelReply answers a CancelWaybill. ResultMsg reaches the merchant
// verbatim, so it must not show our internals.
type CancelReply struct {
	ToUserName, FromUserName  string
	CreateTime                int64
	BizID, OrderID, WayBillID string
	ResultCode                int
	ResultMsg                 string
}

// Reply makes the answer with sender and receiver swapped and the rest echoed
// as received. CreateTime is echoed too: WeChat's samples do.
func (m CancelWaybill) Reply(code int, msg string) CancelReply {
	return CancelReply{
		ToUserName:   m.FromUserName,
		FromUserName: m.ToUserName,
		CreateTime:   m.CreateTime,
		BizID:        m.BizID,
		OrderID:      m.OrderID,
		WayBillID:    m.WayBillID,
		ResultCode:   code,
		ResultMsg:    msg,
	}
}

// Encode writes the reply in the order of WeChat's sample.
func (r CancelReply) Encode(f Format) []byte {
	w := newWriter(f, 376+len(r.BizID)+len(r.OrderID)+len(r.WayBillID)+len(r.ResultMsg))
	w.common(r.ToUserName, r.FromUserName, r.CreateTime, EventCancelWaybill)
	w.Str("BizID", r.BizID)
	w.Str("OrderID", r.OrderID)
	w.Str("WayBillID", r.WayBillID)
	w.result(r.ResultCode, r.ResultMsg)
	return w.Bytes()
}

// DecodeCancelReply reads an opened reply as strictly as WeChat might: in the
// push's format, with each member there, of its documented type, and none
// besides. Every error is a *Refusal.
func DecodeCancelReply(f Format, body []byte) (CancelReply, error) {
	s, err := openReply(f, EventCancelWaybill, body)
	if err != nil {
		return CancelReply{}, err
	}
	r := CancelReply{
		ToUserName:   s.Str("ToUserName"),
		FromUserName: s.Str("FromUserName"),
		CreateTime:   s.Num("CreateTime"),
		BizID:        s.Str("BizID"),
		OrderID:      s.Str("OrderID"),
		WayBillID:    s.Str("WayBillID"),
		ResultCode:   int(s.Num("ResultCode")),
		ResultMsg:    s.Str("ResultMsg"),
	}
	return r, s.done()
}
