package express

import (
	"context"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// cancelAnswer has all four members, whatever happened.
type cancelAnswer struct {
	ErrCode    int    `json:"errcode"`
	ErrMsg     string `json:"errmsg"`
	ResultCode int    `json:"delivery_resultcode"`
	ResultMsg  string `json:"delivery_resultmsg"`
}

func cancelFailure(f *sandbox.Failure, msg string) any {
	return cancelAnswer{f.Code.Number, msg, f.ResultCode, f.ResultMsg}
}

func (a *API) cancelOrder(r sandbox.Request) (any, *sandbox.Failure) {
	// WeChat's sample of a success has no text, though the carrier sends one.
	return cancelAnswer{ErrMsg: sandbox.Done.ErrMsg}, a.cancel(r, "order_id", "delivery_id", "waybill_id")
}

// orderQuery is how a merchant names an order.
type orderQuery struct{ shop, orderID, openID, deliveryID, waybillID string }

// readOrderQuery reads it, from members of these names.
func readOrderQuery(r sandbox.Request, orderID, deliveryID, waybillID string) orderQuery {
	return orderQuery{r.App, r.ID(orderID, maxOrderID), r.Text("openid", sandbox.MaxID), r.ID(deliveryID, sandbox.MaxID), r.ID(waybillID, sandbox.MaxID)}
}

// lookUp finds the order that a merchant names. The order of the checks is ours.
func (a *API) lookUp(q orderQuery) (*order, order, *sandbox.Failure) {
	if !a.carrierKnown(q.deliveryID) {
		return nil, order{}, sandbox.Fail(codeCarrierUnknown, "")
	}
	o, known := a.record.find(q.shop, q.orderID)
	switch {
	case o == nil || known.DeliveryID != q.deliveryID:
		return nil, order{}, sandbox.Fail(codeOrderUnknown, "")
	case known.AddSource != addedElsewhere && q.openID == "":
		return nil, order{}, sandbox.Fail(sandbox.CodeArgs, "openid is missing")
	case known.AddSource != addedElsewhere && q.openID != known.OpenID:
		return nil, order{}, sandbox.Fail(sandbox.CodeArgs, "openid is another user's")
	case known.WaybillID != q.waybillID:
		return nil, order{}, sandbox.Fail(codeWaybillUnknown, "")
	}
	return o, known, nil
}

// cancel cancels an order at the platform if the carrier agrees. Of several at
// once the first pushes and the others wait, to learn what became of it.
func (a *API) cancel(r sandbox.Request, orderID, deliveryID, waybillID string) *sandbox.Failure {
	q := readOrderQuery(r, orderID, deliveryID, waybillID)
	if r.Failure() != nil {
		return r.Failure()
	}
	o, _, f := a.lookUp(q)
	if f != nil {
		return f
	}
	if err := o.turn.Take(r.Ctx); err != nil {
		return sandbox.Fail(sandbox.CodeSystem, "")
	}
	defer o.turn.GiveBack()
	var known order
	a.record.change(o, func(o *order) { known = *o })
	switch {
	case known.cancelled:
		return sandbox.Fail(codeCancelFailed, "")
	case len(known.path) > 0:
		return sandbox.Fail(codeHasPath, "")
	case known.DeliveryID == testDeliveryID: // no carrier stands behind it
		a.record.change(o, func(o *order) { o.cancelled = true })
		return nil
	}
	reply, err := a.pushCancel(r.Ctx, o, known)
	switch {
	case err != nil:
		return sandbox.Fail(sandbox.CodeSystem, "")
	case reply.ResultCode != 0:
		return &sandbox.Failure{Code: sandbox.CodeCarrierRefused, ResultCode: reply.ResultCode, ResultMsg: reply.ResultMsg}
	}
	a.record.change(o, func(o *order) { o.cancelled = true })
	return nil
}

// pushCancel pushes the cancel. An error says that there was no right answer.
func (a *API) pushCancel(ctx context.Context, o *order, known order) (wechat.CancelReply, error) {
	account, _ := a.accounts.look(accountKey{known.ShopAppID, known.DeliveryID, known.BizID})
	m := wechat.CancelWaybill{
		ToUserName: a.core.Platform.Account.UserName, FromUserName: known.OpenID, CreateTime: o.turn.CreateTime(a.core.Now()), Event: wechat.EventCancelWaybill,
		BizID: known.BizID, BizPwd: account.BizPwd, ShopAppID: known.ShopAppID, OrderID: known.OrderID, WayBillID: known.WaybillID,
	}
	if m.FromUserName == "" {
		m.FromUserName = sandbox.TeamOpenID
	}
	shown := m
	shown.BizPwd = sandbox.Hidden
	p := a.core.Begin(about(m.Event, known.Order), m.BizPwd, wechat.EncodeCancel(a.core.Platform.Format, shown))
	reply, d, err := a.core.Platform.DeliverCancel(ctx, m, p.Fault)
	a.core.End(p, d, reply.ResultCode, reply.ResultMsg, err)
	return reply, err
}

// The cloud call has the names of cancelOrder in camelCase, and WeChat's cloud
// library raises what has an errCode other than 0.

type cloudAnswer struct {
	ErrCode    int    `json:"errCode"`
	ErrMsg     string `json:"errMsg"`
	ResultCode int    `json:"deliveryResultcode"`
	ResultMsg  string `json:"deliveryResultmsg"`
}

const cloudName = "openapi.logistics.cancelOrder:"

func cloudFailure(f *sandbox.Failure, msg string) any {
	return cloudAnswer{f.Code.Number, cloudName + "fail " + msg, f.ResultCode, f.ResultMsg}
}

func (a *API) cloudCancelOrder(r sandbox.Request) (any, *sandbox.Failure) {
	return cloudAnswer{ErrMsg: cloudName + "ok"}, a.cancel(r, "orderId", "deliveryId", "waybillId")
}
