package sandbox

import (
	"context"

	"carrierhook/internal/wechat"
)

const (
	// addedElsewhere is the add_source of an order that was not made in a mini
	// program, and so has no openid.
	addedElsewhere = 2

	// teamOpenID is whom the events about orders and accounts come from: one fixed
	// account of WeChat's. The platform also uses it for a cancel of an order
	// without a user.
	teamOpenID = "oSandboxWeChatTeam"
)

// addAnswer has no errcode, like WeChat's sample.
type addAnswer struct {
	OrderID     string     `json:"order_id"`
	WaybillID   string     `json:"waybill_id"`
	WaybillData []KeyValue `json:"waybill_data"`
}

// saidFailure is the answer of the calls that pass on what the carrier said, if
// it was asked.
func saidFailure(f *failure, msg string) any {
	if f.resultCode != 0 {
		return cancelFailure(f, msg)
	}
	return plainFailure(f, msg)
}

// addOrder records the order and asks the carrier for it. An order that the
// carrier did not take is not there for the other calls, but keeps its waybill
// number: added again, it is the same order pushed again.
func (a *API) addOrder(r request) (any, *failure) {
	wanted, m := r.order()
	if r.wrong != nil {
		return nil, r.wrong
	}
	account, bound := a.accounts.look(accountKey{wanted.ShopAppID, wanted.DeliveryID, wanted.BizID})
	onTest := wanted.DeliveryID == testDeliveryID && wanted.BizID == testBizID
	switch {
	case !a.carrierKnown(wanted.DeliveryID):
		return nil, fail(codeCarrierUnknown, "")
	case !bound && !onTest:
		return nil, fail(codeNotBound, "")
	}
	o, err := a.record.claim(wanted, a.number)
	if err != nil {
		return nil, fail(codeSystem, "")
	}
	if err := o.turn.Take(r.ctx); err != nil {
		return nil, fail(codeSystem, "")
	}
	defer o.turn.GiveBack()
	known, free := a.record.again(o, wanted)
	switch {
	case !free:
		return nil, fail(codeOrderRepeated, "")
	case onTest:
		return a.placeOnTest(o, known)
	}
	m.ToUserName, m.FromUserName, m.CreateTime = a.o.Platform.Account.UserName, teamOpenID, o.turn.CreateTime(a.now())
	m.Token, m.WayBillID, m.BizPwd = known.Token, known.WaybillID, account.BizPwd
	return a.pushAdd(r.ctx, o, known, m)
}

// number gives an order a waybill number, and a token.
func (a *API) number(o *Order) (err error) {
	o.WaybillID = carrierGives
	if !a.o.CarrierNumbers || o.DeliveryID == testDeliveryID {
		if o.WaybillID, err = a.numbers.Take(); err != nil {
			return err
		}
	}
	o.Token, err = a.o.Platform.digits(20)
	return err
}

// placeOnTest asks no carrier: behind TEST there is none.
func (a *API) placeOnTest(o *order, known Order) (any, *failure) {
	data := []KeyValue{{"TEST_mark", "sandbox"}}
	if err := a.record.place(o, known.WaybillID, data); err != nil {
		return nil, fail(codeSystem, "")
	}
	return addAnswer{known.OrderID, known.WaybillID, data}, nil
}

// pushAdd asks the carrier, and places the order if it was taken.
func (a *API) pushAdd(ctx context.Context, o *order, known Order, m wechat.AddWaybill) (any, *failure) {
	shown := m
	shown.BizPwd = hiddenPassword
	p := a.begin(m.Event, known, m.BizPwd, wechat.EncodeAddWaybill(a.o.Platform.Format, shown))
	reply, d, err := a.o.Platform.DeliverAdd(ctx, m, p.Fault)
	var data []KeyValue
	if err == nil && reply.ResultCode == 0 {
		p.WaybillID = reply.WayBillID
		if data, err = ParseLabel(reply.WaybillData); err == nil {
			err = a.record.place(o, reply.WayBillID, data)
		}
	}
	a.end(p, d, reply.ResultCode, reply.ResultMsg, err)
	if f := carrierSaid(reply.ResultCode, reply.ResultMsg, err); f != nil {
		return nil, f
	}
	return addAnswer{m.OrderID, reply.WayBillID, data}, nil
}

// carrierSaid is what the merchant is told of the carrier's answer; err says that
// there was no right one.
func carrierSaid(code int, msg string, err error) *failure {
	switch {
	case err != nil:
		return fail(codeCarrierFailed, "")
	case code != 0:
		return &failure{code: codeCarrierRefused, resultCode: code, resultMsg: msg}
	}
	return nil
}

// again returns the order as it is to be pushed: what is wanted now, under the
// number and the token of the first time. It reports false if the order is
// placed.
func (r *record) again(o *order, wanted Order) (Order, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o.placed {
		return Order{}, false
	}
	wanted.WaybillID, wanted.Token = o.WaybillID, o.Token
	o.Order = wanted
	return wanted, true
}
