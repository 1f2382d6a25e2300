package sandbox

import (
	"encoding/base64"
	"html"
)

func (a *API) query(r request) (order, *failure) {
	q := orderQuery{r.shop, r.id("order_id", maxOrderID), r.text("openid", maxID), r.id("delivery_id", maxID), r.id("waybill_id", maxID)}
	if r.wrong != nil {
		return order{}, r.wrong
	}
	_, known, f := a.lookUp(q)
	return known, f
}

type orderAnswer struct {
	plain
	PrintHTML   string     `json:"print_html"`
	WaybillData []KeyValue `json:"waybill_data"`
	DeliveryID  string     `json:"delivery_id"`
	WaybillID   string     `json:"waybill_id"`
	OrderID     string     `json:"order_id"`
	OrderStatus int        `json:"order_status"` // 0 normal, 1 cancelled
}

func (a *API) getOrder(r request) (any, *failure) {
	o, f := a.query(r)
	if f != nil {
		return nil, f
	}
	label := "<html>" + html.EscapeString(o.DeliveryID+" "+o.WaybillID) + " (sandbox)</html>"
	answer := orderAnswer{
		plain:     plain{codeOK, errtexts[codeOK]},
		PrintHTML: base64.StdEncoding.EncodeToString([]byte(label)), WaybillData: append([]KeyValue{}, o.WaybillData...),
		DeliveryID: o.DeliveryID, WaybillID: o.WaybillID, OrderID: o.OrderID,
	}
	if o.cancelled {
		answer.OrderStatus = 1
	}
	return answer, nil
}

type pathAnswer struct {
	plain
	OpenID     string     `json:"openid"`
	DeliveryID string     `json:"delivery_id"`
	WaybillID  string     `json:"waybill_id"`
	Num        int        `json:"path_item_num"`
	List       []PathItem `json:"path_item_list"`
}

func (a *API) getPath(r request) (any, *failure) {
	o, f := a.query(r)
	if f != nil {
		return nil, f
	}
	return pathAnswer{
		plain{codeOK, errtexts[codeOK]}, o.OpenID, o.DeliveryID, o.WaybillID, len(o.path), append([]PathItem{}, o.path...),
	}, nil
}
