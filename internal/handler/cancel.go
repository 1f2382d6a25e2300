package handler

import (
	"context"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// cancel answers cancel_waybill.
func (p *Push) cancel(ctx context.Context, push *wechat.Push, a *answer) ([]byte, error) {
	msg, err := push.CancelWaybill()
	a.log(id("biz_id", msg.BizID), id("order_id", msg.OrderID), id("waybill_id", msg.WayBillID))
	if err != nil {
		code, text := p.unreadable(ctx, push, a, err)
		return msg.Reply(code, text).Encode(push.Format), nil
	}
	req := waybill.NewCancelRequest(a.push(msg.Identity()), msg.BizID, msg.BizPwd, msg.ShopAppID, msg.OrderID, msg.WayBillID)
	d, err := decide(ctx, p, a, p.Express.Cancel, req)
	code, text := p.result(a, string(d.Reason), req.Field, err)
	p.repeated(a, d.Repeat, err)
	return msg.Reply(code, text).Encode(push.Format), nil
}
