package demo

import (
	"carrierhook/internal/config"
	"carrierhook/internal/delivery"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/wechat"
)

// WeChat's sample of an instant delivery: the shop, its secret and its order are
// those of the worked example of delivery_sign (the secret is spelt so there).
const (
	ShopID      = "test_shop_id"
	ShopSecret  = "test_app_secrect"
	ShopNo      = "12345678"
	ShopOrderID = "test_shop_order_id"

	ReorderShopID     = "122222222" // of the page reOrder
	InstantDeliveryID = "SFTC"

	// The demo's delivery.key. It is printed here, so it protects nothing.
	DeliveryKey = "dGhlIGRlbW8ncyBrZXksIGZvciBub3RoaW5nIGVsc2U="
)

var ShopIDs = []string{ShopID, ReorderShopID}

// Config is the defaults, with instant delivery and the feed of events.
func Config() config.Config {
	cfg := config.Default()
	cfg.Delivery.Key = DeliveryKey
	cfg.Events.Feed = true
	return cfg
}

// Shops are the shop of the worked example, and that of the page reOrder.
// The page has no secret, so both have one.
func Shops() []instant.ShopRow {
	var rows []instant.ShopRow
	for _, id := range ShopIDs {
		rows = append(rows, instant.ShopRow{ID: id, Secret: delivery.Secret(ShopSecret)})
	}
	return rows
}

var ShopSender = wechat.InstantContact{
	Name: "刘一", City: "北京市", Address: "xx大厦", AddressDetail: "1号楼101", Phone: "13712345678",
	Lng: "116.383075", Lat: "40.448612", CoordinateType: "0",
}

var ShopReceiver = wechat.InstantContact{
	Name: "老王", City: "北京市", Address: "xxx地铁站", AddressDetail: "2号楼202", Phone: "18512345678",
	Lng: "116.50603", Lat: "40.15296", CoordinateType: "0",
}

// Delivery is WeChat's sample of reOrder, from its page. The ids, the sign
// and the token are for the caller to set.
func Delivery() wechat.InstantOrder {
	return wechat.InstantOrder{
		Sender: ShopSender, Receiver: ShopReceiver,
		Cargo: wechat.InstantCargo{
			Value: "5", Height: "1", Length: "3", Width: "2", Weight: "1",
			Goods: []wechat.InstantGoods{
				{Count: "1", Name: "水果", Price: "10", Unit: "元"},
				{Count: "2", Name: "蔬菜", Price: "20", Unit: "元"},
			},
			FirstClass: "美食夜宵", SecondClass: "零食小吃",
		},
		OrderInfo: wechat.InstantInfo{
			OrderType: "0", ExpectedDelivery: "0", PoiSeq: "1111", Note: "test_note", OrderTime: "1555220757",
			IsInsured: "0", Tips: "0", IsDirect: "0", FinishCodeNeeded: "1", PickupCodeNeeded: "1",
		},
	}
}
