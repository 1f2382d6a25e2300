package express

import (
	"slices"
	"strings"

	"carrierhook/internal/sandbox"
)

// carriers are those that WeChat's pages name, by their ids. The sandbox pushes to one
// carrier; the others exist and have no orders.
var carriers = map[string]string{
	"BEST": "百世快递", "DB": "德邦快递", "EMS": "中国邮政速递物流", "JDL": "京东快递", "PJ": "品骏物流", "SF": "顺丰速运",
	"STO": "申通快递", "YTO": "圆通速递", "YUNDA": "韵达快递", "ZTO": "中通快递",
}

// isCarrier tells whether WeChat has a carrier of that id.
func (a *API) isCarrier(id string) bool {
	return id == a.o.DeliveryID || id == testDeliveryID || carriers[id] != ""
}

type deliveriesAnswer struct {
	Count int        `json:"count"`
	Data  []delivery `json:"data"`
}

// delivery is a carrier as getAllDelivery lists it. The sandbox knows no carrier's services,
// and no orders that are paid in cash.
type delivery struct {
	ID          string            `json:"delivery_id"`
	Name        string            `json:"delivery_name"`
	CanUseCash  int               `json:"can_use_cash"`
	CanGetQuota int               `json:"can_get_quota"`
	ServiceType []deliveryService `json:"service_type"`
	CashBizID   string            `json:"cash_biz_id"`
}

type deliveryService struct {
	Type int    `json:"service_type"`
	Name string `json:"service_name"`
}

// getAllDelivery lists the carriers, by id. The one for trying is on another page.
func (a *API) getAllDelivery(sandbox.Request) (any, *sandbox.Failure) {
	list := []delivery{}
	for id, name := range carriers {
		list = append(list, delivery{ID: id, Name: name})
	}
	if carriers[a.o.DeliveryID] == "" {
		list = append(list, delivery{ID: a.o.DeliveryID, Name: a.o.DeliveryID})
	}
	slices.SortFunc(list, func(a, b delivery) int { return strings.Compare(a.ID, b.ID) })
	for i := range list {
		list[i].ServiceType = []deliveryService{}
		if list[i].ID == a.o.DeliveryID {
			list[i].CanGetQuota = 1
		}
	}
	return deliveriesAnswer{len(list), list}, nil
}
