package delivery

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/ledger"
)

// differs names the fields in which two structs differ: their values must not be printed.
func differs(got, want any) []string {
	var names []string
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range g.NumField() {
		if !reflect.DeepEqual(g.Field(i).Interface(), w.Field(i).Interface()) {
			names = append(names, g.Type().Field(i).Name)
		}
	}
	return names
}

// Every field of an order is read: texts are trimmed, figures are in their units.
func TestNewOrderRequest(t *testing.T) {
	f := orderFields()
	f.ShopID, f.ShopNo, f.OrderID, f.Sign, f.WXToken, f.Token = " S ", "\tN", "O\n", " ab ", " WX ", " tok "
	f.Sender.Name, f.Sender.Address, f.Sender.Lng, f.Sender.Lat = " 刘一 ", "xx大厦\r\n\t东门", "-116.3830755", "39.915"
	f.Receiver.CoordinateType, f.Receiver.Lng, f.Receiver.Lat = "1", "116.404", "39.915"
	f.Cargo = CargoFields{
		Value: "30.299999999999997", Height: "1.005", Length: "3.1", Width: "2.004", Weight: "1.236",
		Goods:      []GoodsFields{{Count: " 3.0 ", Name: " 水果\n篮 ", Price: "10.5", Unit: " 个 "}, {Count: "1", Name: "x", Price: "", Unit: ""}},
		PickupInfo: " 侧门\n左 ", DeliveryInfo: "\t轻放 ", FirstClass: " 美食 ", SecondClass: "零食\n",
	}
	f.Info = InfoFields{
		ServiceCode: " code ", OrderType: "1", ExpectedDelivery: "1795342800", ExpectedFinish: "1795342801", ExpectedPickUp: "1795342799",
		PoiSeq: " 7 ", Note: " a\nb ", OrderTime: "1795000000", IsInsured: "1", DeclaredValue: "100.55", Tips: "2.5", IsDirect: "1",
		CashOnDelivery: "1.01", CashOnPickup: "2", PickMethod: "2", FinishCodeNeeded: "1", PickupCodeNeeded: "0",
	}
	push := ledger.Push{ID: mine, Event: "transport_add_order"}
	want := Request{
		Push: push, Kind: Add, ShopID: "S", OrderID: "O", ShopNo: "N", Sign: "ab", WXToken: "WX", Token: "tok",
		Order: Order{
			Sender:   Contact{Name: "刘一", City: "北京市", Address: "xx大厦 东门", AddressDetail: "1号楼101", Phone: "13712345678", At: Point{Lng: -116_383_076, Lat: 39_915_000}},
			Receiver: Contact{Name: "老王", City: "北京市", Address: "xxx地铁站", AddressDetail: "2号楼202", Phone: "18512345678", At: Point{Lng: 116_397_627, Lat: 39_908_657}},
			Cargo: Cargo{
				Value: 3030, Grams: 1240, HeightTenths: 101, LengthTenths: 310, WidthTenths: 200,
				Goods:      []Goods{{Count: 3, Name: "水果 篮", Price: 1050, Unit: "个"}, {Count: 1, Name: "x", Price: 0, Unit: ""}},
				PickupInfo: "侧门 左", DeliveryInfo: "轻放", FirstClass: "美食", SecondClass: "零食",
			},
			ServiceCode: "code", Booked: true, Expected: time.Unix(1795342801, 0).UTC(), PoiSeq: "7", Note: "a b",
			Insured: true, DeclaredValue: 10055, Tips: 250, Direct: true, CashOnDelivery: 101, CashOnPickup: 200, PickMethod: 2,
			FinishCode: true,
		},
	}
	got := NewOrderRequest(push, Add, f)
	if names := slices.Concat(differs(got, want), differs(got.Order, want.Order), differs(got.Order.Cargo, want.Order.Cargo)); names != nil {
		t.Errorf("%v differ", names)
	}
	if f.Sender.Name != " 刘一 " || f.Cargo.Goods[0].Name != " 水果\n篮 " {
		t.Error("the fields were changed")
	}
}

// A push about an order has ids and, of some kinds, an amount or a reason.
func TestNewRequest(t *testing.T) {
	push := ledger.Push{ID: mine}
	w := RequestFields{
		ShopID: " S\n", OrderID: " O ", ShopNo: " N ", WaybillID: " W ", Sign: " ab ",
		CancelReasonID: " 6 ", Tips: "5.005",
	}
	want := Request{Push: push, Kind: Cancel, ShopID: "S", OrderID: "O", ShopNo: "N", WaybillID: "W", Sign: "ab", CancelReasonID: 6}
	if names := differs(NewRequest(push, Cancel, w), want); names != nil {
		t.Errorf("%v differ", names)
	}
	want.Kind, want.Tips = Tip, 501
	if names := differs(NewRequest(push, Tip, w), want); names != nil {
		t.Errorf("of a tip: %v differ", names)
	}
	w.CancelReasonID, w.Tips = "7", "x"
	want.Kind, want.CancelReasonID, want.Tips = Query, 0, 0
	if names := differs(NewRequest(push, Query, w), want); names != nil {
		t.Errorf("what is of no matter: %v differ", names)
	}
}

