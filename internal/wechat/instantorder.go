package wechat

import (
	"carrierhook/internal/redacted"
)

// InstantOrder is a merchant's order to be priced, placed or placed again, from
// WeChat's pages onOrderPreAdd, onOrderAdd and onOrderReAdd. The texts are exactly
// as received, figures too: nearly all of them come from the merchant, and what is
// wrong with them is for the rule to say. The tokens are keys to the order and to
// its price, and most of the rest is personal data.
type InstantOrder struct {
	redacted.Struct
	ToUserName, FromUserName    string
	CreateTime                  int64 // Unix seconds
	OddTime                     OddTime
	Event                       string
	WXToken                     string // WeChat's key to the order, for updateOrder; not sent with precreate
	DeliveryToken               string // what our reply to precreate had, "" for none
	ShopID, ShopNo, ShopOrderID string // ShopID is the appkey that the company gave the merchant
	DeliverySign                string
	Sender, Receiver            InstantContact
	Cargo                       InstantCargo
	OrderInfo                   InstantInfo
}

// InstantContact is a sender or a receiver: degrees, and CoordinateType 0 for
// GCJ-02 or 1 for Baidu's. It is personal data.
type InstantContact struct {
	redacted.Struct
	Name, City, Address, AddressDetail, Phone string
	Lng, Lat, CoordinateType                  string
}

// InstantCargo is a parcel: yuan, centimetres and kilograms.
type InstantCargo struct {
	redacted.Struct
	Value, Height, Length, Width, Weight string
	Goods                                []InstantGoods
	PickupInfo, DeliveryInfo             string // for the rider
	FirstClass, SecondClass              string
}

// InstantGoods is a line of what is inside, its price in yuan.
type InstantGoods struct {
	redacted.Struct
	Count, Name, Price, Unit string
}

// InstantInfo is how the merchant wants it delivered. Times are Unix seconds,
// amounts yuan, and a wish is 1 or 0.
type InstantInfo struct {
	redacted.Struct
	ServiceCode                                      string
	OrderType                                        string // 0 now, 1 booked
	ExpectedDelivery, ExpectedFinish, ExpectedPickUp string
	PoiSeq, Note, OrderTime                          string
	IsInsured, DeclaredValue, Tips, IsDirect         string
	CashOnDelivery, CashOnPickup                     string
	PickMethod                                       string // 1 from the shop to the user, 2 the other way
	FinishCodeNeeded, PickupCodeNeeded               string
}

// InstantOrder reads the push as that message. The error is a *Refusal with
// CheckMessage where a member that WeChat itself writes, or an id, has the wrong
// shape or is given twice; the message is then what of those could be read, for its
// reply. What the merchant wrote besides (its price's token and the four objects) is
// never the reason: what of it has the wrong shape, or is given twice, reads as a text
// that no rule accepts.
func (p *Push) InstantOrder() (InstantOrder, error) {
	return decodeInstantOrder(p.instantMessage(carriesOrder))
}

func decodeInstantOrder(r reader) (m InstantOrder, err error) {
	t := reading(r)
	m.members(t)
	return m, t.err
}

// EncodeInstantOrder writes the message as WeChat sends it, in the order of its
// samples. MsgType is event. An empty figure is left out, and so is
// what the samples lack and is empty: tokens, a contact, lines of goods.
func EncodeInstantOrder(f Format, m InstantOrder) []byte {
	w := newWriter(f, 3072+len(m.ShopOrderID)+len(m.OrderInfo.Note))
	m.members(writing(&w))
	return w.Bytes()
}

func (m *InstantOrder) members(t *members) {
	p := t.marked()
	t.header(&m.ToUserName, &m.FromUserName, &m.CreateTime, &m.OddTime, &m.Event)
	t.id("wx_token", &m.WXToken, asTextOrNone)
	p.text("delivery_token", &m.DeliveryToken, asTextOrNone)
	t.id("shopid", &m.ShopID, asText)
	t.id("shop_no", &m.ShopNo, asText)
	t.id("shop_order_id", &m.ShopOrderID, asText)
	t.id("delivery_sign", &m.DeliverySign, asText)
	if t.err != nil {
		return
	}
	m.Sender.members(p, "sender")
	m.Receiver.members(p, "receiver")
	m.Cargo.members(p, "cargo")
	m.OrderInfo.members(p, "order_info")
}

