package wechat

// TransportOrder is a merchant's order to be priced, placed or placed again, from
// WeChat's pages onOrderPreAdd, onOrderAdd and onOrderReAdd. The texts are exactly
// as received, figures too: nearly all of them come from the merchant, and what is
// wrong with them is for the rule to say. The tokens are keys to the order and to
// its price, and most of the rest is personal data, so the message does not show
// itself when it is printed.
type TransportOrder struct {
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
// GCJ-02 or 1 for Baidu's. It is personal data and does not show itself when it is
// printed.
type TransportContact struct {
	Name, City, Address, AddressDetail, Phone string
	Lng, Lat, CoordinateType                  string
}

// TransportCargo is a parcel: yuan, centimetres and kilograms.
type TransportCargo struct {
	Value, Height, Length, Width, Weight string
	Goods                                []TransportGoods
	PickupInfo, DeliveryInfo             string // told to the rider
	FirstClass, SecondClass              string
}

// TransportGoods is a line of what is inside, its price in yuan.
type TransportGoods struct{ Count, Name, Price, Unit string }

// TransportInfo is how the merchant wants it delivered. Times are Unix seconds,
// amounts yuan, and what is asked for or not is 1 or 0.
type TransportInfo struct {
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
// never the reason: of a wrong shape, it is as if it were not there.
func (p *Push) TransportOrder() (TransportOrder, error) {
	doc, err := p.transportMessage(transportOrder)
	if err != nil {
		return TransportOrder{}, err
	}
	return decodeTransportOrder(doc)
}

func decodeTransportOrder(doc *value) (TransportOrder, error) {
	r, l := reader{doc: doc, check: CheckMessage}, lenient{doc}
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
	m.DeliveryToken = l.text("delivery_token")
	m.Sender = decodeTransportContact(l.part("sender"))
	m.Receiver = decodeTransportContact(l.part("receiver"))
	m.Cargo = decodeTransportCargo(l.part("cargo"))
	m.OrderInfo = decodeTransportInfo(l.part("order_info"))
	return m, nil
}

func decodeTransportContact(l lenient) TransportContact {
	return TransportContact{
		Name:           l.text("name"),
		City:           l.text("city"),
		Address:        l.text("address"),
		AddressDetail:  l.text("address_detail"),
		Phone:          l.text("phone"),
		Lng:            l.text("lng"),
		Lat:            l.text("lat"),
		CoordinateType: l.text("coordinate_type"),
	}
}

func decodeTransportCargo(l lenient) TransportCargo {
	c := TransportCargo{
		Value:        l.text("goods_value"),
		Height:       l.text("goods_height"),
		Length:       l.text("goods_length"),
		Width:        l.text("goods_width"),
		Weight:       l.text("goods_weight"),
		PickupInfo:   l.text("goods_pickup_info"),
		DeliveryInfo: l.text("goods_delivery_info"),
		FirstClass:   l.text("cargo_first_class"),
		SecondClass:  l.text("cargo_second_class"),
	}
	if lines := l.part("goods_detail").lines("goods"); len(lines) > 0 {
		c.Goods = make([]TransportGoods, len(lines))
		for i := range lines {
			line := lenient{&lines[i]}
			c.Goods[i] = TransportGoods{line.text("good_count"), line.text("good_name"), line.text("good_price"), line.text("good_unit")}
		}
	}
	return c
}

func decodeTransportInfo(l lenient) TransportInfo {
	return TransportInfo{
		ServiceCode:      l.text("delivery_service_code"),
		OrderType:        l.text("order_type"),
		ExpectedDelivery: l.text("expected_delivery_time"),
		ExpectedFinish:   l.text("expected_finish_time"),
		ExpectedPickUp:   l.text("expected_pick_time"),
		PoiSeq:           l.text("poi_seq"),
		Note:             l.text("note"),
		OrderTime:        l.text("order_time"),
		IsInsured:        l.text("is_insured"),
		DeclaredValue:    l.text("declared_value"),
		Tips:             l.text("tips"),
		IsDirect:         l.text("is_direct_delivery"),
		CashOnDelivery:   l.text("cash_on_delivery"),
		CashOnPickup:     l.text("cash_on_pickup"),
		PickMethod:       l.text("rider_pick_method"),
		FinishCodeNeeded: l.text("is_finish_code_needed"),
		PickupCodeNeeded: l.text("is_pickup_code_needed"),
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
