package demo

import (
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// WeChat's samples of an order and of the questions about an account, from the
// pages Request_an_order_event, Review_merchant_events and
// Query_merchant_balance_events. The ids are for the caller to set.

var Sender = wechat.Contact{
	Name: "张三", Tel: "020-88888888", Mobile: "18666666666", Company: "公司名", PostCode: "123456",
	Country: "中国", Province: "广东省", City: "广州市", Area: "海珠区", Address: "XX路XX号XX大厦XX栋XX",
}

var Receiver = wechat.Contact{
	Name: "王小蒙", Tel: "029-77777777", Mobile: "18610000000", Company: "公司名", PostCode: "654321",
	Country: "中国", Province: "广东省", City: "广州市", Area: "天河区", Address: "XX路XX号XX大厦XX栋XX",
}

// Label is what the label of a parcel to that receiver shows.
const Label = "##ZTO_bagAddr##广州##ZTO_mark##888-666-666##"

func Order() wechat.AddWaybill {
	return wechat.AddWaybill{
		Event: wechat.EventAddWaybill, Token: OrderToken, Remark: "易碎物品",
		Sender: Sender, Receiver: Receiver,
		Cargo: wechat.Cargo{
			Weight: "1.2", SpaceX: "20.5", SpaceY: "15.0", SpaceZ: "10.0", Count: "2",
			DetailList: []wechat.CargoDetail{{Name: "一千零一夜钻石包", Count: "1"}, {Name: "爱马仕柏金钻石包", Count: "1"}},
		},
		Insured: wechat.Insured{UseInsured: "1", InsuredValue: "10000"},
		Service: wechat.Service{ServiceType: "0", ServiceName: "标准快递"},
	}
}

// Shop is what check_biz tells of the merchant besides its account.
var Shop = sandbox.Shop{
	Name: "商户名称", Telephone: "18677778888", Contact: "村正", ServiceName: "标准快递",
	Province: "广东省", City: "广州市", Area: "海珠区", Address: "新港中路397号",
}
