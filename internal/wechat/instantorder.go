package wechat

import (
	"carrierhook/internal/redacted"
	"carrierhook/internal/wechat/packet"
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

func decodeInstantOrder(r reader) (InstantOrder, error) {
	t := packet.Tolerant{Node: r.doc, Mark: true}
	event := r.str("Event")
	created, odd := r.created(changes(event))
	m := InstantOrder{
		ToUserName:   r.str("ToUserName"),
		FromUserName: r.str("FromUserName"),
		CreateTime:   created,
		OddTime:      odd,
		Event:        event,
		WXToken:      r.str("wx_token"),
		ShopID:       r.str("shopid"),
		ShopNo:       r.str("shop_no"),
		ShopOrderID:  r.str("shop_order_id"),
		DeliverySign: r.str("delivery_sign"),
	}
	if r.err != nil {
		return m, r.err
	}
	m.DeliveryToken = t.Text("delivery_token")
	m.Sender = decodeInstantContact(t.Part("sender"))
	m.Receiver = decodeInstantContact(t.Part("receiver"))
	m.Cargo = decodeInstantCargo(t.Part("cargo"))
	m.OrderInfo = decodeInstantInfo(t.Part("order_info"))
	return m, nil
}

func decodeInstantContact(t packet.Tolerant) InstantContact {
	return InstantContact{
		Name:           t.Text("name"),
		City:           t.Text("city"),
		Address:        t.Text("address"),
		AddressDetail:  t.Text("address_detail"),
		Phone:          t.Text("phone"),
		Lng:            t.Text("lng"),
		Lat:            t.Text("lat"),
		CoordinateType: t.Text("coordinate_type"),
	}
}

func decodeInstantCargo(t packet.Tolerant) InstantCargo {
	c := InstantCargo{
		Value:        t.Text("goods_value"),
		Height:       t.Text("goods_height"),
		Length:       t.Text("goods_length"),
		Width:        t.Text("goods_width"),
		Weight:       t.Text("goods_weight"),
		PickupInfo:   t.Text("goods_pickup_info"),
		DeliveryInfo: t.Text("goods_delivery_info"),
		FirstClass:   t.Text("cargo_first_class"),
		SecondClass:  t.Text("cargo_second_class"),
	}
	if lines := t.Part("goods_detail").Items("goods"); len(lines) > 0 {
		c.Goods = make([]InstantGoods, len(lines))
		for i := range lines {
			line := t.Of(&lines[i])
			c.Goods[i] = InstantGoods{Count: line.Text("good_count"), Name: line.Text("good_name"), Price: line.Text("good_price"), Unit: line.Text("good_unit")}
		}
	}
	return c
}

func decodeInstantInfo(t packet.Tolerant) InstantInfo {
	return InstantInfo{
		ServiceCode:      t.Text("delivery_service_code"),
		OrderType:        t.Text("order_type"),
		ExpectedDelivery: t.Text("expected_delivery_time"),
		ExpectedFinish:   t.Text("expected_finish_time"),
		ExpectedPickUp:   t.Text("expected_pick_time"),
		PoiSeq:           t.Text("poi_seq"),
		Note:             t.Text("note"),
		OrderTime:        t.Text("order_time"),
		IsInsured:        t.Text("is_insured"),
		DeclaredValue:    t.Text("declared_value"),
		Tips:             t.Text("tips"),
		IsDirect:         t.Text("is_direct_delivery"),
		CashOnDelivery:   t.Text("cash_on_delivery"),
		CashOnPickup:     t.Text("cash_on_pickup"),
		PickMethod:       t.Text("rider_pick_method"),
		FinishCodeNeeded: t.Text("is_finish_code_needed"),
		PickupCodeNeeded: t.Text("is_pickup_code_needed"),
	}
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
