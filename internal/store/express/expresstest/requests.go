// Package expresstest makes pushes and reports of the express family for tests, and
// says what is expected of their answers.
package expresstest

import (
	"fmt"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
)

// Offer is a small carrier's whole catalogue.
const Offer = `
	INSERT INTO service VALUES (1, 'standard', 'STD', 50000, 2000, 10, 1000000);
	INSERT INTO area VALUES ('', '', '', true, true), ('西藏', '', '', true, false), ('上海', '', '', false, true);
	INSERT INTO route VALUES ('广东', '广州', '', 1, 'mark', '888-666'), ('广东', '广州', '', 2, 'bag', '广州');
	INSERT INTO number_range VALUES ('wechat', 'WX', 8, 'none', 1, 99999999, 1, true), ('own', 'CH', 8, 'none', 1, 99999999, 1, false);
	UPDATE catalogue SET version = version + 1`

// OrderPush makes push n's order of a merchant. The number is of the carrier's own.
func OrderPush(n int, bizID, orderID string, change ...func(*waybill.Order)) waybill.BookingRequest {
	home := waybill.Contact{
		Name: "张三", Mobile: "13800000000", Province: "广东省", City: "广州市", Area: "海珠区", Address: "新港中路397号",
	}
	o := waybill.Order{
		BizID: bizID, Password: "pw", ShopAppID: "wxS", OrderID: orderID, WaybillID: waybill.CarrierGives, Token: "token-" + orderID,
		Remark: "易碎", Sender: home, Receiver: home,
		Weight: "1.2", SpaceX: "20.5", SpaceY: "15", SpaceZ: "10", Count: "1",
		Goods:      []waybill.OrderGoods{{Name: "书", Count: "2"}},
		UseInsured: "1", InsuredValue: "10000", ServiceType: "1", ServiceName: "standard",
	}
	for _, c := range change {
		c(&o)
	}
	return waybill.NewBookingRequest(BookPush(n), o)
}

func BookPush(n int) ledger.Push {
	return ledger.Push{
		ID:    ledger.PushID{byte(n >> 16), byte(n >> 8), byte(n), 2},
		Event: "add_waybill", Format: "json", Mode: "secure", Received: time.Now(),
	}
}

// Numbered gives an order WeChat's number.
func Numbered(number string) func(*waybill.Order) {
	return func(o *waybill.Order) { o.WaybillID = number }
}

// CancelPush makes push n's request to cancel waybill id of merchant B.
func CancelPush(n int, id string) waybill.CancelRequest {
	p := ledger.Push{
		ID: ledger.PushID{byte(n >> 8), byte(n), 1}, Event: "cancel_waybill", Format: "xml", Mode: "secure", Received: time.Now(),
	}
	return waybill.NewCancelRequest(p, "B", "pw", "", "O-"+id, id)
}

// CancelOf makes push n's request to cancel an order that was booked.
func CancelOf(n int, bizID, orderID, waybillID string) waybill.CancelRequest {
	p := ledger.Push{ID: ledger.PushID{byte(n >> 8), byte(n), 4}, Event: "cancel_waybill", Format: "xml", Mode: "secure", Received: time.Now()}
	return waybill.NewCancelRequest(p, bizID, "pw", "wxS", orderID, waybillID)
}

// DayOne is when the parcels of these tests set out.
var DayOne = time.Now().AddDate(0, 0, -20).Truncate(time.Hour).UTC()

// ScanOf makes a scan of a waybill, so many minutes after dayOne.
func ScanOf(id string, action waybill.Action, minutes int, change ...func(*waybill.Scan)) waybill.Scan {
	s := waybill.Scan{
		WaybillID: id, Action: action, At: DayOne.Add(time.Duration(minutes) * time.Minute),
		Message: "快件已到达广州，联系电话13800000000", By: "hub",
	}
	for _, c := range change {
		c(&s)
	}
	s, err := waybill.NewScan(s)
	if err != nil {
		panic(fmt.Sprint("no scan of ", id, ": ", err))
	}
	return s
}

// Keyed gives a scan a key.
func Keyed(key string) func(*waybill.Scan) { return func(s *waybill.Scan) { s.Key = key } }

// Of says whose waybill is meant.
func Of(bizID string) func(*waybill.Scan) { return func(s *waybill.Scan) { s.BizID = bizID } }
