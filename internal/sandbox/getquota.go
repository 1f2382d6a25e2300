package sandbox

import (
	"carrierhook/internal/wechat"
)

// quotaAnswer has no errcode, like WeChat's sample.
type quotaAnswer struct {
	QuotaNum int64 `json:"quota_num"`
}

// getQuota asks the carrier how many waybills are left to a merchant.
func (a *API) getQuota(r request) (any, *failure) {
	key := accountKey{r.shop, r.id("delivery_id", maxID), r.id("biz_id", maxID)}
	if r.wrong != nil {
		return nil, r.wrong
	}
	account, bound := a.accounts.look(key)
	switch {
	case !a.carrierKnown(key.deliveryID):
		return nil, fail(codeCarrierUnknown, "")
	case !bound:
		return nil, fail(codeNotBound, "")
	}
	m := wechat.GetQuota{
		ToUserName: a.o.Platform.Account.UserName, FromUserName: teamOpenID, CreateTime: a.accounts.find(key).turn.CreateTime(a.now()),
		Event: wechat.EventGetQuota, BizID: account.BizID, BizPwd: account.BizPwd, ShopAppID: account.ShopAppID,
	}
	shown := m
	shown.BizPwd = hiddenPassword
	p := a.begin(m.Event, Order{BizID: m.BizID}, m.BizPwd, wechat.EncodeGetQuota(a.o.Platform.Format, shown))
	reply, d, err := a.o.Platform.DeliverGetQuota(r.ctx, m, p.Fault)
	a.end(p, d, reply.ResultCode, reply.ResultMsg, err)
	if f := carrierSaid(reply.ResultCode, reply.ResultMsg, err); f != nil {
		return nil, f
	}
	return quotaAnswer{reply.Quota}, nil
}