// members are written of a contact that says anything. A merchant need not name a
// sender whom the company knows by shop_no.
func (c *InstantContact) members(p part, name string) {
	if p.writes() && *c == (InstantContact{}) {
		return
	}
	p = p.object(name)
	p.text("name", &c.Name, asText)
	p.text("city", &c.City, asText)
	p.text("address", &c.Address, asText)
	p.text("address_detail", &c.AddressDetail, asText)
	p.text("phone", &c.Phone, asText)
	p.text("lng", &c.Lng, asFigureOrNone)
	p.text("lat", &c.Lat, asFigureOrNone)
	p.text("coordinate_type", &c.CoordinateType, asFigureOrNone)
	p.end(name)
}

func (c *InstantCargo) members(p part, name string) {
	p = p.object(name)
	p.text("goods_value", &c.Value, asFigureOrNone)
	p.text("goods_height", &c.Height, asFigureOrNone)
	p.text("goods_length", &c.Length, asFigureOrNone)
	p.text("goods_width", &c.Width, asFigureOrNone)
	p.text("goods_weight", &c.Weight, asFigureOrNone)
	if !p.writes() || len(c.Goods) > 0 {
		goods := p.object("goods_detail")
		list(goods, "goods", &c.Goods, func(p part, g *InstantGoods) {
			p.text("good_count", &g.Count, asFigureOrNone)
			p.text("good_name", &g.Name, asText)
			p.text("good_price", &g.Price, asFigureOrNone)
			p.text("good_unit", &g.Unit, asTextOrNone)
		})
		goods.end("goods_detail")
	}
	p.text("goods_pickup_info", &c.PickupInfo, asTextOrNone)
	p.text("goods_delivery_info", &c.DeliveryInfo, asTextOrNone)
	p.text("cargo_first_class", &c.FirstClass, asText)
	p.text("cargo_second_class", &c.SecondClass, asText)
	p.end(name)
}

func (o *InstantInfo) members(p part, name string) {
	p = p.object(name)
	p.text("delivery_service_code", &o.ServiceCode, asText)
	p.text("order_type", &o.OrderType, asFigureOrNone)
	p.text("expected_delivery_time", &o.ExpectedDelivery, asFigureOrNone)
	p.text("expected_finish_time", &o.ExpectedFinish, asFigureOrNone)
	p.text("expected_pick_time", &o.ExpectedPickUp, asFigureOrNone)
	p.text("poi_seq", &o.PoiSeq, asTextOrNone)
	p.text("note", &o.Note, asTextOrNone)
	p.text("order_time", &o.OrderTime, asFigureOrNone)
	p.text("is_insured", &o.IsInsured, asFigureOrNone)
	p.text("declared_value", &o.DeclaredValue, asFigureOrNone)
	p.text("tips", &o.Tips, asFigureOrNone)
	p.text("is_direct_delivery", &o.IsDirect, asFigureOrNone)
	p.text("cash_on_delivery", &o.CashOnDelivery, asFigureOrNone)
	p.text("cash_on_pickup", &o.CashOnPickup, asFigureOrNone)
	p.text("rider_pick_method", &o.PickMethod, asFigureOrNone)
	p.text("is_finish_code_needed", &o.FinishCodeNeeded, asFigureOrNone)
	p.text("is_pickup_code_needed", &o.PickupCodeNeeded, asFigureOrNone)
	p.end(name)
}

// Identity is shared by a push and its repeats, and by no other. Two pushes to place
// one order within a second differ by WeChat's token. Stored identities depend on
// this: it must never change.
func (m InstantOrder) Identity() [32]byte {
	var extra string
	if discriminator(m.Event) == "wx_token" {
		extra = m.WXToken
	}
	return instantIdentity(m.Event, m.FromUserName, m.OddTime.text(m.CreateTime), m.ShopID, m.ShopOrderID, "", extra)
}
