package instant

import (
	"slices"
	"strings"
)

// WeChat's own company for trying instant delivery: no company stands behind it, and its
// one shop is every merchant's. What the page delivery_sanbox says of it.
const (
	testDeliveryID = "TEST"
	testShopID     = "test_shop_id"
	testAppSecret  = "test_app_secrect"
)

// company is what a company of instant delivery wants beside what all want, from the
// pages preAddOrder, addOrder, reOrder and cancelOrder.
type company struct {
	sender        bool     // the sender, even if the shop is named
	senderToPrice bool     // that with pre_add only
	shopNo        bool     // the shop, in an order
	shopNoAlways  bool     // and in follow-ups
	orderTime     bool     // when the user paid
	direct        []int64  // is_direct_delivery may be
	booked        []string // a booked order needs one of these
	waybill       bool     // the waybill, to cancel
	noReadd       bool     // an order is not placed again
	noTips        bool     // nobody gets tips
}

const (
	expectedDelivery = "expected_delivery_time"
	expectedFinish   = "expected_finish_time"
	expectedPickUp   = "expected_pick_time"
)

var (
	anyTime   = []string{expectedDelivery, expectedFinish, expectedPickUp}
	notDirect = []int64{0}
	anyDirect = []int64{0, 1}
)

// companies are those that WeChat's page delivery_info names. Of UU the other pages
// say nothing.
var companies = map[string]company{
	"SFTC": {sender: true, orderTime: true, direct: notDirect, booked: []string{expectedFinish, expectedPickUp}, waybill: true},
	"SS":   {senderToPrice: true, shopNo: true, shopNoAlways: true, direct: []int64{1}, booked: []string{expectedPickUp}},
	"MTPS": {shopNo: true, direct: notDirect, booked: []string{expectedFinish}, noReadd: true, noTips: true},
	"DADA": {direct: anyDirect, booked: []string{expectedDelivery}},
	"UU":   {direct: notDirect, booked: anyTime},
}

// otherCompany is one that the pages do not name.
var otherCompany = company{direct: anyDirect, booked: anyTime}

// company tells what a company wants, and whether there is one of that id.
func (a *API) company(id string) (company, bool) {
	if c, ok := companies[id]; ok {
		return c, true
	}
	return otherCompany, id != "" && (id == a.o.DeliveryID || id == testDeliveryID)
}

// shopBound tells whether a shop of the app's is bound at the company, or at any
// where that is "".
func (a *API) shopBound(app, shopID, deliveryID string) bool {
	if shopID == testShopID && (deliveryID == "" || deliveryID == testDeliveryID) {
		return true
	}
	return app == a.core.Apps[0].ID && (deliveryID == "" || deliveryID == a.o.DeliveryID) && slices.Contains(a.o.Shops, shopID)
}

// The order_status of WeChat's page onOrderQuery.
const (
	statusWaiting    = 101
	statusAssigned   = 102
	statusCancelled  = 103
	statusAtShop     = 201
	statusPickedUp   = 202
	statusNotPicked  = 203
	statusDelivering = 301
	statusGoingBack  = 303
	statusReturned   = 401
)

// goodsClasses are WeChat's kinds of goods, cargo_first_class and what may be its
// cargo_second_class, from the page reOrder.
var goodsClasses = map[string]string{
	"美食夜宵":  "零食小吃 香锅/烤鱼 西餐 日韩料理 海鲜/烧烤 快餐/地方菜 小龙虾 披萨",
	"甜品饮料":  "甜品 奶茶果汁 咖啡 面包/糕点 冰淇淋",
	"蛋糕":    "蛋糕",
	"日用百货":  "便利店 水站/奶站 零食/干果 五金日用 粮油调味 文具店 酒水行 地方特产 进口食品 宠物用品 超市 书店 宠物食品用品 办公家居用品",
	"果蔬生鲜":  "果蔬 海鲜水产 冷冻速食",
	"鲜花":    "鲜花",
	"医药健康":  "送药 器材器具",
	"美妆护肤":  "日化美妆",
	"母婴":    "孕婴用品",
	"文件或票务": "保单 票务文件 政府文件 证件",
	"服饰鞋帽":  "服饰鞋帽综合",
	"洗涤":    "脏衣服收 干净衣服派",
	"珠宝奢侈品": "珠宝饰品 奢侈品",
	"家居家装":  "家具 装修建材 厨房卫浴",
	"数码产品":  "数码产品",
	"配件器材":  "配件器材",
	"电商":    "电视购物 线上商城",
	"现场勘查":  "现场勘查",
	"快递业务":  "快递配送",
	"其他":    "其他",
}

func isGoodsClass(first, second string) bool {
	return slices.Contains(strings.Fields(goodsClasses[first]), second)
}
