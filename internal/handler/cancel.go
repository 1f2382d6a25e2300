package handler

import (
	"context"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// cancel answers cancel_waybill.
func (p *Push) cancel(ctx context.Context, push *wechat.Push, a *answer) ([]byte, error) {
	msg, err := push.CancelWaybill()
	if err != nil {
		return nil, err
	}
	req := waybill.NewCancelRequest(a.seen(wechat.EventCancelWaybill, msg.Identity()),
		msg.BizID, msg.BizPwd, msg.ShopAppID, msg.OrderID, msg.WayBillID)
	a.log(short("biz_id", msg.BizID), short("order_id", msg.OrderID), short("waybill_id", msg.WayBillID))

	var d waybill.CancelDecision
	err = p.atDesk(a, func() (err error) { d, err = p.Desk.Cancel(ctx, req); return err })
	res := p.told(a, string(d.Reason), err)
	if err == nil {
		p.repeated(a, d.Repeat)
	}
	return msg.Reply(res.code, res.text(p.Language)).Encode(push.Format), nil
}
