package express

import (
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// The limits of the page addOrder, in bytes.
const (
	maxOrderID = 512
	maxName    = 64
	maxPhone   = 32
	maxPost    = 10
	maxStreet  = 512
	maxGoods   = 128
)

// readOrder reads an order/add, into the order and the event that the carrier gets.
func readOrder(r sandbox.Request) (Order, wechat.AddWaybill) {
	r.TooLong = codeTooLong
	o := Order{
		ShopAppID: r.App, DeliveryID: r.ID("delivery_id", sandbox.MaxID), BizID: r.ID("biz_id", sandbox.MaxID),
		OrderID: r.ID("order_id", maxOrderID), OpenID: r.Text("openid", sandbox.MaxID), AddSource: int(r.Number("add_source")),
	}
	switch {
	case o.AddSource != 0 && o.AddSource != addedElsewhere:
		r.Fail(sandbox.CodeArgs, "add_source is neither 0 nor 2")
	case o.OpenID == "" && o.AddSource == 0:
		r.Fail(codeOpenID, "")
	}
	m := wechat.AddWaybill{
		Event: wechat.EventAddWaybill, OrderID: o.OrderID, BizID: o.BizID, ShopAppID: o.ShopAppID,
		Remark: r.Prose("custom_remark", sandbox.MaxText), Sender: readContact(r, "sender"), Receiver: readContact(r, "receiver"), Cargo: readCargo(r),
		Insured: wechat.Insured{UseInsured: "0", InsuredValue: "0"}, Service: wechat.Service{ServiceType: "0"},
	}
	if in := r.Part("insured", false); in != nil {
		m.Insured = wechat.Insured{UseInsured: in.Figure("use_insured"), InsuredValue: in.Figure("insured_value")}
	}
	if s := r.Part("service", false); s != nil {
		m.Service = wechat.Service{ServiceType: s.Figure("service_type"), ServiceName: s.Code("service_name", maxGoods)}
	}
	o.Sender, o.Receiver = m.Sender, m.Receiver
	return o, m
}

func readContact(r sandbox.Request, name string) (c wechat.Contact) {
	f := r.Part(name, true)
	if f == nil {
		return c
	}
	c = wechat.Contact{
		Name: f.Prose("name", maxName), Tel: f.Prose("tel", maxPhone), Mobile: f.Prose("mobile", maxPhone),
		Company: f.Prose("company", maxName), PostCode: f.Prose("post_code", maxPost), Country: f.Prose("country", maxName),
		Province: f.Prose("province", maxName), City: f.Prose("city", maxName), Area: f.Prose("area", maxName),
		Address: f.Prose("address", maxStreet),
	}
	if c.Country == "" {
		c.Country = "中国"
	}
	if c.Tel == "" && c.Mobile == "" {
		f.Fail(sandbox.CodeArgs, name+" has neither tel nor mobile")
	}
	return c
}

func readCargo(r sandbox.Request) (c wechat.Cargo) {
	f := r.Part("cargo", true)
	if f == nil {
		return c
	}
	c = wechat.Cargo{
		Weight: f.Decimal("weight"), SpaceX: f.Decimal("space_x"), SpaceY: f.Decimal("space_y"), SpaceZ: f.Decimal("space_z"),
		Count: f.Figure("count"),
	}
	for _, d := range f.List("detail_list") {
		c.DetailList = append(c.DetailList, wechat.CargoDetail{Name: d.Prose("name", maxGoods), Count: d.Figure("count")})
	}
	return c
}
