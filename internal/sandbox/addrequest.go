package sandbox

import (
	"encoding/json"

	"carrierhook/internal/wechat"
)

// The limits of the page addOrder, in bytes.
const (
	maxName   = 64
	maxPhone  = 32
	maxPost   = 10
	maxStreet = 512
	maxGoods  = 128
)

// order reads an order/add, into the order and the event that the carrier gets.
func (r request) order() (Order, wechat.AddWaybill) {
	r.tooLong = codeTooLong
	o := Order{
		ShopAppID: r.shop, DeliveryID: r.id("delivery_id", maxID), BizID: r.id("biz_id", maxID),
		OrderID: r.id("order_id", maxOrderID), OpenID: r.text("openid", maxID), AddSource: int(r.number("add_source")),
	}
	switch {
	case o.AddSource != 0 && o.AddSource != addedElsewhere:
		r.failed(codeArgs, "add_source is neither 0 nor 2")
	case o.OpenID == "" && o.AddSource == 0:
		r.failed(codeOpenID, "")
	}
	m := wechat.AddWaybill{
		Event: wechat.EventAddWaybill, OrderID: o.OrderID, BizID: o.BizID, ShopAppID: o.ShopAppID,
		Remark: r.words("custom_remark", maxText), Sender: r.contact("sender"), Receiver: r.contact("receiver"), Cargo: r.cargo(),
		Insured: wechat.Insured{UseInsured: "0", InsuredValue: "0"}, Service: wechat.Service{ServiceType: "0"},
	}
	if in := r.part("insured", false); in != nil {
		m.Insured = wechat.Insured{UseInsured: in.figure("use_insured"), InsuredValue: in.figure("insured_value")}
		r.adopt(in)
	}
	if s := r.part("service", false); s != nil {
		m.Service = wechat.Service{ServiceType: s.figure("service_type"), ServiceName: s.words("service_name", maxGoods)}
		r.adopt(s)
	}
	return o, m
}

func (r request) contact(name string) (c wechat.Contact) {
	f := r.part(name, true)
	if f == nil {
		return c
	}
	c = wechat.Contact{
		Name: f.words("name", maxName), Tel: f.words("tel", maxPhone), Mobile: f.words("mobile", maxPhone),
		Company: f.words("company", maxName), PostCode: f.words("post_code", maxPost), Country: f.words("country", maxName),
		Province: f.words("province", maxName), City: f.words("city", maxName), Area: f.words("area", maxName),
		Address: f.words("address", maxStreet),
	}
	if c.Country == "" {
		c.Country = "中国"
	}
	if c.Tel == "" && c.Mobile == "" {
		f.failed(codeArgs, name+" has neither tel nor mobile")
	}
	r.adopt(f)
	return c
}

func (r request) cargo() (c wechat.Cargo) {
	f := r.part("cargo", true)
	if f == nil {
		return c
	}
	c = wechat.Cargo{
		Weight: f.decimal("weight"), SpaceX: f.decimal("space_x"), SpaceY: f.decimal("space_y"), SpaceZ: f.decimal("space_z"),
		Count: f.figure("count"),
	}
	var details []json.RawMessage
	f.into("detail_list", &details)
	for _, raw := range details {
		d := f.sub("detail_list", raw)
		c.DetailList = append(c.DetailList, wechat.CargoDetail{Name: d.words("name", maxGoods), Count: d.figure("count")})
		f.adopt(d)
	}
	r.adopt(f)
	return c
}
