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
type orderQuery struct {
	shop, orderID, openID, deliveryID, waybillID string

	inBatch bool // without a user, and perhaps without a waybill
}

// readOrderQuery reads it, from members of these names.
func readOrderQuery(r sandbox.Request, orderID, deliveryID, waybillID string) orderQuery {
	return orderQuery{
		shop: r.App, orderID: r.ID(orderID, maxOrderID), openID: r.Text("openid", sandbox.MaxID),
		deliveryID: r.ID(deliveryID, sandbox.MaxID), waybillID: r.ID(waybillID, sandbox.MaxID),
	}
}

// findOrder finds the order that a merchant names. The order of the checks is ours.
func (a *API) findOrder(q orderQuery) (*order, order, *sandbox.Failure) {
	if !a.isCarrier(q.deliveryID) {
		return nil, order{}, sandbox.Fail(codeCarrierUnknown, "")
	}
	o, current := a.record.find(q.shop, q.orderID)
	anyUser := q.inBatch || current.AddSource == addedElsewhere
	switch {
	case o == nil || current.DeliveryID != q.deliveryID:
		return nil, order{}, sandbox.Fail(codeOrderUnknown, "")
	case !anyUser && q.openID == "":
		return nil, order{}, sandbox.Fail(sandbox.CodeArgs, "openid is missing")
	case !anyUser && q.openID != current.OpenID:
		return nil, order{}, sandbox.Fail(sandbox.CodeArgs, "openid is another user's")
	case current.WaybillID != q.waybillID && (!q.inBatch || q.waybillID != ""):
		return nil, order{}, sandbox.Fail(codeWaybillUnknown, "")
	}
	return o, current, nil
}

// cancel cancels an order at the platform if the carrier agrees. Of several at
// once the first pushes and the others wait, to learn what became of it.
func (a *API) cancel(r sandbox.Request, orderID, deliveryID, waybillID string) *sandbox.Failure {
	q := readOrderQuery(r, orderID, deliveryID, waybillID)
	if r.Failure() != nil {
		return r.Failure()
	}
	o, _, f := a.findOrder(q)
	if f != nil {
		return f
	}
	o.turn.Take()
	defer o.turn.GiveBack()
	var current order
	a.record.change(o, func(o *order) { current = *o })
	switch {
	case current.cancelled:
		return sandbox.Fail(codeCancelFailed, "")
	case len(current.path) > 0:
		return sandbox.Fail(codeHasPath, "")
	case current.DeliveryID == testDeliveryID: // no carrier stands behind it
		a.record.change(o, func(o *order) { o.cancelled = true })
		return nil
	}
	reply, err := a.pushCancel(r.Ctx, o, current)
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
func (a *API) pushCancel(ctx context.Context, o *order, current order) (wechat.CancelReply, error) {
	account, _ := a.accounts.get(accountKey{current.ShopAppID, current.DeliveryID, current.BizID})
	m := wechat.CancelWaybill{
		ToUserName: a.core.Platform.Account.UserName, FromUserName: current.OpenID, CreateTime: o.turn.CreateTime(a.core.Now()), Event: wechat.EventCancelWaybill,
		BizID: current.BizID, BizPwd: account.BizPwd, ShopAppID: current.ShopAppID, OrderID: current.OrderID, WayBillID: current.WaybillID,
	}
	if m.FromUserName == "" {
		m.FromUserName = sandbox.TeamOpenID
	}
	shown := m
	shown.BizPwd = sandbox.Hidden
	p := a.core.Begin(about(m.Event, current.Order), m.BizPwd, wechat.EncodeCancel(a.core.Platform.Format, shown))
	reply, d, err := a.core.Platform.PushCancel(ctx, m, p.Fault)
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
