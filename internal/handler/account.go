package handler

import (
	"context"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// accountMessage is check_biz or get_quota.
type accountMessage interface {
	Identity() [32]byte
	Reply(code int, text string, quota int64) wechat.QuotaReply
}

// account answers both: whether the merchant has an account here, and how many
// waybills are left to it. What check_biz says besides, of the shop and whom to call
// there, is neither used nor kept, but for the merchant's mini program where merchants are
// reviewed. A merchant that is refused gets no quota.
func account[M accountMessage](
	decode func(*wechat.Push) (M, error), request func(M) (bizID string, of func(ledger.Push) waybill.AccountRequest),
) function {
	return func(p *Push, ctx context.Context, push *wechat.Push, a *answer) ([]byte, error) {
		msg, err := decode(push)
		bizID, of := request(msg)
		a.log(id("biz_id", bizID))
		if err != nil {
			code, text := p.unreadable(ctx, push, a, err)
			return msg.Reply(code, text, 0).Encode(push.Format), nil
		}
		d, err := decide(ctx, p, a, p.Express.Account, of(a.push(msg.Identity())))
		code, text := p.result(a, string(d.Reason), d.Field, err)
		if d.Reason != waybill.Accepted {
			d.Quota = 0
		}
		return msg.Reply(code, text, d.Quota).Encode(push.Format), nil
	}
}

func bindRequest(m wechat.CheckBiz) (bizID string, of func(ledger.Push) waybill.AccountRequest) {
	return m.BizID, func(p ledger.Push) waybill.AccountRequest {
		return waybill.NewBindRequest(p, m.BizID, m.ShopAppID, m.BizPwd)
	}
}

func quotaRequest(m wechat.GetQuota) (bizID string, of func(ledger.Push) waybill.AccountRequest) {
	return m.BizID, func(p ledger.Push) waybill.AccountRequest { return waybill.NewAccountRequest(p, m.BizID, m.BizPwd) }
}