// A booking without a time is refused before the clock is needed.
func TestBookedForNoTime(t *testing.T) {
	for expected, want := range map[string]Reason{"": ExpectedTimeWrong, "0": ExpectedTimeWrong, "x": ExpectedTimeWrong, "1": ""} {
		f := orderFields()
		f.Info.OrderType, f.Info.ExpectedDelivery = "1", expected
		if got := NewOrderRequest(ledger.Push{}, Add, f).Fault; got != want {
			t.Errorf("%q: %q, want %q", expected, got, want)
		}
	}
}

// The ids on both sides of every edge, for every kind. Those of the shop and the order are
// needed.
func TestIDs(t *testing.T) {
	bad := map[string]string{
		"too long": x(129), "too long in bytes": strings.Repeat("单", 43), "NUL": "a\x00b", "line feed": "a\nb", "delete": "a\x7f", "C1": "a\u0085b", "not UTF-8": "a\xffb", "a character lost": "a\ufffd",
	}
	good := map[string]string{"longest": x(128), "longest in bytes": strings.Repeat("单", 42) + "xx", "space around": "  x\n", "space inside": "a b"}
	empty := map[string]string{"empty": "", "white space": " \t\u3000"}
	fields := map[string]string{"shop": "shopid", "order": "shop_order_id", "shop no": "shop_no", "waybill": "waybill_id"}
	for _, kind := range Kinds() {
		for name, at := range map[string]func(*OrderFields, *RequestFields) (*string, *string){
			"shop":    func(f *OrderFields, w *RequestFields) (*string, *string) { return &f.ShopID, &w.ShopID },
			"order":   func(f *OrderFields, w *RequestFields) (*string, *string) { return &f.OrderID, &w.OrderID },
			"shop no": func(f *OrderFields, w *RequestFields) (*string, *string) { return &f.ShopNo, &w.ShopNo },
			"waybill": func(_ *OrderFields, w *RequestFields) (*string, *string) { return nil, &w.WaybillID },
		} {
			check := func(list map[string]string, want Reason) {
				for what, id := range list {
					f, w := orderFields(), requestFields()
					inOrder, inRequest := at(&f, &w)
					if kind.carries() && inOrder == nil {
						continue
					}
					if inOrder != nil {
						*inOrder = id
					}
					*inRequest = id
					if got := request(kind, f, w); got.Fault != want || (want == "") != (got.Field == "") || want != "" && got.Field != fields[name] {
						t.Errorf("%s: %s %s: %q of %q, want %q", kind, what, name, got.Fault, got.Field, want)
					}
				}
			}
			check(bad, BadIDs)
			check(good, "")
			if name == "shop" || name == "order" {
				check(empty, BadIDs)
			} else {
				check(empty, "")
			}
		}
	}
}

// WeChat's token has at most 1024 bytes, and may be empty.
func TestWXToken(t *testing.T) {
	for token, want := range map[string]Reason{
		"": "", " ": "", strings.Repeat("x", 1024): "", strings.Repeat("x", 1025): BadIDs, "a\x00": BadIDs, "a\ufffd": BadIDs,
	} {
		f := orderFields()
		f.WXToken = token
		if got := NewOrderRequest(ledger.Push{}, Add, f).Fault; got != want {
			t.Errorf("%d bytes: %q", len(token), got)
		}
	}
}

// A request with invalid ids keeps those that the ledger needs.
func TestMalformedKeepsItsIDs(t *testing.T) {
	f := orderFields()
	f.ShopID, f.OrderID = "", " O\x00 "
	if r := NewOrderRequest(ledger.Push{}, Readd, f); r.Fault != BadIDs || r.OrderID != "O\x00" || !reflect.ValueOf(r.Order).IsZero() {
		t.Errorf("%q, order %q", r.Fault, r.OrderID)
	}
	w := requestFields()
	w.ShopID, w.WaybillID, w.Tips = strings.Repeat("x", 129), " W ", "x"
	if r := NewRequest(ledger.Push{}, Tip, w); r.Fault != BadIDs || r.WaybillID != "W" || len(r.ShopID) != 129 {
		t.Errorf("%q, waybill %q", r.Fault, r.WaybillID)
	}
}
