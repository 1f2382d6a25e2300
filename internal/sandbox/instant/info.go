package instant

import (
	"encoding/json"
	"slices"
	"strings"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// readInfo reads how the merchant wants the order delivered, and what the company
// needs to know of that.
func readInfo(r sandbox.Request, c company) (o wechat.InstantInfo) {
	f := r.Under("order_info", true)
	if f == nil {
		return o
	}
	o = wechat.InstantInfo{
		ServiceCode: f.Code("delivery_service_code", sandbox.MaxID), OrderType: f.Choice("order_type", 0, 1),
		ExpectedDelivery: f.Moment(expectedDelivery), ExpectedFinish: f.Moment(expectedFinish), ExpectedPickUp: f.Moment(expectedPickUp),
		PoiSeq: f.Chars("poi_seq", maxPoiSeq), Note: f.Chars("note", maxNote), OrderTime: f.Moment("order_time"),
		IsInsured: f.Choice("is_insured", 0, 1), DeclaredValue: money(f, "declared_value"), Tips: money(f, "tips"),
		IsDirect:       f.Choice("is_direct_delivery", c.direct...),
		CashOnDelivery: money(f, "cash_on_delivery"), CashOnPickup: money(f, "cash_on_pickup"), PickMethod: f.Choice("rider_pick_method", 1, 2),
		FinishCodeNeeded: f.Choice("is_finish_code_needed", 0, 1), PickupCodeNeeded: f.Choice("is_pickup_code_needed", 0, 1),
	}
	wantTimes(f, c, o)
	return o
}

// wantTimes looks for what the company needs to know.
func wantTimes(f *sandbox.Fields, c company, o wechat.InstantInfo) {
	if len(c.direct) == 1 && c.direct[0] == 1 {
		f.Must("is_direct_delivery", o.IsDirect)
	}
	if c.orderTime && (o.OrderTime == "" || o.OrderTime == "0") {
		f.Must("order_time", "")
	}
	if o.OrderType != "1" {
		return
	}
	if !slices.ContainsFunc(c.booked, func(name string) bool { return f.Has(name) && f.Number(name) > 0 }) {
		f.Must(strings.Join(c.booked, " or order_info."), "")
	}
}

// money reads yuan, nothing or more.
func money(f *sandbox.Fields, name string) string {
	return f.Amount(name, sandbox.CentsDecimals, -1, sandbox.MaxFigure)
}

// readShownGoods reads what WeChat shows the user of the order. The company gets
// nothing of it. A list of goods, if there is one, is enough.
func readShownGoods(r sandbox.Request) {
	f := r.Under("shop", true)
	if f == nil {
		return
	}
	var list []json.RawMessage
	f.Into("detail_list", &list)
	f.Prose("wxa_path", sandbox.MaxText)
	f.Prose("wxa_appid", sandbox.MaxID)
	f.TooLong = codeShopArgs
	image, name, count := f.Prose("img_url", sandbox.MaxText), f.Prose("goods_name", maxShownGoods), f.Number("goods_count")
	for _, part := range []struct {
		name  string
		there bool
	}{
		{"img_url", image != ""}, {"goods_name", name != ""}, {"goods_count", count != 0},
	} {
		if !part.there && len(list) == 0 {
			f.Fail(codeShopArgs, part.name+" is missing, empty or none")
		}
	}
	if count < 0 {
		f.Fail(codeShopArgs, "goods_count is below 0")
	}
}
