package delivery

import (
	"bytes"
	"time"

	"carrierhook/internal/ledger"
)

const appSecret Secret = "test_app_secrect" // as WeChat spells it

var (
	now  = time.Date(2026, 11, 22, 10, 0, 0, 123456000, time.UTC)
	mine = [32]byte{1}

	next = NewAttempt{WaybillID: "C1000000013", FinishCode: 1024, PickupCode: 2048}
)

func shop() *Shop { return &Shop{ID: "test_shop_id", Secret: appSecret, Active: true} }

func key(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func policy() *Policy {
	return &Policy{
		Tariff: Tariff{
			Base: 500, BaseMetres: 3000, BaseGrams: 5000, PerKilometre: 200, PerKilogram: 100,
			InsurancePerMille: 5, Coupon: 150, CancelFee: 200,
		},
		QuoteFor: 30 * time.Minute, Expiry: 2 * time.Hour, Dispatch: 5 * time.Minute, MaxMetres: 50_000,
		Keys: [][]byte{key('k'), key('p')},
	}
}

// orderFields is the order of WeChat's samples.
func orderFields() OrderFields {
	return OrderFields{
		ShopID: "test_shop_id", ShopNo: "12345678", OrderID: "test_shop_order_id", WXToken: "WXTOKEN",
		Sign: "a93d8d6bae9a9483c1b1d4e8670e7f6226ec94cb",
		Sender: ContactFields{
			Name: "刘一", City: "北京市", Address: "xx大厦", AddressDetail: "1号楼101", Phone: "13712345678",
			Lng: "116.383075", Lat: "40.448612", CoordinateType: "0",
		},
		Receiver: ContactFields{
			Name: "老王", City: "北京市", Address: "xxx地铁站", AddressDetail: "2号楼202", Phone: "18512345678",
			Lng: "116.50603", Lat: "40.15296", CoordinateType: "0",
		},
		Cargo: CargoFields{
			Value: "5", Height: "1", Length: "3", Width: "2", Weight: "1",
			Goods:      []GoodsFields{{Count: "1", Name: "水果", Price: "10", Unit: "元"}, {Count: "2", Name: "蔬菜", Price: "20", Unit: "元"}},
			FirstClass: "美食夜宵", SecondClass: "零食小吃",
		},
		Info: InfoFields{
			OrderType: "0", ExpectedDelivery: "0", PoiSeq: "1111", Note: "test_note", OrderTime: "1555220757",
			IsInsured: "0", Tips: "0", IsDirect: "0", FinishCodeNeeded: "1", PickupCodeNeeded: "1",
		},
	}
}

// requestFields is a push about that order.
func requestFields() RequestFields {
	return RequestFields{
		ShopID: "test_shop_id", OrderID: "test_shop_order_id", ShopNo: "12345678", WaybillID: "C1",
		Sign: "a93d8d6bae9a9483c1b1d4e8670e7f6226ec94cb", CancelReasonID: "1", Tips: "5",
	}
}

// order is the order of WeChat's samples, read.
func order() *Order {
	r := NewOrderRequest(ledger.Push{}, Add, orderFields())
	return &r.Order
}

// attempt is its first attempt, in a status.
func attempt(s Status) Attempt {
	return Attempt{
		Number: 1, WaybillID: "C1", Push: [32]byte{0xa1}, WXToken: "WXTOKEN",
		PlacedAt: now.Add(-time.Hour), ExpiresAt: now.Add(time.Hour),
		Quote: Quote{Deliver: 6900, Coupon: 150, Metres: 34489}, Tips: 100, FinishCode: 1111, PickupCode: 2222,
		Status: s, StatusAt: now.Add(-time.Minute), Message: "骑手 13900000000", TipsNow: 300,
	}
}

// placed is the order with one attempt, in a status.
func placed(s Status) *PlacedOrder {
	return &PlacedOrder{ShopNo: "12345678", Attempts: []Attempt{attempt(s)}, Order: order()}
}

// again is the order with two attempts: C1 was cancelled, C2 is in a status.
func again(s Status) *PlacedOrder {
	second := attempt(s)
	second.Number, second.WaybillID, second.Push = 2, "C2", [32]byte{0xa2}
	k := placed(CancelledEarly)
	k.Attempts = append(k.Attempts, second)
	return k
}

// carries reports whether a request of the kind carries an order.
func (k Kind) carries() bool { return k == Precreate || k == Add || k == Readd }

// request reads the fields that a kind has.
func request(k Kind, f OrderFields, w RequestFields) Request {
	p := ledger.Push{ID: mine, Event: "transport_" + string(k), Format: "xml", Mode: "secure", Received: now}
	if k.carries() {
		return NewOrderRequest(p, k, f)
	}
	return NewRequest(p, k, w)
}

// scene is all that a decision depends on.
type scene struct {
	f     OrderFields
	w     RequestFields
	shop  *Shop
	prior *PlacedOrder
	next  NewAttempt
	p     *Policy
	push  [32]byte
	now   time.Time
}

func (s *scene) decide(k Kind) Decision {
	r := request(k, s.f, s.w)
	r.Push.ID = s.push
	return DecidePush(r, s.shop, s.prior, s.next, s.p, s.now)
}

// valid is a scene in which nothing is wrong but what was placed before.
func valid(prior *PlacedOrder) *scene {
	return &scene{orderFields(), requestFields(), shop(), prior, next, policy(), mine, now}
}

// decide decides a request in a valid scene with some changes.
func decide(k Kind, prior *PlacedOrder, changes ...func(*scene)) Decision {
	s := valid(prior)
	for _, change := range changes {
		change(s)
	}
	return s.decide(k)
}
