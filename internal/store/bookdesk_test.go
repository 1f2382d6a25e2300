package store_test

import (
	"context"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/waybill"
)

// offer is a small carrier's whole catalogue.
const offer = `
	INSERT INTO service VALUES (1, 'standard', 'STD', 50000, 2000, 10, 1000000);
	INSERT INTO area VALUES ('', '', '', true, true), ('西藏', '', '', true, false), ('上海', '', '', false, true);
	INSERT INTO route VALUES ('广东', '广州', '', 1, 'mark', '888-666'), ('广东', '广州', '', 2, 'bag', '广州');
	INSERT INTO number_range VALUES ('wechat', 'WX', 8, 'none', 1, 99999999, 1, true), ('own', 'CH', 8, 'none', 1, 99999999, 1, false);
	UPDATE catalogue SET version = version + 1`

// newBookDesk is a desk with a catalogue, and with merchants whose password is
// pw too: P, who has paid for quota waybills, and more by their names.
func newBookDesk(tb testing.TB, quota int, change ...func(store.Options) store.Options) desk {
	tb.Helper()
	d := newDesk(tb, change...)
	d.exec(tb, `INSERT INTO merchant (biz_id, password_hash) SELECT 'P', password_hash FROM merchant WHERE biz_id = 'B'`)
	d.exec(tb, `INSERT INTO quota VALUES ('P', $1)`, quota)
	d.exec(tb, offer)
	return d
}

// order makes push n's order of a merchant. The number is of the carrier's own.
func order(n int, bizID, orderID string, change ...func(*waybill.Order)) waybill.BookingRequest {
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
	return waybill.NewBookingRequest(bookPush(n), o)
}

func bookPush(n int) ledger.Push {
	return ledger.Push{
		ID:    ledger.PushID{byte(n >> 16), byte(n >> 8), byte(n), 2},
		Event: "add_waybill", Format: "json", Mode: "secure", Received: time.Now(),
	}
}

// numbered gives an order WeChat's number.
func numbered(number string) func(*waybill.Order) {
	return func(o *waybill.Order) { o.WaybillID = number }
}

// place expects an answer to an order.
func (d desk) place(tb testing.TB, r waybill.BookingRequest) waybill.BookingDecision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	got, err := d.Book(ctx, r)
	if err != nil {
		tb.Errorf("book %s: %v", r.OrderID, err)
	}
	return got
}

// placed expects an order to be accepted as a new one, and gives its number.
func (d desk) placed(tb testing.TB, r waybill.BookingRequest) string {
	tb.Helper()
	got := d.place(tb, r)
	if got.Reason != waybill.Accepted || got.Repeat || got.WaybillID == "" {
		tb.Errorf("book %s: got %+v", r.OrderID, got)
	}
	return got.WaybillID
}

func (d desk) refused(tb testing.TB, r waybill.BookingRequest, why waybill.Reason) {
	tb.Helper()
	if got := d.place(tb, r); got != (waybill.BookingDecision{Reason: why}) {
		tb.Errorf("book %s: got %+v, want %s", r.OrderID, got, why)
	}
}

// account asks about a merchant's account.
func (d desk) account(tb testing.TB, bizID string, pwd waybill.Password) waybill.AccountDecision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	p := ledger.Push{ID: ledger.PushID{3}, Event: "get_quota", Format: "json", Mode: "secure", Received: time.Now()}
	got, err := d.Account(ctx, waybill.NewAccountRequest(p, bizID, pwd))
	if err != nil {
		tb.Errorf("account of %s: %v", bizID, err)
	}
	return got
}

func (d desk) quota(tb testing.TB, bizID string) int {
	tb.Helper()
	return d.number(tb, `SELECT remaining FROM quota WHERE biz_id = $1`, bizID)
}
