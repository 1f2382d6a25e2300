package delivery

import "carrierhook/internal/redacted"

// OrderFields is an order as the merchant sent it, as texts. A missing field is empty. The
// fields are in the order of WeChat's tables.
type OrderFields struct {
	redacted.Struct
	ShopID, ShopNo, OrderID, Sign, WXToken, Token string
	Sender, Receiver                              ContactFields
	Cargo                                         CargoFields
	Info                                          InfoFields
}

// ContactFields is a sender or a receiver.
type ContactFields struct {
	redacted.Struct
	Name, City, Address, AddressDetail, Phone string
	Lng, Lat                                  string // degrees
	CoordinateType                            string // 0 or empty: GCJ-02; 1: BD-09
}

// CargoFields is what is sent.
type CargoFields struct {
	redacted.Struct
	Value                    string // yuan
	Height, Length, Width    string // centimetres
	Weight                   string // kilograms
	Goods                    []GoodsFields
	PickupInfo, DeliveryInfo string
	FirstClass, SecondClass  string
}

// GoodsFields is a line of what is sent; the price is in yuan.
type GoodsFields struct {
	redacted.Struct
	Count, Name, Price, Unit string
}

// InfoFields is order_info. Times are seconds since 1970, or 0; money is yuan; a choice is
// 1 for yes or 0 for no.
type InfoFields struct {
	redacted.Struct
	ServiceCode, OrderType                           string
	ExpectedDelivery, ExpectedFinish, ExpectedPickUp string
	PoiSeq, Note, OrderTime                          string
	IsInsured, DeclaredValue, Tips, IsDirect         string
	CashOnDelivery, CashOnPickup, PickMethod         string
	FinishCodeNeeded, PickupCodeNeeded               string
}

// RequestFields is a push about an existing order, as texts. A missing field is empty. Free
// text, such as why an order is cancelled, is personal data that decides nothing: it is not
// read, and not stored.
type RequestFields struct {
	redacted.Struct
	ShopID, OrderID, ShopNo, WaybillID, Sign string
	CancelReasonID                           string
	Tips                                     string // yuan
}
