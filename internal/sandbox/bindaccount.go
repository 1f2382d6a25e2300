package sandbox

import (
	"context"
	"strings"

	"carrierhook/internal/wechat"
)

// Shop is what check_biz says of a merchant beside its account. WeChat sends it
// for EMS only; the sandbox sends what is not empty.
type Shop struct {
	Name, Telephone, Contact, ServiceName string
	Province, City, Area, Address         string
}

// bindAccount binds an account if the carrier has it. To unbind one is no
// business of the carrier's.
func (a *API) bindAccount(r request) (any, *failure) {
	want, unbind := r.account()
	if r.wrong != nil {
		return nil, r.wrong
	}
	_, bound := a.accounts.look(want.key())
	switch {
	case !a.carrierKnown(want.DeliveryID):
		return nil, fail(codeCarrierUnknown, "")
	case unbind && !bound:
		return nil, fail(codeNoneToUnbind, "")
	case want.DeliveryID != a.o.DeliveryID:
		return nil, fail(codeCarrierFailed, "no server stands behind that carrier")
	}
	c := a.accounts.find(want.key())
	// Of several at once the first asks the carrier, and the others wait and see.
	if err := c.turn.Take(r.ctx); err != nil {
		return nil, fail(codeSystem, "")
	}
	defer c.turn.GiveBack()
	var f *failure
	switch _, bound := a.accounts.look(want.key()); {
	case unbind && !bound:
		f = fail(codeNoneToUnbind, "")
	case unbind:
		a.accounts.bind(c, nil)
	case bound:
		f = fail(codeBoundAlready, "")
	default:
		if f = a.pushCheck(r.ctx, want, c.turn.CreateTime(a.now())); f == nil {
			a.accounts.bind(c, &want)
		}
	}
	if f != nil {
		return nil, f
	}
	return succeeded()
}

// account reads an account/bind.
func (r request) account() (want Account, unbind bool) {
	kind := r.id("type", maxID)
	if kind != "bind" && kind != "unbind" {
		r.failed(codeArgs, "type is neither bind nor unbind")
	}
	want = Account{ShopAppID: r.shop, DeliveryID: r.id("delivery_id", maxID), BizID: r.id("biz_id", maxID)}
	password := r.text("password", maxText) // none for an account that pays in cash
	if strings.ContainsFunc(password, unprintable) {
		r.failed(codeArgs, "password has a control character")
	}
	want.BizPwd = wechat.Password(password)
	r.words("remark_content", maxText) // for people; no event has it
	return want, kind == "unbind"
}

// The result codes that say that the merchant's account is not as it says.
const (
	resultNoAccount     = 10001
	resultWrongPassword = 10002
)

// pushCheck asks the carrier whether an account is as its merchant says.
func (a *API) pushCheck(ctx context.Context, c Account, at int64) *failure {
	s := a.shop(c.ShopAppID)
	m := wechat.CheckBiz{
		ToUserName: a.o.Platform.Account.UserName, FromUserName: teamOpenID, CreateTime: at, Event: wechat.EventCheckBiz,
		BizID: c.BizID, BizPwd: c.BizPwd, ShopAppID: c.ShopAppID,
		ShopName: s.Name, ShopTelphone: s.Telephone, ShopContact: s.Contact, ServiceName: s.ServiceName,
		SenderProvince: s.Province, SenderCity: s.City, SenderArea: s.Area, SenderAddress: s.Address,
	}
	shown := m
	shown.BizPwd = hiddenPassword
	p := a.begin(m.Event, Order{BizID: c.BizID}, c.BizPwd, wechat.EncodeCheckBiz(a.o.Platform.Format, shown))
	reply, d, err := a.o.Platform.DeliverCheckBiz(ctx, m, p.Fault)
	a.end(p, d, reply.ResultCode, reply.ResultMsg, err)
	f := carrierSaid(reply.ResultCode, reply.ResultMsg, err)
	if f != nil && (f.resultCode == resultNoAccount || f.resultCode == resultWrongPassword) {
		f.code = codeBadAccount
	}
	return f
}

func (a *API) shop(appID string) Shop {
	for _, app := range a.o.Apps {
		if app.ID == appID {
			return app.Shop
		}
	}
	return Shop{}
}
