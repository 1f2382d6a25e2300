package waybill

import (
	"carrierhook/internal/input"
	"carrierhook/internal/ledger"
	"carrierhook/internal/redacted"
)

// CarrierGives is the waybill number of an order to which the carrier gives a number.
const CarrierGives = "0"

// Order is a merchant's order as it was sent, figures as texts.
type Order struct {
	redacted.Struct
	BizID                    string
	Password                 Password
	ShopAppID                string
	OrderID, WaybillID       string // WaybillID CarrierGives: the carrier gives the number
	Token                    string
	Remark                   string
	Sender, Receiver         Contact
	Weight                   string // kilograms
	SpaceX, SpaceY, SpaceZ   string // centimetres: length, width, height
	Count                    string
	Goods                    []OrderGoods
	UseInsured, InsuredValue string // 0 or 1, and fen
	ServiceType, ServiceName string
}

// OrderGoods is a line of the goods.
type OrderGoods struct {
	redacted.Struct
	Name, Count string
}

// BookingRequest is a merchant's request for a waybill. NewBookingRequest makes one: its ids
// are clean unless Malformed.
type BookingRequest struct {
	redacted.Struct
	Push             ledger.Push
	BizID            string
	Password         Password
	ShopAppID        string
	OrderID          string
	WaybillID        string // WeChat's number; "" if the carrier gives it
	NumberMalformed  bool   // WeChat's number is invalid
	Token            string
	Remark           string
	Sender, Receiver Contact
	Parcel           Parcel
	Insurance        Insurance
	Service          ServiceWish
	Malformed        bool   // an id, the token or the remark is invalid; nothing is looked up
	Field            string // the first that is, as the push spells it
}

// NewBookingRequest reads an order: it trims texts, parses figures, and notes what is
// invalid.
func NewBookingRequest(p ledger.Push, o Order) BookingRequest {
	var f input.Fields
	r := BookingRequest{
		Push: p, Password: o.Password, BizID: f.ID("BizID", o.BizID, MaxID), OrderID: f.ID("OrderID", o.OrderID, MaxOrderID),
		ShopAppID: f.OptionalID("ShopAppID", o.ShopAppID, MaxID), Token: f.OptionalID("Token", o.Token, MaxToken), Remark: f.Line("Remark", o.Remark, MaxRemark),
		Sender: o.Sender.clean(), Receiver: o.Receiver.clean(),
		Parcel: newParcel(o), Insurance: newInsurance(o), Service: newServiceWish(o),
	}
	r.Malformed, r.Field = f.Err != nil, f.Field()
	number, err := input.CleanID(o.WaybillID, MaxID)
	if number != CarrierGives {
		r.WaybillID, r.NumberMalformed = number, err != nil
	}
	return r
}
