package delivery

import (
	"time"

	"carrierhook/internal/redacted"
)

// Fen is money: hundredths of a yuan.
type Fen int64

// Point is a place in millionths of a degree, GCJ-02.
type Point struct {
	redacted.Struct
	Lng, Lat int64
}

// Contact is who sends or receives, and where. It is personal data.
type Contact struct {
	redacted.Struct
	Name, City, Address, AddressDetail, Phone string
	At                                        Point
}

// Goods is a line of what is sent. It is personal data.
type Goods struct {
	redacted.Struct
	Count int64
	Name  string
	Price Fen
	Unit  string
}

// Cargo is what is sent. It is personal data.
type Cargo struct {
	redacted.Struct
	Value Fen
	Grams int64
	// The sides are in tenths of a millimetre; 0: not said.
	HeightTenths, LengthTenths, WidthTenths int64
	Goods                                   []Goods
	PickupInfo, DeliveryInfo                string
	FirstClass, SecondClass                 string
}

// Order is an order that was read. It is personal data.
type Order struct {
	redacted.Struct
	Sender, Receiver             Contact
	Cargo                        Cargo
	ServiceCode                  string
	Booked                       bool      // for a time, and not for now
	Expected                     time.Time // the latest of the times that are wanted; zero: none
	PoiSeq, Note                 string
	Insured                      bool
	DeclaredValue, Tips          Fen
	Direct                       bool // by a rider who carries nothing else
	CashOnDelivery, CashOnPickup Fen
	PickMethod                   int  // 1: from shop to user, 2: from user to shop, 0: not said
	FinishCode, PickupCode       bool // wanted
}
