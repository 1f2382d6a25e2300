package store_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/instant"
)

// courierKey seals the shops' secrets of the tests, and courierSecret is shop S's.
var courierKey = bytes.Repeat([]byte{7}, 32)

const courierSecret = delivery.Secret("s3cr3t-of-S")

var courierPolicy = delivery.Policy{
	Tariff: delivery.Tariff{
		Base: 500, BaseMetres: 3000, BaseGrams: 5000, PerKilometre: 200, PerKilogram: 100, InsurancePerMille: 5, Coupon: 50, CancelFee: 200,
	},
	QuoteFor: 30 * time.Minute, Expiry: 2 * time.Hour, Dispatch: 5 * time.Minute, MaxMetres: 50_000,
	Keys: [][]byte{courierKey},
}

// newCourier is a desk with the shop S and with waybill numbers of the carrier's own.
func newCourier(tb testing.TB, change ...func(store.Options) store.Options) desk {
	tb.Helper()
	d := newDesk(tb, change...)
	d.exec(tb, offer)
	d.shops(tb, instant.ShopRow{ID: "S", Secret: courierSecret})
	return d
}

// shops puts shops there, not through the desk's own network.
func (d desk) shops(tb testing.TB, rows ...instant.ShopRow) {
	tb.Helper()
	s, err := store.Open(context.Background(), options(d.url))
	if err != nil {
		tb.Fatal(err)
	}
	defer s.Close()
	if err := s.Instant.ReplaceShops(context.Background(), rows); err != nil {
		tb.Fatal(err)
	}
}

// placing makes push n that carries an order of shop S: to be priced, placed, or
// placed again.
func placing(n int, ask delivery.Kind, orderID string, change ...func(*delivery.OrderFields)) delivery.Request {
	f := delivery.OrderFields{
		ShopID: "S", ShopNo: "no-1", OrderID: orderID, WXToken: "wx-" + orderID,
		Sender: delivery.ContactFields{
			Name: "刘一", City: "北京市", Address: "xx大厦", AddressDetail: "1号楼101", Phone: "13712345678", Lng: "116.383075", Lat: "40.148612",
		},
		Receiver: delivery.ContactFields{
			Name: "老王", City: "北京市", Address: "xxx地铁站", AddressDetail: "2号楼202", Phone: "18512345678", Lng: "116.50603", Lat: "40.15296",
		},
		Cargo: delivery.CargoFields{
			Value: "5", Weight: "1", Height: "1", FirstClass: "美食夜宵", SecondClass: "零食小吃",
			Goods: []delivery.GoodsFields{{Count: "1", Name: "水果", Price: "10", Unit: "元"}, {Count: "2", Name: "蔬菜", Price: "20.50"}},
		},
		Info: delivery.InfoFields{Note: "放门口\n谢谢", Tips: "1.5"},
	}
	for _, c := range change {
		c(&f)
	}
	if f.Sign == "" {
		f.Sign = delivery.Sign(f.ShopID, f.OrderID, courierSecret)
	}
	return delivery.NewOrderRequest(courierPush(n, ask), ask, f)
}

// asking makes push n about an order of shop S that is there.
func asking(n int, ask delivery.Kind, orderID string, change ...func(*delivery.RequestFields)) delivery.Request {
	w := delivery.RequestFields{ShopID: "S", OrderID: orderID, CancelReasonID: "3"}
	for _, c := range change {
		c(&w)
	}
	if w.Sign == "" {
		w.Sign = delivery.Sign(w.ShopID, w.OrderID, courierSecret)
	}
	return delivery.NewRequest(courierPush(n, ask), ask, w)
}

// tips is what an asking for more tips says, in yuan.
func tips(yuan string) func(*delivery.RequestFields) {
	return func(w *delivery.RequestFields) { w.Tips = yuan }
}

// codesWanted makes an order ask for both codes.
func codesWanted(f *delivery.OrderFields) {
	f.Info.FinishCodeNeeded, f.Info.PickupCodeNeeded = "1", "1"
}

var courierEvents = map[delivery.Kind]string{
	delivery.Precreate: "transport_precreate_order", delivery.Add: "transport_add_order", delivery.Readd: "transport_readd_order",
	delivery.Cancel: "transport_cancel_order", delivery.Precancel: "transport_precancel_order", delivery.Query: "transport_query_order_status",
	delivery.Tip: "transport_add_tips", delivery.ConfirmReturn: "transport_confirm_return_to_biz",
}

func courierPush(n int, ask delivery.Kind) ledger.Push {
	return ledger.Push{
		ID:    [32]byte{byte(n >> 16), byte(n >> 8), byte(n), 4},
		Event: courierEvents[ask], Format: "json", Mode: "secure", Received: time.Now(),
	}
}

// deliver expects an answer.
func (d desk) deliver(tb testing.TB, r delivery.Request) delivery.Decision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	got, err := d.Instant.DecidePush(ctx, r)
	if err != nil {
		tb.Errorf("%s of %s: %v", r.Kind, r.OrderID, err)
	}
	return got
}

// told expects a reason, and gives the decision.
func (d desk) told(tb testing.TB, r delivery.Request, why delivery.Reason, repeat bool) delivery.Decision {
	tb.Helper()
	got := d.deliver(tb, r)
	if got.Reason != why || got.Repeat != repeat {
		tb.Errorf("%s of %s: got %s, repeat %t, want %s, %t", r.Kind, r.OrderID, got.Reason, got.Repeat, why, repeat)
	}
	return got
}

// does expects a push to be accepted for the first time, and gives its attempt.
func (d desk) does(tb testing.TB, r delivery.Request) delivery.Attempt {
	tb.Helper()
	a := d.told(tb, r, delivery.Accepted, false).Attempt
	if a.WaybillID == "" {
		tb.Errorf("%s of %s is about no attempt", r.Kind, r.OrderID)
	}
	return a
}

// deliverAtOnce makes pushes at the same moment, over several stores.
func deliverAtOnce(t *testing.T, n int, desks []desk, r func(i int) delivery.Request) []delivery.Decision {
	t.Helper()
	got := make([]delivery.Decision, n)
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-gate
			got[i] = desks[i%len(desks)].deliver(t, r(i))
		})
	}
	close(gate)
	all.Wait()
	return got
}

// answerOf is what the merchant is told, whether for the first time or again.
func answerOf(g delivery.Decision) answer {
	a := g.Attempt
	return answer{g.Reason, a.Number, a.WaybillID, a.Status, a.Quote, a.Tips, a.FinishCode, a.PickupCode, g.Dispatch, g.Deduct, g.Desc}
}

type answer struct {
	why                    delivery.Reason
	number                 int
	waybillID              string
	status                 delivery.Status
	quote                  delivery.Quote
	tips                   delivery.Fen
	finishCode, pickupCode int
	dispatch               time.Duration
	deduct                 delivery.Fen
	desc                   delivery.DescKind
}

// lease gets numbers into memory, so that what follows is about transactions alone.
func (d desk) lease(tb testing.TB) {
	tb.Helper()
	if err := d.LeaseNumbers(context.Background()); err != nil {
		tb.Fatal(err)
	}
}
