package wechat

// EncodeInstantOrder writes the message as WeChat sends it, in the order of its
// samples. MsgType is event. Figures are numbers where they look like some and texts
// where not, so that rubbish can be sent too. An empty figure is left out, and so is
// what the samples lack and is empty: tokens, a contact, lines of goods.
func EncodeInstantOrder(f Format, m InstantOrder) []byte {
	w := newWriter(f, 3072+len(m.ShopOrderID)+len(m.OrderInfo.Note))
	w.common(m.ToUserName, m.FromUserName, m.CreateTime, m.Event)
	w.StrOmitEmpty("wx_token", m.WXToken)
	w.StrOmitEmpty("delivery_token", m.DeliveryToken)
	w.Str("shopid", m.ShopID)
	w.Str("shop_no", m.ShopNo)
	w.Str("shop_order_id", m.ShopOrderID)
	w.Str("delivery_sign", m.DeliverySign)
	w.instantContact("sender", m.Sender)
	w.instantContact("receiver", m.Receiver)
	w.instantCargo("cargo", m.Cargo)
	w.instantInfo("order_info", m.OrderInfo)
	return w.Bytes()
}

// instantContact writes a contact that says anything. A merchant need not name a
// sender whom the company knows by shop_no.
func (w *writer) instantContact(name string, c InstantContact) {
	if c == (InstantContact{}) {
		return
	}
	w.Object(name)
	w.Str("name", c.Name)
	w.Str("city", c.City)
	w.Str("address", c.Address)
	w.Str("address_detail", c.AddressDetail)
	w.Str("phone", c.Phone)
	w.FigureOmitEmpty("lng", c.Lng)
	w.FigureOmitEmpty("lat", c.Lat)
	w.FigureOmitEmpty("coordinate_type", c.CoordinateType)
	w.EndObject(name)
}

func (w *writer) instantCargo(name string, c InstantCargo) {
	w.Object(name)
	w.FigureOmitEmpty("goods_value", c.Value)
	w.FigureOmitEmpty("goods_height", c.Height)
	w.FigureOmitEmpty("goods_length", c.Length)
	w.FigureOmitEmpty("goods_width", c.Width)
	w.FigureOmitEmpty("goods_weight", c.Weight)
	if len(c.Goods) > 0 {
		w.Object("goods_detail")
		w.List("goods", len(c.Goods), func(i int) {
			w.FigureOmitEmpty("good_count", c.Goods[i].Count)
			w.Str("good_name", c.Goods[i].Name)
			w.FigureOmitEmpty("good_price", c.Goods[i].Price)
			w.StrOmitEmpty("good_unit", c.Goods[i].Unit)
		})
		w.EndObject("goods_detail")
	}
	w.StrOmitEmpty("goods_pickup_info", c.PickupInfo)
	w.StrOmitEmpty("goods_delivery_info", c.DeliveryInfo)
	w.Str("cargo_first_class", c.FirstClass)
	w.Str("cargo_second_class", c.SecondClass)
	w.EndObject(name)
}

func (w *writer) instantInfo(name string, o InstantInfo) {
	w.Object(name)
	w.Str("delivery_service_code", o.ServiceCode)
	w.FigureOmitEmpty("order_type", o.OrderType)
	w.FigureOmitEmpty("expected_delivery_time", o.ExpectedDelivery)
	w.FigureOmitEmpty("expected_finish_time", o.ExpectedFinish)
	w.FigureOmitEmpty("expected_pick_time", o.ExpectedPickUp)
	w.StrOmitEmpty("poi_seq", o.PoiSeq)
	w.StrOmitEmpty("note", o.Note)
	w.FigureOmitEmpty("order_time", o.OrderTime)
	w.FigureOmitEmpty("is_insured", o.IsInsured)
	w.FigureOmitEmpty("declared_value", o.DeclaredValue)
	w.FigureOmitEmpty("tips", o.Tips)
	w.FigureOmitEmpty("is_direct_delivery", o.IsDirect)
	w.FigureOmitEmpty("cash_on_delivery", o.CashOnDelivery)
	w.FigureOmitEmpty("cash_on_pickup", o.CashOnPickup)
	w.FigureOmitEmpty("rider_pick_method", o.PickMethod)
	w.FigureOmitEmpty("is_finish_code_needed", o.FinishCodeNeeded)
	w.FigureOmitEmpty("is_pickup_code_needed", o.PickupCodeNeeded)
	w.EndObject(name)
}
