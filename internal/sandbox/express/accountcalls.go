package express

import (
	"context"
	"strings"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// bindAccount binds an account if the carrier has it. Unbinding is not pushed to the
// carrier.
func (a *API) bindAccount(r sandbox.Request) (any, *sandbox.Failure) {
	want, unbind := readAccount(r)
	if r.Failure() != nil {
		return nil, r.Failure()
	}
	_, bound := a.accounts.get(want.key())
	switch {
	case !a.isCarrier(want.DeliveryID):
		return nil, sandbox.Fail(codeCarrierUnknown, "")
	case unbind && !bound:
		return nil, sandbox.Fail(codeNoneToUnbind, "")
	case want.DeliveryID != a.o.DeliveryID:
		return nil, sandbox.Fail(codeCarrierFailed, "no server stands behind that carrier")
	}
	c := a.accounts.find(want.key())
	// Of several at once the first pushes, and the others wait.
	c.turn.Take()
	defer c.turn.GiveBack()
	var f *sandbox.Failure
	switch _, bound := a.accounts.get(want.key()); {
	case unbind && !bound:
		f = sandbox.Fail(codeNoneToUnbind, "")
	case unbind:
		a.accounts.bind(c, nil)
	case bound:
		f = sandbox.Fail(codeBoundAlready, "")
	default:
		a.accounts.request(c, want)
		if f = a.pushCheck(r.Ctx, want, c.turn.CreateTime(a.core.Now())); f == nil {
			a.accounts.bind(c, &want)
		}
	}
	if f != nil {
		return nil, f
	}
	return sandbox.Done, nil
}

// readAccount reads an account/bind.
func readAccount(r sandbox.Request) (want Account, unbind bool) {
	kind := r.ID("type", sandbox.MaxID)
	if kind != "bind" && kind != "unbind" {
		r.Fail(sandbox.CodeArgs, "type is neither bind nor unbind")
	}
	want = Account{ShopAppID: r.App, DeliveryID: r.ID("delivery_id", sandbox.MaxID), BizID: r.ID("biz_id", sandbox.MaxID)}
	password := r.Text("password", sandbox.MaxText) // none for an account that pays in cash
	if strings.ContainsFunc(password, sandbox.Unprintable) {
		r.Fail(sandbox.CodeArgs, "password has a control character")
	}
	want.BizPwd = wechat.Password(password)
	r.Prose("remark_content", sandbox.MaxText) // for people; no event has it
	return want, kind == "unbind"
}

// The result codes that say that the merchant's account is not as it says.
const (
	resultNoAccount     = 10001
	resultWrongPassword = 10002
)

// pushCheck pushes a check_biz.
func (a *API) pushCheck(ctx context.Context, c Account, at int64) *sandbox.Failure {
	s := a.shop(c.ShopAppID)
	m := wechat.CheckBiz{
		ToUserName: a.core.Platform.Account.UserName, FromUserName: sandbox.TeamOpenID, CreateTime: at, Event: wechat.EventCheckBiz,
		BizID: c.BizID, BizPwd: c.BizPwd, ShopAppID: c.ShopAppID,
		ShopName: s.Name, ShopTelphone: s.Telephone, ShopContact: s.Contact, ServiceName: s.ServiceName,
		SenderProvince: s.Province, SenderCity: s.City, SenderArea: s.Area, SenderAddress: s.Address,
	}
	shown := m
	shown.BizPwd = sandbox.Hidden
	p := a.core.Begin(sandbox.Push{Event: m.Event, BizID: c.BizID}, c.BizPwd, wechat.EncodeCheckBiz(a.core.Platform.Format, shown))
	reply, d, err := a.core.Platform.PushCheckBiz(ctx, m, p.Fault)
	a.core.End(p, d, reply.ResultCode, reply.ResultMsg, err)
	f := carrierFailure(reply.ResultCode, reply.ResultMsg, err)
	if f != nil && (f.ResultCode == resultNoAccount || f.ResultCode == resultWrongPassword) {
		f.Code = codeBadAccount
	}
	return f
}

func (a *API) shop(appID string) sandbox.Shop {
	for _, app := range a.core.Apps {
		if app.ID == appID {
			return app.Shop
		}
	}
	return sandbox.Shop{}
}

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
