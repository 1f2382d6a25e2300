package wechat

import "carrierhook/internal/redacted"

// TransportOrder is a merchant's order to be priced, placed or placed again, from
// WeChat's pages onOrderPreAdd, onOrderAdd and onOrderReAdd. The texts are exactly
// as received, figures too: nearly all of them come from the merchant, and what is
// wrong with them is for the rule to say. The tokens are keys to the order and to
// its price, and most of the rest is personal data.
type TransportOrder struct {
	redacted.Struct
	ToUserName, FromUserName    string
	CreateTime                  int64 // Unix seconds
	Event                       string
	WXToken                     string // WeChat's key to the order, for updateOrder; not sent with precreate
	DeliveryToken               string // what our reply to precreate held, "" for none
	ShopID, ShopNo, ShopOrderID string // ShopID is the appkey that the company gave the merchant
	DeliverySign                string
	Sender, Receiver            TransportContact
	Cargo                       TransportCargo
	OrderInfo                   TransportInfo
}

// TransportContact is a sender or a receiver: degrees, and CoordinateType 0 for
// GCJ-02 or 1 for Baidu's. It is personal data.
type TransportContact struct {
	redacted.Struct
	Name, City, Address, AddressDetail, Phone string
	Lng, Lat, CoordinateType                  string
}

// TransportCargo is a parcel: yuan, centimetres and kilograms.
type TransportCargo struct {
	redacted.Struct
	Value, Height, Length, Width, Weight string
	Goods                                []TransportGoods
	PickupInfo, DeliveryInfo             string // told to the rider
	FirstClass, SecondClass              string
}

// TransportGoods is a line of what is inside, its price in yuan.
type TransportGoods struct {
	redacted.Struct
	Count, Name, Price, Unit string
}

// TransportInfo is how the merchant wants it delivered. Times are Unix seconds,
// amounts yuan, and what is asked for or not is 1 or 0.
type TransportInfo struct {
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

// TransportOrder reads the push as that message. The error is a *Refusal with
// CheckMessage where a member that WeChat itself writes, or an id, has the wrong
// shape. What the merchant wrote besides (its price's token and the four objects) is
// never the reason: what of it has the wrong shape reads as a text that no rule
// accepts.
func (p *Push) TransportOrder() (TransportOrder, error) {
	doc, err := p.transportMessage(transportOrder)
	if err != nil {
		return TransportOrder{}, err
	}
	return decodeTransportOrder(doc)
}

func decodeTransportOrder(doc *Node) (TransportOrder, error) {
	r, f := reader{doc: doc, check: CheckMessage}, marking{v: doc}
	m := TransportOrder{
		ToUserName:   r.str("ToUserName"),
		FromUserName: r.str("FromUserName"),
		CreateTime:   r.integer("CreateTime"),
		Event:        r.str("Event"),
		WXToken:      r.str("wx_token"),
		ShopID:       r.str("shopid"),
		ShopNo:       r.str("shop_no"),
		ShopOrderID:  r.str("shop_order_id"),
		DeliverySign: r.str("delivery_sign"),
	}
	if r.err != nil {
		return TransportOrder{}, r.err
	}
	m.DeliveryToken = f.Text("delivery_token")
	m.Sender = decodeTransportContact(f.Part("sender"))
	m.Receiver = decodeTransportContact(f.Part("receiver"))
	m.Cargo = decodeTransportCargo(f.Part("cargo"))
	m.OrderInfo = decodeTransportInfo(f.Part("order_info"))
	return m, nil
}

func decodeTransportContact(f marking) TransportContact {
	return TransportContact{
		Name:           f.Text("name"),
		City:           f.Text("city"),
		Address:        f.Text("address"),
		AddressDetail:  f.Text("address_detail"),
		Phone:          f.Text("phone"),
		Lng:            f.Text("lng"),
		Lat:            f.Text("lat"),
		CoordinateType: f.Text("coordinate_type"),
	}
}

func decodeTransportCargo(f marking) TransportCargo {
	c := TransportCargo{
		Value:        f.Text("goods_value"),
		Height:       f.Text("goods_height"),
		Length:       f.Text("goods_length"),
		Width:        f.Text("goods_width"),
		Weight:       f.Text("goods_weight"),
		PickupInfo:   f.Text("goods_pickup_info"),
		DeliveryInfo: f.Text("goods_delivery_info"),
		FirstClass:   f.Text("cargo_first_class"),
		SecondClass:  f.Text("cargo_second_class"),
	}
	if lines := f.Part("goods_detail").Items("goods"); len(lines) > 0 {
		c.Goods = make([]TransportGoods, len(lines))
		for i, line := range lines {
			c.Goods[i] = TransportGoods{Count: line.Text("good_count"), Name: line.Text("good_name"), Price: line.Text("good_price"), Unit: line.Text("good_unit")}
		}
	}
	return c
}

func decodeTransportInfo(f marking) TransportInfo {
	return TransportInfo{
		ServiceCode:      f.Text("delivery_service_code"),
		OrderType:        f.Text("order_type"),
		ExpectedDelivery: f.Text("expected_delivery_time"),
		ExpectedFinish:   f.Text("expected_finish_time"),
		ExpectedPickUp:   f.Text("expected_pick_time"),
		PoiSeq:           f.Text("poi_seq"),
		Note:             f.Text("note"),
		OrderTime:        f.Text("order_time"),
		IsInsured:        f.Text("is_insured"),
		DeclaredValue:    f.Text("declared_value"),
		Tips:             f.Text("tips"),
		IsDirect:         f.Text("is_direct_delivery"),
		CashOnDelivery:   f.Text("cash_on_delivery"),
		CashOnPickup:     f.Text("cash_on_pickup"),
		PickMethod:       f.Text("rider_pick_method"),
		FinishCodeNeeded: f.Text("is_finish_code_needed"),
		PickupCodeNeeded: f.Text("is_pickup_code_needed"),
	}
}

// Identity tells a push repeated by WeChat from a new one, as CancelWaybill's does,
// by the ids of instant delivery. Two pushes to place one order within a second are
// told apart by WeChat's token. Stored identities depend on this: it must never
// change.
func (m TransportOrder) Identity() [32]byte {
	var parted string
	if parting(m.Event) == "wx_token" {
		parted = m.WXToken
	}
	return transportIdentity(m.Event, m.FromUserName, decimal(m.CreateTime), m.ShopID, m.ShopOrderID, "", parted)
}
