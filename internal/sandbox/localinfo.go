package sandbox

import (
	"encoding/json"

	"carrierhook/internal/wechat"
)

// localInfo reads how the merchant wants the order delivered, and what the company
// needs to be told of that.
func (r request) localInfo(c company) (o wechat.TransportInfo) {
	f := r.under("order_info", true)
	if f == nil {
		return o
	}
	o = wechat.TransportInfo{
		ServiceCode: f.words("delivery_service_code", maxID), OrderType: f.choice("order_type", 0, 1),
		ExpectedDelivery: f.moment(expectedDelivery), ExpectedFinish: f.moment(expectedFinish), ExpectedPickUp: f.moment(expectedPickUp),
		PoiSeq: f.chars("poi_seq", maxPoiSeq), Note: f.chars("note", maxNote), OrderTime: f.moment("order_time"),
		IsInsured: f.choice("is_insured", 0, 1), DeclaredValue: f.money("declared_value"), Tips: f.money("tips"),
		IsDirect:       f.choice("is_direct_delivery", c.direct...),
		CashOnDelivery: f.money("cash_on_delivery"), CashOnPickup: f.money("cash_on_pickup"), PickMethod: f.choice("rider_pick_method", 1, 2),
		FinishCodeNeeded: f.choice("is_finish_code_needed", 0, 1), PickupCodeNeeded: f.choice("is_pickup_code_needed", 0, 1),
	}
	f.wanted(c, o)
	r.adopt(f)
	return o
}

// wanted looks for what the company needs to be told.
func (f *fields) wanted(c company, o wechat.TransportInfo) {
	if len(c.direct) == 1 && c.direct[0] == 1 {
		f.must("is_direct_delivery", o.IsDirect)
	}
	if c.orderTime && (o.OrderTime == "" || o.OrderTime == "0") {
		f.must("order_time", "")
	}
	if o.OrderType != "1" {
		return
	}
	names := ""
	for i, name := range c.booked {
		if f.has(name) && f.number(name) > 0 {
			return
		}
		if i > 0 {
			names += " or " + f.at
		}
		names += name
	}
	f.must(names, "")
}

// money reads yuan, nothing or more.
func (f *fields) money(name string) string { return f.amount(name, centsDecimals, -1, maxFigure) }

// shownGoods reads what WeChat shows the user of the order. The company is told
// nothing of it. A list of goods, if there is one, is enough.
func (r request) shownGoods() {
	f := r.under("shop", true)
	if f == nil {
		return
	}
	var list []json.RawMessage
	f.into("detail_list", &list)
	f.words("wxa_path", maxText)
	f.words("wxa_appid", maxID)
	f.tooLong = codeShopWrong
	image, name, count := f.words("img_url", maxText), f.words("goods_name", maxShownGoods), f.number("goods_count")
	for _, part := range []struct {
		name string
		good bool
	}{
		{"img_url", image != ""}, {"goods_name", name != ""}, {"goods_count", count > 0},
	} {
		if !part.good && (len(list) == 0 || f.has(part.name)) {
			f.failed(codeShopWrong, f.at+part.name+" is missing, empty or none")
		}
	}
	r.adopt(f)
}
