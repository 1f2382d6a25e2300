package express

import (
	"slices"

	"carrierhook/internal/sandbox"
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

func readPathItem(r sandbox.Request) PathItem {
	item := PathItem{r.Number("action_time"), r.Number("action_type"), r.Prose("action_msg", sandbox.MaxText)}
	switch {
	case item.ActionTime <= 0:
		r.Fail(sandbox.CodeArgs, "action_time is missing or not a time")
	case !slices.Contains(actionTypes, item.ActionType):
		r.Fail(sandbox.CodeArgs, "action_type is missing or not one of WeChat's")
	case item.ActionMsg == "":
		r.Fail(sandbox.CodeArgs, "action_msg is missing")
	}
	return item
}

func (a *API) testUpdateOrder(r sandbox.Request) (any, *sandbox.Failure) {
	bizID, deliveryID := r.ID("biz_id", sandbox.MaxID), r.ID("delivery_id", sandbox.MaxID)
	orderID, waybillID, item := r.ID("order_id", maxOrderID), r.ID("waybill_id", sandbox.MaxID), readPathItem(r)
	switch {
	case r.Failure() != nil:
		return nil, r.Failure()
	case bizID != testBizID || deliveryID != testDeliveryID:
		return nil, sandbox.Fail(sandbox.CodeArgs, "biz_id must be "+testBizID+" and delivery_id "+testDeliveryID)
	}
	o, current := a.record.find(r.App, orderID)
	switch {
	case o == nil || current.DeliveryID != testDeliveryID:
		return nil, sandbox.Fail(codeOrderUnknown, "")
	case current.WaybillID != waybillID:
		return nil, sandbox.Fail(codeWaybillUnknown, "")
	}
	a.record.addPathItem(o, item)
	return sandbox.Done, nil
}
