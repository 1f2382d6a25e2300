package handler_test

import (
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/wechat"
)

// sampleBooking is what WeChat's sample request of an order says in XML.
var sampleBooking = wechat.AddWaybill{
	ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "add_waybill",
	Token: "1234ABC234523451", OrderID: "012345678901234567890123456789", BizID: "xyz", BizPwd: "xyz123",
	ShopAppID: "wxABCD", WayBillID: "123456789", Remark: "易碎物品",
	Sender: wechat.Contact{
		Name: "张三", Tel: "020-88888888", Mobile: "18666666666", Company: "公司名", PostCode: "123456",
		Country: "中国", Province: "广东省", City: "广州市", Area: "海珠区", Address: "XX路XX号XX大厦XX栋XX",
	},
	Receiver: wechat.Contact{
		Name: "王小蒙", Tel: "029-77777777", Mobile: "18610000000", Company: "公司名", PostCode: "654321",
		Country: "中国", Province: "广东省", City: "广州市", Area: "天河区", Address: "XX路XX号XX大厦XX栋XX",
	},
	Cargo: wechat.Cargo{
		Weight: "1.2", SpaceX: "20.5", SpaceY: "15.0", SpaceZ: "10.0", Count: "2",
		DetailList: []wechat.CargoDetail{{Name: "一千零一夜钻石包", Count: "1"}, {Name: "爱马仕柏金钻石包", Count: "1"}},
	},
	Insured: wechat.Insured{UseInsured: "1", InsuredValue: "10000"},
	Service: wechat.Service{ServiceType: "0", ServiceName: "标准快递"},
}

// sampleCheckBiz and sampleGetQuota are those of the other two.
var (
	sampleCheckBiz = wechat.CheckBiz{
		ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "check_biz",
		BizID: "xyz", BizPwd: "xyz123", ShopAppID: "wxABCD",
		ShopName: "商户名称", ShopTelphone: "18677778888", ShopContact: "村正", ServiceName: "标准快递",
		SenderProvince: "广东省", SenderCity: "广州市", SenderArea: "海珠区", SenderAddress: "新港中路397号",
	}
	sampleGetQuota = wechat.GetQuota{
		ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "get_quota",
		BizID: "xyz", BizPwd: "xyz123", ShopAppID: "wxABCD",
	}
)

// sampleOrder is what WeChat's sample requests say of an order of instant delivery.
var sampleOrder = wechat.InstantOrder{
	ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "transport_add_order",
	WXToken: "WXTOKEN", DeliveryToken: "xxxxxxxx", ShopID: "test_shop_id", ShopNo: "12345678", ShopOrderID: "test_shop_order_id",
	DeliverySign: "a93d8d6bae9a9483c1b1d4e8670e7f6226ec94cb",
	Sender: wechat.InstantContact{
		Name: "刘一", City: "北京市", Address: "xx大厦", AddressDetail: "1号楼101", Phone: "13712345678",
		Lng: "116.383075", Lat: "40.448612", CoordinateType: "0",
	},
	Receiver: wechat.InstantContact{
		Name: "老王", City: "北京市", Address: "xxx地铁站", AddressDetail: "2号楼202", Phone: "18512345678",
		Lng: "116.50603", Lat: "40.15296", CoordinateType: "0",
	},
	Cargo: wechat.InstantCargo{
		Value: "5", Height: "1", Length: "3", Width: "2", Weight: "1",
		Goods:      []wechat.InstantGoods{{Count: "1", Name: "水果", Price: "10", Unit: "元"}, {Count: "2", Name: "蔬菜", Price: "20", Unit: "元"}},
		FirstClass: "美食夜宵", SecondClass: "零食小吃",
	},
	OrderInfo: wechat.InstantInfo{
		OrderType: "0", ExpectedDelivery: "0", PoiSeq: "1111", Note: "test_note", OrderTime: "1555220757", IsInsured: "0",
		Tips: "0", IsDirect: "0", FinishCodeNeeded: "1", PickupCodeNeeded: "1",
	},
}

// sampleFollowUp is what they say about an order that was placed.
var sampleFollowUp = wechat.InstantFollowUp{
	ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "transport_cancel_order",
	ShopID: "test_shop_id", ShopOrderID: "test_shop_order_id", ShopNo: "12345678", WaybillID: sampleNumber,
	DeliverySign: "a93d8d6bae9a9483c1b1d4e8670e7f6226ec94cb", CancelReasonID: "1", Tips: "5",
}

// personalInstant is what the samples and the store say of people, their goods and
// the keys to their orders.
var personalInstant = []string{
	"刘一", "老王", "北京市", "xx大厦", "地铁站", "号楼", "13712345678", "18512345678", "116.383075", "40.448612", "116.50603", "40.15296",
	"水果", "蔬菜", "美食", "零食", "test_note", "WXTOKEN", "xxxxxxxx", "a93d8d6b", "TokenOfAPrice", "骑手", "13900000000",
}

// sampleAttempt is the store's. Its figures differ, so that none can stand for
// another, and it has come farther than its answer may say.
func sampleAttempt() delivery.Attempt {
	return delivery.Attempt{
		Number: 2, WaybillID: sampleNumber, WXToken: "WXTOKEN", Quote: delivery.Quote{Deliver: 1234, Coupon: 34, Insurance: 56, Metres: 9012}, Tips: 78, TipsNow: 99,
		FinishCode: 7351, PickupCode: 8462, Status: delivery.Assigned, Message: "骑手13900000000",
	}
}

// sampleDecision is what the store answers by default.
func sampleDecision(r delivery.Request) delivery.Decision {
	d := delivery.Decision{Reason: delivery.Accepted}
	switch r.Kind {
	case delivery.Precreate:
		d.Quote, d.Token, d.Dispatch = sampleAttempt().Quote, "TokenOfAPrice", 5*time.Minute
		return d
	case delivery.Add, delivery.Readd:
		d.Dispatch = 5 * time.Minute
	case delivery.Cancel, delivery.Precancel:
		d.Deduct, d.Desc = 200, delivery.DescCancelFee
	}
	d.Attempt = sampleAttempt()
	return d
}

// personal is what the samples say of people, their goods and their orders' keys.
var personal = []string{
	"1234ABC234523451", "易碎", "张三", "王小蒙", "88888888", "77777777", "18666666666", "18610000000", "公司名",
	"654321", "广东省", "广州市", "海珠区", "天河区", "XX路", "钻石包", "商户名称", "18677778888", "村正", "新港中路",
}
