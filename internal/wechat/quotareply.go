package wechat

// QuotaReply answers a CheckBiz or a GetQuota, as its Event says. ResultMsg
// reaches the merchant verbatim, so it must not show our internals.
type QuotaReply struct {
	ToUserName, FromUserName string
	CreateTime               int64
	Event                    string // EventCheckBiz or EventGetQuota
	BizID                    string
	ResultCode               int
	ResultMsg                string
	Quota                    int64 // waybills left, 0 for none
}

// Encode writes the reply in the order of WeChat's samples. That of check_biz
// lacks Quota, which the page's own table requires.
func (r QuotaReply) Encode(f Format) []byte {
	w := newWriter(f, 352+len(r.BizID)+len(r.ResultMsg))
	w.common(r.ToUserName, r.FromUserName, r.CreateTime, r.Event)
	w.Str("BizID", r.BizID)
	w.result(r.ResultCode, r.ResultMsg)
	w.Num("Quota", r.Quota)
	return w.Bytes()
}

// DecodeQuotaReply reads an opened reply to a push of that event as strictly as
// WeChat might: in the push's format, with each member there, of its documented
// type, and none besides. Every error is a *Refusal.
func DecodeQuotaReply(f Format, event string, body []byte) (QuotaReply, error) {
	s, err := openReply(f, event, body)
	if err != nil {
		return QuotaReply{}, err
	}
	r := QuotaReply{
		ToUserName:   s.Str("ToUserName"),
		FromUserName: s.Str("FromUserName"),
		CreateTime:   s.Num("CreateTime"),
		Event:        event,
		BizID:        s.Str("BizID"),
		ResultCode:   int(s.Num("ResultCode")),
		ResultMsg:    s.Str("ResultMsg"),
		Quota:        s.Num("Quota"),
	}
	return r, s.done()
}
