package wechat

// EncodeAddWaybill writes the message as WeChat sends it, in the order of its
// sample. MsgType is event. Figures are numbers where they look like some and
// texts where not, so that rubbish can be sent too. Without lines of goods there
// is no DetailList.
func EncodeAddWaybill(f Format, m AddWaybill) []byte {
	w := newWriter(f, 2560+len(m.OrderID)+len(m.Remark))
	w.common(m.ToUserName, m.FromUserName, m.CreateTime, m.Event)
	w.BareStr("Token", m.Token)
	w.Str("OrderID", m.OrderID)
	w.Str("BizID", m.BizID)
	w.Str("BizPwd", string(m.BizPwd))
	w.Str("ShopAppID", m.ShopAppID)
	w.Str("WayBillID", m.WayBillID)
	w.Str("Remark", m.Remark)
	w.contact("Sender", m.Sender)
	w.contact("Receiver", m.Receiver)
	w.cargo("Cargo", m.Cargo)

	w.Object("Insured")
	w.Figure("UseInsured", m.Insured.UseInsured)
	w.Figure("InsuredValue", m.Insured.InsuredValue)
	w.EndObject("Insured")

	w.Object("Service")
	w.Figure("ServiceType", m.Service.ServiceType)
	w.Str("ServiceName", m.Service.ServiceName)
	w.EndObject("Service")
	return w.Bytes()
}

func (w *writer) contact(name string, c Contact) {
	w.Object(name)
	w.Str("Name", c.Name)
	w.Str("Tel", c.Tel)
	w.Str("Mobile", c.Mobile)
	w.Str("Company", c.Company)
	w.Str("PostCode", c.PostCode)
	w.Str("Country", c.Country)
	w.Str("Province", c.Province)
	w.Str("City", c.City)
	w.Str("Area", c.Area)
	w.Str("Address", c.Address)
	w.EndObject(name)
}

func (w *writer) cargo(name string, c Cargo) {
	w.Object(name)
	w.Figure("Weight", c.Weight)
	w.Figure("Space_X", c.SpaceX)
	w.Figure("Space_Y", c.SpaceY)
	w.Figure("Space_Z", c.SpaceZ)
	w.Figure("Count", c.Count)
	if len(c.DetailList) > 0 {
		w.List("DetailList", len(c.DetailList), func(i int) {
			w.Str("Name", c.DetailList[i].Name)
			w.Figure("Count", c.DetailList[i].Count)
		})
	}
	w.EndObject(name)
}
