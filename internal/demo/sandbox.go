package demo

import "carrierhook/internal/sandbox/express"

const (
	DeliveryID = "SF" // WeChat's sample of cancelOrder
	OrderToken = "1234ABC234523451"

	ElsewhereOrderID = "order-charged"      // ordered elsewhere than in a mini program
	LostOrderID      = "order-carrier-lost" // the carrier does not know it
	LostWaybillID    = "123456798"
)

// SandboxOrders are the demo's rows as WeChat sees them: an order for each, and
// one that only WeChat knows.
func SandboxOrders(deliveryID string) []express.Order {
	var list []express.Order
	add := func(biz, order, waybill string) {
		o := express.Order{
			ShopAppID: ShopAppID, DeliveryID: deliveryID, BizID: biz, OrderID: order, WaybillID: waybill,
			OpenID: OpenID, Token: "token-" + waybill,
		}
		switch order {
		case OrderID:
			o.Token = OrderToken
		case ElsewhereOrderID:
			o.OpenID, o.AddSource = "", 2
		}
		list = append(list, o)
	}
	for _, s := range Samples {
		add(s.BizID, s.OrderID, s.WaybillID)
	}
	add(BizID, LostOrderID, LostWaybillID)
	return list
}
