package instant

import (
	"carrierhook/internal/sandbox"
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
	degreesDecimals = 6
	maxLng          = 180_000_000
	maxLat          = 90_000_000
)

// placing is an order that a merchant wants priced, placed or placed again.
type placing struct {
	orderKey
	deliveryID string
	company    company
	m          wechat.InstantOrder
}

// placing reads a pre_add, an add or a readd, into the event that the company gets.
// What is wrong is 930561 unless the pages have a code for it; the hint names the
// member.
func (a *API) placing(r sandbox.Request, event string) placing {
	w := placing{deliveryID: r.ID("delivery_id", sandbox.MaxID), orderKey: orderKey{app: r.App, shopID: r.ID("shopid", sandbox.MaxID)}}
	w.orderID = r.ID("shop_order_id", maxShopOrderID)
	var exists bool
	if w.company, exists = a.company(w.deliveryID); !exists {
		r.Fail(codeArgs, "delivery_id is no company of WeChat's")
	}
	if openID := r.Text("openid", sandbox.MaxID); openID == "" {
		r.Fail(codeOpenID, "")
	}
	r.Text("sub_biz_id", sandbox.MaxID) // the merchant's own; no event has it
	w.m = wechat.InstantOrder{
		Event: event, ShopID: w.shopID, ShopOrderID: w.orderID, ShopNo: r.Code("shop_no", sandbox.MaxID),
		DeliverySign: r.ID("delivery_sign", sandbox.MaxText), Receiver: readContact(r, "receiver", true),
		Cargo: readCargo(r), OrderInfo: readInfo(r, w.company),
	}
	if event != wechat.EventPrecreateOrder {
		if w.m.DeliveryToken = r.Code("delivery_token", sandbox.MaxText); w.m.DeliveryToken == a.o.NoToken {
			w.m.DeliveryToken = ""
		}
	}
	if w.company.shopNo {
		r.Must("shop_no", w.m.ShopNo)
	}
	needed := w.company.sender || w.company.senderToPrice && event == wechat.EventPrecreateOrder || w.m.ShopNo == ""
	w.m.Sender = readContact(r, "sender", needed && w.deliveryID != testDeliveryID)
	readShownGoods(r)
	return w
}

func readContact(r sandbox.Request, name string, needed bool) (c wechat.InstantContact) {
	f := r.Under(name, needed)
	if f == nil {
		return c
	}
	c = wechat.InstantContact{
		Name: f.Must("name", f.Chars("name", maxPerson)), City: f.Must("city", f.Prose("city", sandbox.MaxText)),
		Address: f.Must("address", f.Prose("address", sandbox.MaxText)), AddressDetail: f.Must("address_detail", f.Prose("address_detail", sandbox.MaxText)),
		Phone:          f.Must("phone", f.Chars("phone", maxNumber)),
		Lng:            f.Must("lng", f.Amount("lng", degreesDecimals, -maxLng-1, maxLng)),
		Lat:            f.Must("lat", f.Amount("lat", degreesDecimals, -maxLat-1, maxLat)),
		CoordinateType: f.Choice("coordinate_type", 0, 1),
	}
	return c
}

func readCargo(r sandbox.Request) (c wechat.InstantCargo) {
	f := r.Under("cargo", true)
	if f == nil {
		return c
	}
	c = wechat.InstantCargo{
		Value:      f.Must("goods_value", f.Amount("goods_value", sandbox.CentsDecimals, 0, maxGoodsValue)),
		Height:     f.Amount("goods_height", sandbox.CentsDecimals, 0, maxGoodsHeight),
		Length:     f.Amount("goods_length", sandbox.CentsDecimals, 0, maxGoodsLength),
		Width:      f.Amount("goods_width", sandbox.CentsDecimals, 0, maxGoodsWidth),
		Weight:     f.Must("goods_weight", f.Amount("goods_weight", sandbox.CentsDecimals, 0, maxGoodsWeight)),
		PickupInfo: f.Chars("goods_pickup_info", maxGoodsInfo), DeliveryInfo: f.Chars("goods_delivery_info", maxGoodsInfo),
		FirstClass: f.Must("cargo_first_class", f.Prose("cargo_first_class", sandbox.MaxText)), SecondClass: f.Must("cargo_second_class", f.Prose("cargo_second_class", sandbox.MaxText)),
	}
	if c.Goods = readGoods(f); !isGoodsClass(c.FirstClass, c.SecondClass) {
		f.Fail(codeGoodsClass, "")
	}
	return c
}

// readGoods reads what is inside, line by line.
func readGoods(f *sandbox.Fields) (list []wechat.InstantGoods) {
	d := f.Under("goods_detail", false)
	if d == nil {
		return nil
	}
	if f.Length("goods_detail") > maxGoodsDetail {
		f.Fail(codeArgs, "goods_detail is too long")
	}
	for _, line := range d.List("goods") {
		list = append(list, wechat.InstantGoods{
			Count: line.Must("good_count", line.Count("good_count")), Name: line.Must("good_name", line.Chars("good_name", maxGoodsDetail)),
			Price: line.Amount("good_price", sandbox.CentsDecimals, -1, sandbox.MaxFigure), Unit: line.Chars("good_unit", maxGoodUnit),
		})
	}
	if len(list) == 0 {
		d.Fail(codeArgs, "goods is missing")
	}
	return list
}
