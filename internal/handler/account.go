package handler

import (
	"context"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// checkBiz answers check_biz: whether the merchant has an account here. What the
// push says of the shop and whom to call there is not looked at, nor kept.
func (p *Push) checkBiz(ctx context.Context, push *wechat.Push, a *answer) ([]byte, error) {
	msg, err := push.CheckBiz()
	if err != nil {
		return nil, err
	}
	res, quota := p.account(ctx, a, a.seen(wechat.EventCheckBiz, msg.Identity()), msg.BizID, msg.BizPwd)
	return msg.Reply(res.code, res.text(p.Language), quota).Encode(push.Format), nil
}

// getQuota answers get_quota: how many waybills are left to the merchant.
func (p *Push) getQuota(ctx context.Context, push *wechat.Push, a *answer) ([]byte, error) {
	msg, err := push.GetQuota()
	if err != nil {
		return nil, err
	}
	res, quota := p.account(ctx, a, a.seen(wechat.EventGetQuota, msg.Identity()), msg.BizID, msg.BizPwd)
	return msg.Reply(res.code, res.text(p.Language), quota).Encode(push.Format), nil
}

// account asks the desk about a merchant. Who is refused hears of no quota.
func (p *Push) account(ctx context.Context, a *answer, seen ledger.Push, bizID string, pwd wechat.Password) (result, int64) {
	req := waybill.NewAccountRequest(seen, bizID, pwd)
	a.log(short("biz_id", bizID))

	var d waybill.AccountDecision
	err := p.atDesk(a, func() (err error) { d, err = p.Desk.Account(ctx, req); return err })
	res := p.told(a, string(d.Reason), err)
	if err != nil || d.Reason != waybill.Accepted {
		return res, 0
	}
	return res, d.Quota
}
