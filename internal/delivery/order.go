package delivery

import (
	"slices"
	"time"

	"carrierhook/internal/redacted"
)

// Fen is money: hundredths of a yuan.
type Fen int64

// Point is a location in millionths of a degree, GCJ-02.
type Point struct {
	redacted.Struct
	Lng, Lat int64
}

// Contact is a sender or a receiver. It is personal data.
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
	// The sides are in tenths of a millimetre; 0: missing.
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
	Booked                       bool      // for a later time
	Expected                     time.Time // the latest of the expected times; zero: missing
	PoiSeq, Note                 string
	Insured                      bool
	DeclaredValue, Tips          Fen
	Direct                       bool // by a rider who carries nothing else
	CashOnDelivery, CashOnPickup Fen
	PickMethod                   int  // 1: from shop to user, 2: from user to shop, 0: missing
	FinishCode, PickupCode       bool // requested
}

// sameAs reports whether an order that is placed again is the same: the same goods from
// the same sender to the same person. The receiver's address may differ (a wrong one is a
// reason to place it again), and so may the weight, size and value of the goods and
// order_info.
func (o *Order) sameAs(before *Order) bool {
	return o.Sender == before.Sender &&
		o.Receiver.Name == before.Receiver.Name && o.Receiver.Phone == before.Receiver.Phone &&
		slices.Equal(o.Cargo.Goods, before.Cargo.Goods) &&
		o.Cargo.FirstClass == before.Cargo.FirstClass && o.Cargo.SecondClass == before.Cargo.SecondClass
}
