package wechat

// EncodeTransportOrder writes the message as WeChat sends it, in the order of its
// samples. MsgType is event. Figures are numbers where they look like some and texts
// where not, so that rubbish can be sent too. An empty figure is left out, and so is
// what the samples lack and is empty: tokens, a contact, lines of goods.
func EncodeTransportOrder(f Format, m TransportOrder) []byte {
	w := newWriter(f, 3072+len(m.ShopOrderID)+len(m.OrderInfo.Note))
	w.common(m.ToUserName, m.FromUserName, m.CreateTime, m.Event)
	w.strAny("wx_token", m.WXToken)
	w.strAny("delivery_token", m.DeliveryToken)
	w.str("shopid", m.ShopID)
	w.str("shop_no", m.ShopNo)
	w.str("shop_order_id", m.ShopOrderID)
	w.str("delivery_sign", m.DeliverySign)
	w.transportContact("sender", m.Sender)
	w.transportContact("receiver", m.Receiver)
	w.transportCargo("cargo", m.Cargo)
	w.transportInfo("order_info", m.OrderInfo)
	return w.bytes()
}

// transportContact writes a contact that says anything. A merchant need not name a
// sender whom the company knows by shop_no.
func (w *writer) transportContact(name string, c TransportContact) {
	if c == (TransportContact{}) {
		return
	}
	w.object(name)
	w.str("name", c.Name)
	w.str("city", c.City)
	w.str("address", c.Address)
	w.str("address_detail", c.AddressDetail)
	w.str("phone", c.Phone)
	w.figureAny("lng", c.Lng)
	w.figureAny("lat", c.Lat)
	w.figureAny("coordinate_type", c.CoordinateType)
	w.objectEnd(name)
}

func (w *writer) transportCargo(name string, c TransportCargo) {
	w.object(name)
	w.figureAny("goods_value", c.Value)
	w.figureAny("goods_height", c.Height)
	w.figureAny("goods_length", c.Length)
	w.figureAny("goods_width", c.Width)
	w.figureAny("goods_weight", c.Weight)
	if len(c.Goods) > 0 {
		w.object("goods_detail")
		w.list("goods", len(c.Goods), func(i int) {
			w.figureAny("good_count", c.Goods[i].Count)
			w.str("good_name", c.Goods[i].Name)
			w.figureAny("good_price", c.Goods[i].Price)
			w.strAny("good_unit", c.Goods[i].Unit)
		})
		w.objectEnd("goods_detail")
	}
	w.strAny("goods_pickup_info", c.PickupInfo)
	w.strAny("goods_delivery_info", c.DeliveryInfo)
	w.str("cargo_first_class", c.FirstClass)
	w.str("cargo_second_class", c.SecondClass)
	w.objectEnd(name)
}

func (w *writer) transportInfo(name string, o TransportInfo) {
	w.object(name)
	w.str("delivery_service_code", o.ServiceCode)
	w.figureAny("order_type", o.OrderType)
	w.figureAny("expected_delivery_time", o.ExpectedDelivery)
	w.figureAny("expected_finish_time", o.ExpectedFinish)
	w.figureAny("expected_pick_time", o.ExpectedPickUp)
	w.strAny("poi_seq", o.PoiSeq)
	w.strAny("note", o.Note)
	w.figureAny("order_time", o.OrderTime)
	w.figureAny("is_insured", o.IsInsured)
	w.figureAny("declared_value", o.DeclaredValue)
	w.figureAny("tips", o.Tips)
	w.figureAny("is_direct_delivery", o.IsDirect)
	w.figureAny("cash_on_delivery", o.CashOnDelivery)
	w.figureAny("cash_on_pickup", o.CashOnPickup)
	w.figureAny("rider_pick_method", o.PickMethod)
	w.figureAny("is_finish_code_needed", o.FinishCodeNeeded)
	w.figureAny("is_pickup_code_needed", o.PickupCodeNeeded)
	w.objectEnd(name)
}
