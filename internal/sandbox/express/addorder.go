package express

import (
	"context"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// addedElsewhere is the add_source of an order that was not made in a mini program,
// and so has no openid.
const addedElsewhere = 2

// addAnswer has no errcode, like WeChat's sample.
type addAnswer struct {
	OrderID     string             `json:"order_id"`
	WaybillID   string             `json:"waybill_id"`
	WaybillData []sandbox.KeyValue `json:"waybill_data"`
}

// passedOn is the answer of the calls that pass on what the carrier said, if
// there was a push.
func passedOn(f *sandbox.Failure, msg string) any {
	if f.ResultCode != 0 {
		return cancelFailure(f, msg)
	}
	return sandbox.PlainFailure(f, msg)
}

// addOrder records the order and pushes it to the carrier. An order that the
// carrier did not take does not exist for the other calls, but keeps its waybill
// number: added again, it is the same order pushed again.
func (a *API) addOrder(r sandbox.Request) (any, *sandbox.Failure) {
	wanted, m := readOrder(r)
	if r.Failure() != nil {
		return nil, r.Failure()
	}
	account, bound := a.accounts.get(accountKey{wanted.ShopAppID, wanted.DeliveryID, wanted.BizID})
	onTest := wanted.DeliveryID == testDeliveryID && wanted.BizID == testBizID
	switch {
	case !a.isCarrier(wanted.DeliveryID):
		return nil, sandbox.Fail(codeCarrierUnknown, "")
	case !bound && !onTest:
		return nil, sandbox.Fail(codeNotBound, "")
	}
	o, err := a.record.claim(wanted, a.number)
	if err != nil {
		return nil, sandbox.Fail(sandbox.CodeSystem, "")
	}
	o.turn.Take()
	defer o.turn.GiveBack()
	stored, unbooked := a.record.again(o, wanted)
	switch {
	case !unbooked:
		return nil, sandbox.Fail(codeOrderRepeated, "")
	case onTest:
		return a.bookOnTest(o, stored)
	}
	m.ToUserName, m.FromUserName, m.CreateTime = a.core.Platform.Account.UserName, sandbox.TeamOpenID, o.turn.CreateTime(a.core.Now())
	m.Token, m.WayBillID, m.BizPwd = stored.Token, stored.WaybillID, account.BizPwd
	return a.pushAdd(r.Ctx, o, stored, m)
}

// about is a push about an order.
func about(event string, o Order) sandbox.Push {
	return sandbox.Push{Event: event, BizID: o.BizID, OrderID: o.OrderID, WaybillID: o.WaybillID}
}

// number gives an order a waybill number, and a token.
func (a *API) number(o *Order) (err error) {
	o.WaybillID = sandbox.CarrierGives
	if !a.o.CarrierNumbers || o.DeliveryID == testDeliveryID {
		if o.WaybillID, err = a.core.Numbers.Take(); err != nil {
			return err
		}
	}
	o.Token, err = a.core.Platform.Digits(20)
	return err
}

// bookOnTest pushes nothing: no carrier stands behind TEST.
func (a *API) bookOnTest(o *order, stored Order) (any, *sandbox.Failure) {
	data := []sandbox.KeyValue{{Key: "TEST_mark", Value: "sandbox"}}
	if err := a.record.book(o, stored.WaybillID, data); err != nil {
		return nil, sandbox.Fail(sandbox.CodeSystem, "")
	}
	return addAnswer{stored.OrderID, stored.WaybillID, data}, nil
}

// pushAdd pushes the order, and books it if the carrier took it.
func (a *API) pushAdd(ctx context.Context, o *order, stored Order, m wechat.AddWaybill) (any, *sandbox.Failure) {
	shown := m
	shown.BizPwd = sandbox.Hidden
	p := a.core.Begin(about(m.Event, stored), m.BizPwd, wechat.EncodeAddWaybill(a.core.Platform.Format, shown))
	reply, d, err := a.core.Platform.PushAdd(ctx, m, p.Fault)
	var data []sandbox.KeyValue
	if err == nil && reply.ResultCode == 0 {
		p.WaybillID = reply.WayBillID
		if data, err = sandbox.ParseLabel(reply.WaybillData); err == nil {
			err = a.record.book(o, reply.WayBillID, data)
		}
	}
	a.core.End(p, d, reply.ResultCode, reply.ResultMsg, err)
	if f := carrierFailure(reply.ResultCode, reply.ResultMsg, err); f != nil {
		return nil, f
	}
	return addAnswer{m.OrderID, reply.WayBillID, data}, nil
}

// carrierFailure is what the carrier's answer is for the merchant; err says that there was no
// right one.
func carrierFailure(code int, msg string, err error) *sandbox.Failure {
	switch {
	case err != nil:
		return sandbox.Fail(codeCarrierFailed, "")
	case code != 0:
		return &sandbox.Failure{Code: sandbox.CodeCarrierRefused, ResultCode: code, ResultMsg: msg}
	}
	return nil
}

// again returns the order as it is to be pushed: what is wanted now, under the
// number and the token of the first time. It reports false if the order is
// booked.
func (r *record) again(o *order, wanted Order) (Order, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o.booked {
		return Order{}, false
	}
	wanted.WaybillID, wanted.Token = o.WaybillID, o.Token
	o.Order = wanted
	return wanted, true
}
