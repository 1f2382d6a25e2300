package handler

import (
	"context"

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
// there, is neither used nor kept. A merchant that is refused gets no quota.
func account[M accountMessage](decode func(*wechat.Push) (M, error), merchant func(M) (string, wechat.Password)) function {
	return func(p *Push, ctx context.Context, push *wechat.Push, a *answer) ([]byte, error) {
		msg, err := decode(push)
		bizID, password := merchant(msg)
		a.log(id("biz_id", bizID))
		if err != nil {
			code, text := p.unreadable(ctx, push, a, err)
			return msg.Reply(code, text, 0).Encode(push.Format), nil
		}
		req := waybill.NewAccountRequest(a.push(msg.Identity()), bizID, password)
		d, err := decide(ctx, p, a, p.Express.Account, req)
		code, text := p.result(a, string(d.Reason), req.Field, err)
		if d.Reason != waybill.Accepted {
			d.Quota = 0
		}
		return msg.Reply(code, text, d.Quota).Encode(push.Format), nil
	}
}

func checkBizMerchant(m wechat.CheckBiz) (string, wechat.Password) { return m.BizID, m.BizPwd }
func getQuotaMerchant(m wechat.GetQuota) (string, wechat.Password) { return m.BizID, m.BizPwd }
