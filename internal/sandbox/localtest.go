package sandbox

import (
	"crypto/sha1"
	"encoding/hex"
	"slices"
	"strings"

	"carrierhook/internal/wechat"
)

// What the company for trying says: the figures of WeChat's sample, whatever the way
// and the weight. It is there to try a merchant's client without any company.
const (
	testFee      = 10_00
	testDistance = 1000
	testDispatch = 300
	testRefused  = 1 // its one resultcode besides 0
	testYes      = "ok"
)

// testSigned checks delivery_sign as a company would: of the shop of this one
// everybody knows the secret. The sign of any other shop is none of WeChat's business.
func testSigned(key localKey, sign string) *failure {
	sum := sha1.Sum([]byte(key.shopID + key.orderID + testAppSecret))
	if !strings.EqualFold(hex.EncodeToString(sum[:]), sign) {
		return fail(codeArgs, "delivery_sign is not SHA-1 of shopid, shop_order_id and "+testAppSecret)
	}
	return nil
}

func testPrice(m wechat.TransportOrder) wechat.TransportReply {
	tips, _ := rounded(m.OrderInfo.Tips, centsDecimals)
	return wechat.TransportReply{
		ResultMsg: testYes, Fee: testFee, DeliverFee: testFee, Tips: tips, Distance: testDistance, DispatchDuration: testDispatch,
	}
}

// testPlaced takes any order.
func (a *API) testPlaced(m wechat.TransportOrder) (r wechat.TransportReply, err error) {
	r = testPrice(m)
	r.OrderStatus = statusWaiting
	if r.WaybillID, err = a.numbers.Take(); err != nil {
		return r, err
	}
	for _, code := range []struct {
		needed string
		is     *int
	}{{m.OrderInfo.FinishCodeNeeded, &r.FinishCode}, {m.OrderInfo.PickupCodeNeeded, &r.PickupCode}} {
		if code.needed != "1" {
			continue
		}
		text, err := a.o.Platform.digits(4)
		if err != nil {
			return r, err
		}
		n, _ := rounded(text, 0)
		*code.is = int(n)
	}
	return r, nil
}

// testCancelled is what a cancel makes of an order in a status.
var testCancelled = map[int]int{
	statusWaiting: statusCancelled, statusAssigned: statusCancelled, statusAtShop: statusNotPicked,
	statusPickedUp: statusGoingBack, statusDelivering: statusGoingBack,
}

// goingBack are the statuses of goods on their way to the merchant.
var goingBack = []int{303, 304, 305}

// testAsked answers in place of the company for trying.
func (a *API) testAsked(o *localOrder, known localOrder, m wechat.TransportAsk) (any, *failure) {
	if f := testSigned(o.localKey, m.DeliverySign); f != nil {
		return nil, f
	}
	last := known.last()
	if m.WaybillID != "" && m.WaybillID != last.waybillID {
		return nil, fail(codeArgs, "waybill_id is not the order's")
	}
	to, tips := 0, int64(0)
	switch m.Event {
	case wechat.EventQueryOrder:
		return a.answered(o, wechat.TransportReply{Event: m.Event, ResultMsg: testYes, OrderStatus: last.status, WaybillID: last.waybillID}), nil
	case wechat.EventCancelOrder, wechat.EventPrecancelOrder:
		to = testCancelled[last.status]
	case wechat.EventConfirmReturn:
		if slices.Contains(goingBack, last.status) {
			to = statusReturned
		}
	case wechat.EventAddTips:
		if tips, _ = rounded(m.Tips, centsDecimals); last.status == statusWaiting && tips > last.testTips {
			to = statusWaiting
		}
	}
	if to == 0 {
		return nil, &failure{code: codeCompanyRefused, resultCode: testRefused, resultMsg: "订单状态不允许该操作"}
	}
	if m.Event != wechat.EventPrecancelOrder {
		a.local.change(o, func(o *localOrder) {
			now := o.last()
			now.status, now.at, now.testTips = to, a.now().Unix(), max(now.testTips, tips)
		})
	}
	if m.Event == wechat.EventCancelOrder || m.Event == wechat.EventPrecancelOrder {
		return cancelledAnswer{localResult: localResult{0, testYes}}, nil
	}
	return localSuccess()
}

// mockUpdateOrder moves an order at the company for trying: the merchant plays the
// rider.
func (a *API) mockUpdateOrder(r request) (any, *failure) {
	key := localKey{r.shop, r.id("shopid", maxID), r.id("shop_order_id", maxShopOrderID)}
	status, at := r.statusReport()
	switch {
	case r.wrong != nil:
		return nil, r.wrong
	case key.shopID != testShopID:
		return nil, fail(codeArgs, "shopid must be "+testShopID)
	}
	o := a.local.find(key)
	if o == nil {
		return nil, fail(codeOrderUnknown, "")
	}
	defer a.local.leave(o)
	var f *failure
	a.local.change(o, func(o *localOrder) {
		switch last := o.last(); {
		case o.deliveryID != testDeliveryID:
			f = fail(codeOrderUnknown, "a company stands behind the order")
		case ended(last.status):
			f = fail(codeOrderEnded, "")
		default:
			last.status, last.at = status, at
		}
	})
	if f != nil {
		return nil, f
	}
	return localSuccess()
}
