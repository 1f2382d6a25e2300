package express

import (
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// quotaAnswer has no errcode, like WeChat's sample.
type quotaAnswer struct {
	QuotaNum int64 `json:"quota_num"`
}

// getQuota queries how many waybills are left to a merchant.
func (a *API) getQuota(r sandbox.Request) (any, *sandbox.Failure) {
	key := accountKey{r.App, r.ID("delivery_id", sandbox.MaxID), r.ID("biz_id", sandbox.MaxID)}
	if r.Failure() != nil {
		return nil, r.Failure()
	}
	account, bound := a.accounts.get(key)
	switch {
	case !a.isCarrier(key.DeliveryID):
		return nil, sandbox.Fail(codeCarrierUnknown, "")
	case !bound:
		return nil, sandbox.Fail(codeNotBound, "")
	}
	m := wechat.GetQuota{
		ToUserName: a.core.Platform.Account.UserName, FromUserName: sandbox.TeamOpenID, CreateTime: a.accounts.find(key).turn.CreateTime(a.core.Now()),
		Event: wechat.EventGetQuota, BizID: account.BizID, BizPwd: account.BizPwd, ShopAppID: account.ShopAppID,
	}
	shown := m
	shown.BizPwd = sandbox.Hidden
	p := a.core.Begin(sandbox.Push{Event: m.Event, BizID: m.BizID}, m.BizPwd, wechat.EncodeGetQuota(a.core.Platform.Format, shown))
	reply, d, err := a.core.Platform.PushGetQuota(r.Ctx, m, p.Fault)
	a.core.End(p, d, reply.ResultCode, reply.ResultMsg, err)
	if f := carrierFailure(reply.ResultCode, reply.ResultMsg, err); f != nil {
		return nil, f
	}
	return quotaAnswer{reply.Quota}, nil
}
