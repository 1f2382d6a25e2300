package wechat

// EncodeAddWaybill writes the message as WeChat sends it, in the order of its
// sample. MsgType is event. Figures are numbers where they look like some and
// texts where not, so that rubbish can be sent too. Without lines of goods there
// is no DetailList.
func EncodeAddWaybill(f Format, m AddWaybill) []byte {
	w := newWriter(f, 2560+len(m.OrderID)+len(m.Remark))
	w.common(m.ToUserName, m.FromUserName, m.CreateTime, m.Event)
	w.text("Token", m.Token)
	w.str("OrderID", m.OrderID)
	w.str("BizID", m.BizID)
	w.str("BizPwd", string(m.BizPwd))
	w.str("ShopAppID", m.ShopAppID)
	w.str("WayBillID", m.WayBillID)
	w.str("Remark", m.Remark)
	w.contact("Sender", m.Sender)
	w.contact("Receiver", m.Receiver)
	w.cargo("Cargo", m.Cargo)

	w.object("Insured")
	w.figure("UseInsured", m.Insured.UseInsured)
	w.figure("InsuredValue", m.Insured.InsuredValue)
	w.objectEnd("Insured")

	w.object("Service")
	w.figure("ServiceType", m.Service.ServiceType)
	w.str("ServiceName", m.Service.ServiceName)
	w.objectEnd("Service")
	return w.bytes()
}

func (w *writer) contact(name string, c Contact) {
	w.object(name)
	w.str("Name", c.Name)
	w.str("Tel", c.Tel)
	w.str("Mobile", c.Mobile)
	w.str("Company", c.Company)
	w.str("PostCode", c.PostCode)
	w.str("Country", c.Country)
	w.str("Province", c.Province)
	w.str("City", c.City)
	w.str("Area", c.Area)
	w.str("Address", c.Address)
	w.objectEnd(name)
}

func (w *writer) cargo(name string, c Cargo) {
	w.object(name)
	w.figure("Weight", c.Weight)
	w.figure("Space_X", c.SpaceX)
	w.figure("Space_Y", c.SpaceY)
	w.figure("Space_Z", c.SpaceZ)
	w.figure("Count", c.Count)
	if len(c.DetailList) > 0 {
		w.list("DetailList", len(c.DetailList), func(i int) {
			w.str("Name", c.DetailList[i].Name)
			w.figure("Count", c.DetailList[i].Count)
		})
	}
	w.objectEnd(name)
}
