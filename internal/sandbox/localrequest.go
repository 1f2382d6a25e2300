package sandbox

import (
	"encoding/json"
	"strconv"

	"carrierhook/internal/wechat"
)

// The limits of the pages reOrder and addOrder: in characters, but for those of ids
// and of shop.goods_name, which are in bytes. Figures are in cents, as far as they
// are yuan, centimetres or kilograms.
const (
	maxShopOrderID  = 128
	maxPerson       = 256
	maxNumber       = 64
	maxGoodsDetail  = 10240
	maxGoodUnit     = 20
	maxGoodsInfo    = 100
	maxPoiSeq       = 32
	maxNote         = 200
	maxShownGoods   = 128
	maxGoodsValue   = 5000_00
	maxGoodsWeight  = 50_00
	maxGoodsHeight  = 45_00
	maxGoodsLength  = 65_00
	maxGoodsWidth   = 50_00
	centsDecimals   = 2
	degreesDecimals = 6
	maxLng          = 180_000_000
	maxLat          = 90_000_000
)

// placing is an order that a merchant wants priced, placed or placed again.
type placing struct {
	localKey
	deliveryID string
	company    company
	m          wechat.TransportOrder
}

// placing reads a pre_add, an add or a readd, into the event that the company gets.
// What is wrong is 930561 unless the pages have a code for it; the hint names the
// member.
func (a *API) placing(r request, event string) placing {
	w := placing{deliveryID: r.id("delivery_id", maxID), localKey: localKey{app: r.shop, shopID: r.id("shopid", maxID)}}
	w.orderID = r.id("shop_order_id", maxShopOrderID)
	var known bool
	if w.company, known = a.company(w.deliveryID); !known {
		r.failed(codeArgs, "delivery_id is no company of WeChat's")
	}
	if openID := r.text("openid", maxID); openID == "" {
		r.failed(codeLocalOpenID, "")
	}
	r.text("sub_biz_id", maxID) // the merchant's own; no event has it
	w.m = wechat.TransportOrder{
		Event: event, ShopID: w.shopID, ShopOrderID: w.orderID, ShopNo: r.words("shop_no", maxID),
		DeliverySign: r.id("delivery_sign", maxText), Receiver: r.localContact("receiver", true),
		Cargo: r.localCargo(), OrderInfo: r.localInfo(w.company),
	}
	if event != wechat.EventPrecreateOrder {
		w.m.DeliveryToken = r.words("delivery_token", maxText)
	}
	if w.company.shopNo {
		r.must("shop_no", w.m.ShopNo)
	}
	needed := w.company.sender || w.company.senderToPrice && event == wechat.EventPrecreateOrder || w.m.ShopNo == ""
	w.m.Sender = r.localContact("sender", needed && w.deliveryID != testDeliveryID)
	r.shownGoods()
	return w
}

func (r request) localContact(name string, needed bool) (c wechat.TransportContact) {
	f := r.under(name, needed)
	if f == nil {
		return c
	}
	c = wechat.TransportContact{
		Name: f.must("name", f.chars("name", maxPerson)), City: f.must("city", f.words("city", maxText)),
		Address: f.must("address", f.words("address", maxText)), AddressDetail: f.must("address_detail", f.words("address_detail", maxText)),
		Phone:          f.must("phone", f.chars("phone", maxNumber)),
		Lng:            f.must("lng", f.amount("lng", degreesDecimals, -maxLng-1, maxLng)),
		Lat:            f.must("lat", f.amount("lat", degreesDecimals, -maxLat-1, maxLat)),
		CoordinateType: f.choice("coordinate_type", 0, 1),
	}
	r.adopt(f)
	return c
}

func (r request) localCargo() (c wechat.TransportCargo) {
	f := r.under("cargo", true)
	if f == nil {
		return c
	}
	c = wechat.TransportCargo{
		Value:      f.must("goods_value", f.amount("goods_value", centsDecimals, 0, maxGoodsValue)),
		Height:     f.amount("goods_height", centsDecimals, 0, maxGoodsHeight),
		Length:     f.amount("goods_length", centsDecimals, 0, maxGoodsLength),
		Width:      f.amount("goods_width", centsDecimals, 0, maxGoodsWidth),
		Weight:     f.must("goods_weight", f.amount("goods_weight", centsDecimals, 0, maxGoodsWeight)),
		PickupInfo: f.chars("goods_pickup_info", maxGoodsInfo), DeliveryInfo: f.chars("goods_delivery_info", maxGoodsInfo),
		FirstClass: f.must("cargo_first_class", f.words("cargo_first_class", maxText)), SecondClass: f.must("cargo_second_class", f.words("cargo_second_class", maxText)),
	}
	if c.Goods = f.goods(); f.wrong == nil && !goodsClassKnown(c.FirstClass, c.SecondClass) {
		f.failed(codeGoodsClass, "")
	}
	r.adopt(f)
	return c
}

// goods reads what is inside, line by line.
func (f *fields) goods() (list []wechat.TransportGoods) {
	d := f.under("goods_detail", false)
	if d == nil {
		return nil
	}
	if f.length("goods_detail") > maxGoodsDetail {
		f.failed(codeArgs, f.at+"goods_detail is too long")
	}
	var lines []json.RawMessage
	d.into("goods", &lines)
	for _, raw := range lines {
		line := d.sub("goods", raw)
		line.at = d.at + "goods."
		list = append(list, wechat.TransportGoods{
			Count: line.must("good_count", line.count("good_count")), Name: line.must("good_name", line.chars("good_name", maxGoodsDetail)),
			Price: line.amount("good_price", centsDecimals, -1, maxFigure), Unit: line.chars("good_unit", maxGoodUnit),
		})
		d.adopt(line)
	}
	if len(list) == 0 {
		d.failed(codeArgs, d.at+"goods is missing")
	}
	f.adopt(d)
	return list
}

// count reads how many there are: one at least.
func (f *fields) count(name string) string {
	if !f.has(name) {
		return ""
	}
	n := f.number(name)
	if n <= 0 || n > maxFigure {
		f.failed(codeArgs, f.at+name+" is out of its range")
	}
	return strconv.FormatInt(n, 10)
}
