package express

import (
	"slices"
	"time"

	"carrierhook/internal/sandbox"
)

// WeChat's own carrier for trying: its orders are pushed to nobody, and the
// merchant moves the parcel itself, by test_update_order.
const (
	testDeliveryID = "TEST"
	testBizID      = "test_biz_id"
)

// actionTypes are those of WeChat's page updatePath, and 300001, which its samples have. Orders
// by single persons, which are not played, have more.
var actionTypes = []int64{100001, 100002, 100003, 200001, 300001, 300002, 300003, 300004, 400001, 400002}

// readPathItem reads a node that is reported now.
func readPathItem(r sandbox.Request, now time.Time) PathItem {
	item := PathItem{r.Number("action_time"), r.Number("action_type"), r.Prose("action_msg", sandbox.MaxText)}
	switch {
	case item.ActionTime <= 0:
		r.Fail(sandbox.CodeArgs, "action_time is missing or not a time")
	case sandbox.InFuture(item.ActionTime, now):
		r.Fail(sandbox.CodeArgs, "action_time is in the future")
	case !slices.Contains(actionTypes, item.ActionType):
		r.Fail(sandbox.CodeArgs, "action_type is missing or not one of WeChat's")
	case item.ActionMsg == "":
		r.Fail(sandbox.CodeArgs, "action_msg is missing")
	}
	return item
}

func (a *API) testUpdateOrder(r sandbox.Request) (any, *sandbox.Failure) {
	bizID, deliveryID := r.ID("biz_id", sandbox.MaxID), r.ID("delivery_id", sandbox.MaxID)
	orderID, waybillID, item := r.ID("order_id", maxOrderID), r.ID("waybill_id", sandbox.MaxID), readPathItem(r, a.core.Now())
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
