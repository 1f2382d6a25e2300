package wechat

import (
	"carrierhook/internal/redacted"
)

// EventAddWaybill is the event's name as EventName returns it, and the one that
// our replies carry.
const EventAddWaybill = "add_waybill"

// AddWaybill is a merchant's order, from WeChat's page Request_an_order_event. The
// texts are exactly as received, figures too: all of them come from the merchant,
// and what is wrong with them is for the rule to say. The Token is a key to the
// order, and most of the rest is personal data.
type AddWaybill struct {
	redacted.Struct
	ToUserName, FromUserName string
	CreateTime               int64 // Unix seconds
	OddTime                  OddTime
	Event                    string
	Token                    string
	OrderID, BizID           string
	BizPwd                   Password
	ShopAppID, WayBillID     string // WayBillID "0": the carrier gives the number
	Remark                   string
	Sender, Receiver         Contact
	Cargo                    Cargo
	Insured                  Insured
	Service                  Service
}

// Contact is a sender or a receiver. It is personal data.
type Contact struct {
	redacted.Struct
	Name, Tel, Mobile, Company, PostCode   string
	Country, Province, City, Area, Address string
}

// Cargo is a parcel: kilograms, and centimetres of length, width and height.
type Cargo struct {
	redacted.Struct
	Weight, SpaceX, SpaceY, SpaceZ, Count string
	DetailList                            []CargoDetail
}

// CargoDetail is a line of what is inside.
type CargoDetail struct {
	redacted.Struct
	Name, Count string
}

// Insured is 0 or 1, and the value in fen.
type Insured struct{ UseInsured, InsuredValue string }

// Service is the product that the merchant chose.
type Service struct{ ServiceType, ServiceName string }

// AddWaybill reads the push as that message. The error is a *Refusal with
// CheckMessage where a member that WeChat itself writes has the wrong shape or is given
// twice; the message is then what of those could be read, for its reply. What
// the merchant wrote (the remark and the five objects) is never the reason: of a
// wrong shape, it is as if it were not there. An insurance of a wrong shape, and whatever is given
// twice, reads as a text that no rule accepts: without the insurance the parcel must not go.
func (p *Push) AddWaybill() (AddWaybill, error) { return decodeAdd(p.message(EventAddWaybill)) }

func decodeAdd(r reader) (m AddWaybill, err error) {
	t := reading(r)
	m.members(t)
	return m, t.err
}

// EncodeAddWaybill writes the message as WeChat sends it, in the order of its
// sample. MsgType is event. Without lines of goods there is no DetailList.
func EncodeAddWaybill(f Format, m AddWaybill) []byte {
	w := newWriter(f, 2560+len(m.OrderID)+len(m.Remark))
	m.members(writing(&w))
	return w.Bytes()
}

func (m *AddWaybill) members(t *members) {
	t.header(&m.ToUserName, &m.FromUserName, &m.CreateTime, &m.OddTime, &m.Event)
	t.id("Token", &m.Token, asBareText)
	t.id("OrderID", &m.OrderID, asText)
	t.id("BizID", &m.BizID, asText)
	t.id("BizPwd", (*string)(&m.BizPwd), asText)
	t.id("ShopAppID", &m.ShopAppID, asText)
	t.id("WayBillID", &m.WayBillID, asText)
	if t.err != nil {
		return
	}
	t.text("Remark", &m.Remark, asText)
	m.Sender.members(t.part, "Sender")
	m.Receiver.members(t.part, "Receiver")
	m.Cargo.members(t.part, "Cargo")

	insured := t.marked().object("Insured")
	insured.text("UseInsured", &m.Insured.UseInsured, asFigure)
	insured.text("InsuredValue", &m.Insured.InsuredValue, asFigure)
	insured.end("Insured")

	service := t.object("Service")
	service.text("ServiceType", &m.Service.ServiceType, asFigure)
	service.text("ServiceName", &m.Service.ServiceName, asText)
	service.end("Service")
}

func (c *Contact) members(p part, name string) {
	p = p.object(name)
	p.text("Name", &c.Name, asText)
	p.text("Tel", &c.Tel, asText)
	p.text("Mobile", &c.Mobile, asText)
	p.text("Company", &c.Company, asText)
	p.text("PostCode", &c.PostCode, asText)
	p.text("Country", &c.Country, asText)
	p.text("Province", &c.Province, asText)
	p.text("City", &c.City, asText)
	p.text("Area", &c.Area, asText)
	p.text("Address", &c.Address, asText)
	p.end(name)
}

func (c *Cargo) members(p part, name string) {
	p = p.object(name)
	p.text("Weight", &c.Weight, asFigure)
	p.text("Space_X", &c.SpaceX, asFigure)
	p.text("Space_Y", &c.SpaceY, asFigure)
	p.text("Space_Z", &c.SpaceZ, asFigure)
	p.text("Count", &c.Count, asFigure)
	list(p, "DetailList", &c.DetailList, func(p part, d *CargoDetail) {
		p.text("Name", &d.Name, asText)
		p.text("Count", &d.Count, asFigure)
	})
	p.end(name)
}

// Identity is shared by a push and its repeats, and by no other, as CancelWaybill's
// is. Stored identities depend on this: it must never change.
func (m AddWaybill) Identity() [32]byte {
	return pushIdentity(m.Event, m.FromUserName, m.OddTime.text(m.CreateTime), m.BizID, m.OrderID, m.WayBillID)
}
