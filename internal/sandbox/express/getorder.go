package express

import (
	"encoding/base64"
	"html"

	"carrierhook/internal/sandbox"
)

func (a *API) query(r sandbox.Request) (order, *sandbox.Failure) {
	q := readOrderQuery(r, "order_id", "delivery_id", "waybill_id")
	if r.Failure() != nil {
		return order{}, r.Failure()
	}
	_, o, f := a.findOrder(q)
	return o, f
}

type orderAnswer struct {
	sandbox.Plain
	PrintHTML   string             `json:"print_html"`
	WaybillData []sandbox.KeyValue `json:"waybill_data"`
	DeliveryID  string             `json:"delivery_id"`
	WaybillID   string             `json:"waybill_id"`
	OrderID     string             `json:"order_id"`
	OrderStatus int                `json:"order_status"` // 0 normal, 1 cancelled
}

func (a *API) getOrder(r sandbox.Request) (any, *sandbox.Failure) {
	o, f := a.query(r)
	if f != nil {
		return nil, f
	}
	return answerOf(o), nil
}

func answerOf(o order) orderAnswer {
	label := "<html>" + html.EscapeString(o.DeliveryID+" "+o.WaybillID) + " (sandbox)</html>"
	answer := orderAnswer{
		Plain:     sandbox.Done,
		PrintHTML: base64.StdEncoding.EncodeToString([]byte(label)), WaybillData: append([]sandbox.KeyValue{}, o.WaybillData...),
		DeliveryID: o.DeliveryID, WaybillID: o.WaybillID, OrderID: o.OrderID,
	}
	if o.cancelled {
		answer.OrderStatus = 1
	}
	return answer
}

// maxBatch is how many orders batchget takes.
const maxBatch = 100

// batchAnswer has no errcode of its own, like WeChat's sample.
type batchAnswer struct {
	OrderList []orderAnswer `json:"order_list"`
}

// batchGetOrder answers for each order by itself.
func (a *API) batchGetOrder(r sandbox.Request) (any, *sandbox.Failure) {
	list := r.List("order_list")
	if len(list) == 0 || len(list) > maxBatch {
		r.Fail(sandbox.CodeArgs, "order_list is missing, empty or too long")
	}
	var queries []orderQuery
	for _, f := range list {
		queries = append(queries, orderQuery{
			shop: r.App, orderID: f.ID("order_id", maxOrderID), deliveryID: f.ID("delivery_id", sandbox.MaxID),
			waybillID: f.Prose("waybill_id", sandbox.MaxID), inBatch: true,
		})
	}
	if r.Failure() != nil {
		return nil, r.Failure()
	}
	answer := batchAnswer{}
	for _, q := range queries {
		_, o, f := a.findOrder(q)
		one := answerOf(o)
		if f != nil {
			one = orderAnswer{
				Plain: a.core.Failed(f), WaybillData: []sandbox.KeyValue{}, DeliveryID: q.deliveryID, WaybillID: q.waybillID, OrderID: q.orderID,
			}
		}
		answer.OrderList = append(answer.OrderList, one)
	}
	return answer, nil
}

type pathAnswer struct {
	sandbox.Plain
	OpenID     string     `json:"openid"`
	DeliveryID string     `json:"delivery_id"`
	WaybillID  string     `json:"waybill_id"`
	Num        int        `json:"path_item_num"`
	List       []PathItem `json:"path_item_list"`
}

func (a *API) getPath(r sandbox.Request) (any, *sandbox.Failure) {
	o, f := a.query(r)
	if f != nil {
		return nil, f
	}
	return pathAnswer{
		sandbox.Done, o.OpenID, o.DeliveryID, o.WaybillID, len(o.path), append([]PathItem{}, o.path...),
	}, nil
}
