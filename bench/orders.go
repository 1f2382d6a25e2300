package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"carrierhook/internal/wechat"
)

// payers are the merchants that a run of orders is spread over.
type payers struct {
	first, count int
}

// Those with a monthly account, whose waybills are cancelled too, and those that
// pay in advance.
var (
	monthly = payers{firstBiz, merchants}
	prepaid = payers{firstBiz + 1000, merchants}
)

// plenty is a quota that no run uses up.
const plenty = 1_000_000_000

// order is the push that books waybill n.
func order(n int, p payers, at time.Time) wechat.AddWaybill {
	who := wechat.Contact{
		Name: "张三", Mobile: "18666666666", Country: "中国", Province: "广东省", City: "广州市", Area: "海珠区",
		Address: "XX路XX号XX大厦XX栋XX",
	}
	return wechat.AddWaybill{
		ToUserName: userName, FromUserName: "oABCD", CreateTime: at.Unix(), Event: wechat.EventAddWaybill,
		Token: strconv.Itoa(firstOrder + n), OrderID: strconv.Itoa(firstOrder + n),
		BizID: strconv.Itoa(p.first + n%p.count), BizPwd: password, ShopAppID: "wxABCD",
		WayBillID: strconv.Itoa(firstWaybill + n), Remark: "易碎物品", Sender: who, Receiver: who,
		Cargo: wechat.Cargo{
			Weight: "1.2", SpaceX: "20.5", SpaceY: "15", SpaceZ: "10", Count: "1",
			DetailList: []wechat.CargoDetail{{Name: "一千零一夜钻石包", Count: "1"}},
		},
		Insured: wechat.Insured{UseInsured: "0", InsuredValue: "0"},
		Service: wechat.Service{ServiceType: "0", ServiceName: "标准快递"},
	}
}

func merchantsCSV() *strings.Reader {
	var b strings.Builder
	b.WriteString("biz_id,biz_pwd,cancel_allowed,quota\n")
	for m := range merchants {
		fmt.Fprintf(&b, "%d,%s,true,\n", monthly.first+m, password)
		fmt.Fprintf(&b, "%d,%s,true,%d\n", prepaid.first+m, password, plenty)
	}
	return strings.NewReader(b.String())
}

// catalogueCSV is what the orders need: one service, the whole country, and a
// range of WeChat's that all numbers are in.
var catalogueCSV = map[string]string{
	"services": "service_type,service_name,code,max_weight_kg,max_side_cm,max_pieces,max_insured_yuan\n0,标准快递,standard,50,200,10,10000\n",
	"areas":    "province,city,area,collects,delivers\n,,,true,true\n",
	"routes":   "province,city,area,key,value\n广东,广州,,bagAddr,广州\n广东,广州,,mark,888-666-666\n",
	"ranges":   "name,prefix,width,check_digit,first,last,owner\nwechat,1,11,none,0,99999999999,wechat\n",
}
