package delivery

import "carrierhook/internal/redacted"

// OrderFields is an order as the merchant filled it in: texts, unread. A text that was
// left out is empty. The order of the fields is that of WeChat's tables.
type OrderFields struct {
	redacted.Struct
	ShopID, ShopNo, OrderID, Sign, WXToken, Token string
	Sender, Receiver                              ContactFields
	Cargo                                         CargoFields
	Info                                          InfoFields
}

// ContactFields is who sends or receives, and where.
type ContactFields struct {
	redacted.Struct
	Name, City, Address, AddressDetail, Phone string
	Lng, Lat                                  string // degrees
	CoordinateType                            string // 0, or left out: GCJ-02; 1: BD-09
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

// InfoFields is how it is to be delivered. Times are seconds since 1970 with 0 for
// none, money is yuan, and what is asked for is 1, or 0.
type InfoFields struct {
	redacted.Struct
	ServiceCode, OrderType                           string
	ExpectedDelivery, ExpectedFinish, ExpectedPickUp string
	PoiSeq, Note, OrderTime                          string
	IsInsured, DeclaredValue, Tips, IsDirect         string
	CashOnDelivery, CashOnPickup, PickMethod         string
	FinishCodeNeeded, PickupCodeNeeded               string
}

// RequestFields is a push about an order that is there: texts, unread. A text that was
// left out is empty. What people said in words of their own, why they cancel or
// tip, is personal data that decides nothing: it is not here, and kept nowhere.
type RequestFields struct {
	redacted.Struct
	ShopID, OrderID, ShopNo, WaybillID, Sign string
	CancelReasonID                           string
	Tips                                     string // yuan
}
