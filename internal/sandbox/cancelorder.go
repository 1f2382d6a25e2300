package sandbox

import (
	"context"

	"carrierhook/internal/wechat"
)

// cancelAnswer has all four members, whatever happened.
type cancelAnswer struct {
	ErrCode    int    `json:"errcode"`
	ErrMsg     string `json:"errmsg"`
	ResultCode int    `json:"delivery_resultcode"`
	ResultMsg  string `json:"delivery_resultmsg"`
}

func cancelFailure(f *failure, msg string) any {
	return cancelAnswer{f.code, msg, f.resultCode, f.resultMsg}
}

func (a *API) cancelOrder(r request) (any, *failure) {
	q := orderQuery{r.shop, r.id("order_id", maxOrderID), r.text("openid", maxID), r.id("delivery_id", maxID), r.id("waybill_id", maxID)}
	if r.wrong != nil {
		return nil, r.wrong
	}
	if f := a.cancel(r.ctx, q); f != nil {
		return nil, f
	}
	// WeChat's sample of a success has no text, though the carrier sends one.
	return cancelAnswer{ErrMsg: errtexts[codeOK]}, nil
}

// orderQuery is how a merchant names an order.
type orderQuery struct{ shop, orderID, openID, deliveryID, waybillID string }

// lookUp finds the order that a merchant names. The order of the checks is ours.
func (a *API) lookUp(q orderQuery) (*order, order, *failure) {
	if !a.carrierKnown(q.deliveryID) {
		return nil, order{}, fail(codeCarrierUnknown, "")
	}
	o, known := a.record.find(q.shop, q.orderID)
	switch {
	case o == nil || known.DeliveryID != q.deliveryID:
		return nil, order{}, fail(codeOrderUnknown, "")
	case known.AddSource != addedElsewhere && q.openID == "":
		return nil, order{}, fail(codeArgs, "openid is missing")
	case known.AddSource != addedElsewhere && q.openID != known.OpenID:
		return nil, order{}, fail(codeArgs, "openid is another user's")
	case known.WaybillID != q.waybillID:
		return nil, order{}, fail(codeWaybillUnknown, "")
	}
	return o, known, nil
}

// cancel cancels an order at the platform if the carrier agrees. Of several at
// once the first asks the carrier and the others wait: they are told what
// became of it rather than guess.
func (a *API) cancel(ctx context.Context, q orderQuery) *failure {
	o, _, f := a.lookUp(q)
	if f != nil {
		return f
	}
	if err := o.turn.Take(ctx); err != nil {
		return fail(codeSystem, "")
	}
	defer o.turn.GiveBack()
	var known order
	a.record.change(o, func(o *order) { known = *o })
	switch {
	case known.cancelled:
		return fail(codeCancelFailed, "")
	case len(known.path) > 0:
		return fail(codeHasPath, "")
	case known.DeliveryID == testDeliveryID: // no carrier stands behind it
		a.record.change(o, func(o *order) { o.cancelled = true })
		return nil
	}
	reply, err := a.pushCancel(ctx, o, known)
	switch {
	case err != nil:
		return fail(codeSystem, "")
	case reply.ResultCode != 0:
		return &failure{code: codeCarrierRefused, resultCode: reply.ResultCode, resultMsg: reply.ResultMsg}
	}
	a.record.change(o, func(o *order) { o.cancelled = true })
	return nil
}

// pushCancel asks the carrier. An error says that there was no right answer.
func (a *API) pushCancel(ctx context.Context, o *order, known order) (wechat.CancelReply, error) {
	account, _ := a.accounts.look(accountKey{known.ShopAppID, known.DeliveryID, known.BizID})
	m := wechat.CancelWaybill{
		ToUserName: a.o.Platform.Account.UserName, FromUserName: known.OpenID, CreateTime: o.turn.CreateTime(a.now()), Event: wechat.EventCancelWaybill,
		BizID: known.BizID, BizPwd: account.BizPwd, ShopAppID: known.ShopAppID, OrderID: known.OrderID, WayBillID: known.WaybillID,
	}
	if m.FromUserName == "" {
		m.FromUserName = teamOpenID
	}
	shown := m
	shown.BizPwd = hiddenPassword
	p := a.begin(m.Event, known.Order, m.BizPwd, wechat.EncodeCancel(a.o.Platform.Format, shown))
	reply, d, err := a.o.Platform.DeliverCancel(ctx, m, p.Fault)
	a.end(p, d, reply.ResultCode, reply.ResultMsg, err)
	return reply, err
}
