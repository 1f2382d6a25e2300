package instant

import (
	"crypto/sha1"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// The answers of the company for trying: the figures of WeChat's sample, whatever the distance
// and the weight. It is there to try a merchant's client without any company.
const (
	trialFee      = 10_00
	trialDistance = 1000
	trialDispatch = 300
	trialRefused  = 1 // its one resultcode besides 0
	trialYes      = "ok"
)

// trialSigned checks delivery_sign as a company would: of the shop of this one
// everybody knows the secret. The sign of any other shop cannot be checked by WeChat.
func trialSigned(key orderKey, sign string) *sandbox.Failure {
	sum := sha1.Sum([]byte(key.shopID + key.orderID + testAppSecret))
	if !strings.EqualFold(hex.EncodeToString(sum[:]), sign) {
		return sandbox.Fail(codeArgs, "delivery_sign is not SHA-1 of shopid, shop_order_id and "+testAppSecret)
	}
	return nil
}

func trialPrice(m wechat.InstantOrder) wechat.InstantReply {
	tips, _ := sandbox.Cents.Parse(m.OrderInfo.Tips)
	return wechat.InstantReply{
		ResultMsg: trialYes, Fee: trialFee, DeliverFee: trialFee, Tips: tips, Distance: trialDistance, DispatchDuration: trialDispatch,
	}
}

// trialPlaced takes any order.
func (a *API) trialPlaced(m wechat.InstantOrder) (r wechat.InstantReply, err error) {
	r = trialPrice(m)
	r.OrderStatus = statusWaiting
	if r.WaybillID, err = a.core.Numbers.Take(); err != nil {
		return r, err
	}
	for _, code := range []struct {
		needed string
		is     *int
	}{{m.OrderInfo.FinishCodeNeeded, &r.FinishCode}, {m.OrderInfo.PickupCodeNeeded, &r.PickupCode}} {
		if code.needed != "1" {
			continue
		}
		text, err := a.core.Platform.Digits(4)
		if err != nil {
			return r, err
		}
		*code.is, _ = strconv.Atoi(text)
	}
	return r, nil
}

// trialCancelled is what a cancel makes of an order in a status.
var trialCancelled = map[int]int{
	statusWaiting: statusCancelled, statusAssigned: statusCancelled, statusAtShop: statusNotPicked,
	statusPickedUp: statusGoingBack, statusDelivering: statusGoingBack,
}

// goingBack are the statuses of goods on their way to the merchant.
var goingBack = []int{303, 304, 305}

// trialAnswer answers in place of the company for trying.
func (a *API) trialAnswer(o *order, current order, m wechat.InstantFollowUp) (any, *sandbox.Failure) {
	if f := trialSigned(o.orderKey, m.DeliverySign); f != nil {
		return nil, f
	}
	last := current.last()
	if m.WaybillID != "" && m.WaybillID != last.waybillID {
		return nil, sandbox.Fail(codeArgs, "waybill_id is not the order's")
	}
	to, tips := 0, int64(0)
	switch m.Event {
	case wechat.EventQueryOrder:
		return a.passOn(o, wechat.InstantReply{Event: m.Event, ResultMsg: trialYes, OrderStatus: last.status, WaybillID: last.waybillID}), nil
	case wechat.EventCancelOrder, wechat.EventPrecancelOrder:
		to = trialCancelled[last.status]
	case wechat.EventConfirmReturn:
		if slices.Contains(goingBack, last.status) {
			to = statusReturned
		}
	case wechat.EventAddTips:
		if tips, _ = sandbox.Cents.Parse(m.Tips); last.status == statusWaiting && tips > last.trialTips {
			to = statusWaiting
		}
	}
	if to == 0 {
		return nil, &sandbox.Failure{Code: codeCompanyRefused, ResultCode: trialRefused, ResultMsg: "订单状态不允许该操作"}
	}
	if m.Event != wechat.EventPrecancelOrder {
		a.record.change(o, func(o *order) {
			now := o.last()
			now.status, now.at, now.trialTips = to, a.core.Now().Unix(), max(now.trialTips, tips)
		})
	}
	if m.Event == wechat.EventCancelOrder || m.Event == wechat.EventPrecancelOrder {
		return cancelledAnswer{result: result{0, trialYes}}, nil
	}
	return succeeded()
}

// mockUpdateOrder moves an order at the company for trying: the merchant plays the
// rider.
func (a *API) mockUpdateOrder(r sandbox.Request) (any, *sandbox.Failure) {
	key := orderKey{r.App, r.ID("shopid", sandbox.MaxID), r.ID("shop_order_id", maxShopOrderID)}
	status, at := readStatusReport(r)
	switch {
	case r.Failure() != nil:
		return nil, r.Failure()
	case key.shopID != testShopID:
		return nil, sandbox.Fail(codeArgs, "shopid must be "+testShopID)
	}
	o := a.record.find(key)
	if o == nil {
		return nil, sandbox.Fail(codeOrderUnknown, "")
	}
	defer a.record.leave(o)
	var f *sandbox.Failure
	a.record.change(o, func(o *order) {
		switch last := o.last(); {
		case o.deliveryID != testDeliveryID:
			f = sandbox.Fail(codeOrderUnknown, "a company stands behind the order")
		case sandbox.Ended(last.status):
			f = sandbox.Fail(codeOrderEnded, "")
		default:
			last.status, last.at = status, at
		}
	})
	if f != nil {
		return nil, f
	}
	return succeeded()
}
