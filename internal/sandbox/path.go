package sandbox

import (
	"crypto/subtle"
	"slices"
)

// WeChat's own carrier for trying: its orders are pushed to nobody, and the
// merchant moves the parcel itself, by test_update_order.
const (
	testDeliveryID = "TEST"
	testBizID      = "test_biz_id"
)

// actionTypes are those of WeChat's page updatePath, of its samples (300001)
// and of orders by single persons.
var actionTypes = []int64{
	100001, 100002, 100003, 200001, 300001, 300002, 300003, 300004, 400001, 400002,
	90001, 90002, 90003, 90010, 90011, 300005, 300006, 300007, 400003, 400004, 400005, 500001,
}

func (r request) pathItem() PathItem {
	item := PathItem{r.number("action_time"), r.number("action_type"), r.text("action_msg", maxText)}
	switch {
	case item.ActionTime <= 0:
		r.failed(codeArgs, "action_time is missing or not a time")
	case !slices.Contains(actionTypes, item.ActionType):
		r.failed(codeArgs, "action_type is missing or not one of WeChat's")
	case item.ActionMsg == "":
		r.failed(codeArgs, "action_msg is missing")
	}
	return item
}

// updatePath is what a carrier calls. The order's token is the proof that it is
// the one.
func (a *API) updatePath(r request) (any, *failure) {
	token, waybillID, item := r.id("token", maxText), r.id("waybill_id", maxID), r.pathItem()
	if r.wrong != nil {
		return nil, r.wrong
	}
	o, known := a.record.waybill(waybillID)
	switch {
	case o == nil:
		return nil, fail(codeWaybillUnknown, "")
	case subtle.ConstantTimeCompare([]byte(known.Token), []byte(token)) != 1:
		return nil, fail(codeOrderToken, "")
	}
	a.record.report(o, item)
	return succeeded()
}

func (a *API) testUpdateOrder(r request) (any, *failure) {
	bizID, deliveryID := r.id("biz_id", maxID), r.id("delivery_id", maxID)
	orderID, waybillID, item := r.id("order_id", maxOrderID), r.id("waybill_id", maxID), r.pathItem()
	switch {
	case r.wrong != nil:
		return nil, r.wrong
	case bizID != testBizID || deliveryID != testDeliveryID:
		return nil, fail(codeArgs, "biz_id must be "+testBizID+" and delivery_id "+testDeliveryID)
	}
	o, known := a.record.find(r.shop, orderID)
	switch {
	case o == nil || known.DeliveryID != testDeliveryID:
		return nil, fail(codeOrderUnknown, "")
	case known.WaybillID != waybillID:
		return nil, fail(codeWaybillUnknown, "")
	}
	a.record.report(o, item)
	return succeeded()
}
