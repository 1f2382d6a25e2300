package main

import (
	"fmt"

	"carrierhook/internal/delivery"
	"carrierhook/internal/demo"
	"carrierhook/internal/wechat"
)

// newDelivery is the order that the greeting's lines place.
const newDelivery = "delivery-new"

// deliveryLines are lines that place an order of instant delivery, cancel it and
// place it again, as a merchant does.
func (b *box) deliveryLines() [3]string {
	return [3]string{
		keepingNumber("WAYBILL", b.instantCurl("add", b.deliveryBody())),
		b.instantCurl("cancel", b.deliveryIDs()+`,"waybill_id":"'"$WAYBILL"'","cancel_reason_id":3,"cancel_reason":""}`),
		b.instantCurl("readd", b.deliveryBody()),
	}
}

// instantCurl is a line that calls the sandbox about instant delivery.
func (b *box) instantCurl(call, body string) string {
	return b.curlAt("/cgi-bin/express/local/business/order/"+call, body)
}

// deliveryIDs begins a request's body: the order, and the sign of the sample shop.
func (b *box) deliveryIDs() string {
	return fmt.Sprintf(`{"shopid":"%s","shop_no":"%s","shop_order_id":"%s","delivery_id":"%s","openid":"%s","delivery_sign":"%s"`,
		demo.ShopID, demo.ShopNo, b.newDelivery, b.flags.instantDeliveryID, demo.OpenID,
		delivery.Sign(demo.ShopID, b.newDelivery, demo.ShopSecret))
}

// deliveryBody orders as WeChat's sample of reOrder does.
func (b *box) deliveryBody() string {
	m := demo.Delivery()
	person := func(c wechat.InstantContact) string {
		return fmt.Sprintf(`{"name":"%s","city":"%s","address":"%s","address_detail":"%s","phone":"%s","lng":%s,"lat":%s,"coordinate_type":%s}`,
			c.Name, c.City, c.Address, c.AddressDetail, c.Phone, c.Lng, c.Lat, c.CoordinateType)
	}
	goods := ""
	for _, g := range m.Cargo.Goods {
		if goods != "" {
			goods += ","
		}
		goods += fmt.Sprintf(`{"good_count":%s,"good_name":"%s","good_price":%s,"good_unit":"%s"}`, g.Count, g.Name, g.Price, g.Unit)
	}
	return b.deliveryIDs() + fmt.Sprintf(`,"delivery_token":"","sender":%s,"receiver":%s,`+
		`"cargo":{"goods_value":%s,"goods_weight":%s,"goods_detail":{"goods":[%s]},"cargo_first_class":"%s","cargo_second_class":"%s"},`+
		`"order_info":{"order_type":0,"order_time":%s,"note":"%s","is_finish_code_needed":1,"is_pickup_code_needed":1},`+
		`"shop":{"wxa_path":"/page/index/index","img_url":"https://example.com/goods.png","goods_name":"宝贝","goods_count":2}}`,
		person(m.Sender), person(m.Receiver), m.Cargo.Value, m.Cargo.Weight, goods, m.Cargo.FirstClass, m.Cargo.SecondClass, m.OrderInfo.OrderTime, m.OrderInfo.Note)
}
