package wechat

import (
	"carrierhook/internal/redacted"
	"carrierhook/internal/wechat/packet"
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

func decodeAdd(r reader) (AddWaybill, error) {
	l := packet.Tolerant{Node: r.doc}
	created, odd := r.created(true)
	m := AddWaybill{
		ToUserName:   r.str("ToUserName"),
		FromUserName: r.str("FromUserName"),
		CreateTime:   created,
		OddTime:      odd,
		Event:        r.str("Event"),
		Token:        r.str("Token"),
		OrderID:      r.str("OrderID"),
		BizID:        r.str("BizID"),
		BizPwd:       Password(r.str("BizPwd")),
		ShopAppID:    r.str("ShopAppID"),
		WayBillID:    r.str("WayBillID"),
	}
	if r.err != nil {
		return m, r.err
	}
	m.Remark = l.Text("Remark")
	m.Sender = decodeContact(l.Part("Sender"))
	m.Receiver = decodeContact(l.Part("Receiver"))
	m.Cargo = decodeCargo(l.Part("Cargo"))
	service := l.Part("Service")
	insured := packet.Tolerant{Node: r.doc, Mark: true}.Part("Insured")
	m.Insured = Insured{insured.Text("UseInsured"), insured.Text("InsuredValue")}
	m.Service = Service{service.Text("ServiceType"), service.Text("ServiceName")}
	return m, nil
}

func decodeContact(l packet.Tolerant) Contact {
	return Contact{
		Name:     l.Text("Name"),
		Tel:      l.Text("Tel"),
		Mobile:   l.Text("Mobile"),
		Company:  l.Text("Company"),
		PostCode: l.Text("PostCode"),
		Country:  l.Text("Country"),
		Province: l.Text("Province"),
		City:     l.Text("City"),
		Area:     l.Text("Area"),
		Address:  l.Text("Address"),
	}
}

func decodeCargo(l packet.Tolerant) Cargo {
	c := Cargo{
		Weight: l.Text("Weight"),
		SpaceX: l.Text("Space_X"),
		SpaceY: l.Text("Space_Y"),
		SpaceZ: l.Text("Space_Z"),
		Count:  l.Text("Count"),
	}
	if lines := l.Items("DetailList"); len(lines) > 0 {
		c.DetailList = make([]CargoDetail, len(lines))
		for i := range lines {
			line := l.Of(&lines[i])
			c.DetailList[i] = CargoDetail{Name: line.Text("Name"), Count: line.Text("Count")}
		}
	}
	return c
}

// Identity is shared by a push and its repeats, and by no other, as CancelWaybill's
// is. Stored identities depend on this: it must never change.
func (m AddWaybill) Identity() [32]byte {
	return pushIdentity(m.Event, m.FromUserName, m.OddTime.text(m.CreateTime), m.BizID, m.OrderID, m.WayBillID)
}
