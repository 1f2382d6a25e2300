// Package instanttest makes pushes and status reports of instant delivery for tests,
// and orders in the database as pushes leave them.
package instanttest

import (
	"bytes"
	"fmt"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
)

// Key seals the shops' secrets, and Secret is that of shop S.
var Key = bytes.Repeat([]byte{7}, 32)

const Secret = delivery.Secret("s3cr3t-of-S")

// Policy is the one that tests decide by.
var Policy = delivery.Policy{
	Tariff: delivery.Tariff{
		Base: 500, BaseMetres: 3000, BaseGrams: 5000, PerKilometre: 200, PerKilogram: 100, InsurancePerMille: 5, Coupon: 50, CancelFee: 200,
	},
	QuoteFor: 30 * time.Minute, Expiry: 2 * time.Hour, Dispatch: 5 * time.Minute, MaxMetres: 50_000,
	Keys: [][]byte{Key},
}

// Order makes push n that carries an order of shop S: to be priced, placed, or placed
// again.
func Order(n int, kind delivery.Kind, orderID string, change ...func(*delivery.OrderFields)) delivery.Request {
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
		f.Sign = delivery.Sign(f.ShopID, f.OrderID, Secret)
	}
	return delivery.NewOrderRequest(push(n, kind), kind, f)
}

// WithCodes makes an order ask for both codes.
func WithCodes(f *delivery.OrderFields) {
	f.Info.FinishCodeNeeded, f.Info.PickupCodeNeeded = "1", "1"
}

// FollowUp makes push n about an order of shop S that exists.
func FollowUp(n int, kind delivery.Kind, orderID string, change ...func(*delivery.RequestFields)) delivery.Request {
	f := delivery.RequestFields{ShopID: "S", OrderID: orderID, CancelReasonID: "3"}
	for _, c := range change {
		c(&f)
	}
	if f.Sign == "" {
		f.Sign = delivery.Sign(f.ShopID, f.OrderID, Secret)
	}
	return delivery.NewRequest(push(n, kind), kind, f)
}

// Tips sets the tip of a push that raises it, in yuan.
func Tips(yuan string) func(*delivery.RequestFields) {
	return func(f *delivery.RequestFields) { f.Tips = yuan }
}

var events = map[delivery.Kind]string{
	delivery.Precreate: "transport_precreate_order", delivery.Add: "transport_add_order", delivery.Readd: "transport_readd_order",
	delivery.Cancel: "transport_cancel_order", delivery.Precancel: "transport_precancel_order", delivery.Query: "transport_query_order_status",
	delivery.Tip: "transport_add_tips", delivery.ConfirmReturn: "transport_confirm_return_to_biz",
}

func push(n int, kind delivery.Kind) ledger.Push {
	return ledger.Push{
		ID:    [32]byte{byte(n >> 16), byte(n >> 8), byte(n), 4},
		Event: events[kind], Format: "json", Mode: "secure", Received: time.Now(),
	}
}

// Start is when the attempts of InsertOrders were placed.
var Start = time.Now().AddDate(0, 0, -20).Truncate(time.Hour).UTC()

// Report makes a status report about waybill Y-D of order D, so many minutes after
// Start.
func Report(orderID string, status delivery.Status, minutes int, change ...func(*delivery.StatusReport)) delivery.StatusReport {
	r := delivery.StatusReport{
		ShopID: "S", OrderID: orderID, WaybillID: "Y-" + orderID, Status: status, At: Start.Add(time.Duration(minutes) * time.Minute),
		Message: "骑手张三 13800000000", By: "hub",
	}
	for _, c := range change {
		c(&r)
	}
	r, err := delivery.NewStatusReport(r)
	if err != nil {
		panic(fmt.Sprint("no report of ", orderID, ": ", err))
	}
	return r
}

// Of says which attempt a report is about.
func Of(waybillID string) func(*delivery.StatusReport) {
	return func(r *delivery.StatusReport) { r.WaybillID = waybillID }
}
