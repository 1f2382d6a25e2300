package main

import (
	"carrierhook/internal/config"
	"carrierhook/internal/delivery"
	"carrierhook/internal/store"
	"carrierhook/internal/wechat"
)

// WeChat's sample of an instant delivery: the shop, its secret and its order are
// those of the worked example of delivery_sign (the secret is spelt so there).
const (
	sampleShopID      = "test_shop_id"
	sampleShopSecret  = "test_app_secrect"
	sampleShopNo      = "12345678"
	sampleShopOrderID = "test_shop_order_id"

	reorderShopID           = "122222222" // of the page reOrder
	sampleInstantDeliveryID = "SFTC"

	// The demo's delivery.key. It is printed here, so it protects nothing.
	sampleDeliveryKey = "dGhlIGRlbW8ncyBrZXksIGZvciBub3RoaW5nIGVsc2U="
)

var sampleShopIDs = []string{sampleShopID, reorderShopID}

// sampleConfig is the defaults, and instant delivery offered.
func sampleConfig() config.Config {
	cfg := config.Default()
	cfg.Delivery.Key = sampleDeliveryKey
	return cfg
}

// sampleShops are the shop of the worked example, and that of the page reOrder.
// The page has no secret, so both have one.
func sampleShops() []store.ShopRow {
	var rows []store.ShopRow
	for _, id := range sampleShopIDs {
		rows = append(rows, store.ShopRow{ID: id, Secret: delivery.Secret(sampleShopSecret)})
	}
	return rows
}

var sampleShopSender = wechat.TransportContact{
	Name: "刘一", City: "北京市", Address: "xx大厦", AddressDetail: "1号楼101", Phone: "13712345678",
	Lng: "116.383075", Lat: "40.448612", CoordinateType: "0",
}

var sampleShopReceiver = wechat.TransportContact{
	Name: "老王", City: "北京市", Address: "xxx地铁站", AddressDetail: "2号楼202", Phone: "18512345678",
	Lng: "116.50603", Lat: "40.15296", CoordinateType: "0",
}

// sampleDelivery is WeChat's sample of reOrder, from its page. The ids, the sign
// and the token are for the caller to set.
func sampleDelivery() wechat.TransportOrder {
	return wechat.TransportOrder{
		Sender: sampleShopSender, Receiver: sampleShopReceiver,
		Cargo: wechat.TransportCargo{
			Value: "5", Height: "1", Length: "3", Width: "2", Weight: "1",
			Goods: []wechat.TransportGoods{
				{Count: "1", Name: "水果", Price: "10", Unit: "元"},
				{Count: "2", Name: "蔬菜", Price: "20", Unit: "元"},
			},
			FirstClass: "美食夜宵", SecondClass: "零食小吃",
		},
		OrderInfo: wechat.TransportInfo{
			OrderType: "0", ExpectedDelivery: "0", PoiSeq: "1111", Note: "test_note", OrderTime: "1555220757",
			IsInsured: "0", Tips: "0", IsDirect: "0", FinishCodeNeeded: "1", PickupCodeNeeded: "1",
		},
	}
}
