package handler_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// requestFor pushes a packet to a new server and returns what its store got.
func requestFor[R any](t testing.TB, f wechat.Format, m wechat.Mode, packet []byte) R {
	t.Helper()
	s := newServer(t, m)
	if w, _ := s.push(t, f, m, packet); w.Code != 200 {
		t.Fatalf("status %d; the log:\n%s", w.Code, s.written)
	}
	return onlyRequest[R](t, s.store)
}

// storeGets fails the test unless a packet becomes this request, in all formats and
// modes. What is compared does not show itself when it is printed.
func storeGets[R any](
	t *testing.T, event string, id ledger.PushID, packet func(wechat.Format) []byte, push func(*R) *ledger.Push, want func(ledger.Push) R,
) {
	t.Helper()
	for f, m := range everyWay {
		begun := time.Now()
		got := requestFor[R](t, f, m, packet(f))
		p := *push(&got)
		if p.Received.Before(begun) || p.Received.After(time.Now()) || (p.Binding != nil) != (m == wechat.Plain) {
			t.Errorf("%s %v %v: received at %v, binding %v", event, f, m, p.Received, p.Binding)
		}
		w := want(ledger.Push{ID: id, Account: userName, Event: event, Format: f.String(), Mode: m.String(), Received: p.Received, Binding: p.Binding})
		if !reflect.DeepEqual(got, w) {
			t.Errorf("%s %v %v: the request is another one", event, f, m)
		}
	}
}

// TestStoreGetsCancel: the request says what the message said, with the ids trimmed
// for the look-up and the password as it is.
func TestStoreGetsCancel(t *testing.T) {
	t.Parallel()
	msg := sampleCancel
	msg.BizID, msg.OrderID, msg.WayBillID, msg.ShopAppID = " xyz", "\t0123 ", "123456789\n", " wxABCD "
	msg.BizPwd = " pass word "
	storeGets(t, "cancel_waybill", msg.Identity(), func(f wechat.Format) []byte { return wechat.EncodeCancel(f, msg) },
		func(r *waybill.CancelRequest) *ledger.Push { return &r.Push }, func(p ledger.Push) waybill.CancelRequest {
			return waybill.CancelRequest{Push: p, BizID: "xyz", Password: " pass word ", ShopAppID: "wxABCD", OrderID: "0123", WaybillID: "123456789"}
		})
}

// TestStoreGetsAccount: who asks, trimmed in the same way.
func TestStoreGetsAccount(t *testing.T) {
	t.Parallel()
	check, quota := sampleCheckBiz, sampleGetQuota
	check.BizID, check.BizPwd, quota.BizID, quota.BizPwd = " xyz\t", " pass ", " xyz\t", " pass "
	check.ShopAppID, quota.ShopAppID = " wxABCD\n", " wxABCD\n"
	want := func(p ledger.Push) waybill.AccountRequest {
		return waybill.AccountRequest{Push: p, BizID: "xyz", Password: " pass "}
	}
	bind := func(p ledger.Push) waybill.AccountRequest {
		r := want(p)
		r.Binds, r.ShopAppID = true, "wxABCD"
		return r
	}
	push := func(r *waybill.AccountRequest) *ledger.Push { return &r.Push }
	storeGets(t, "check_biz", check.Identity(), func(f wechat.Format) []byte { return wechat.EncodeCheckBiz(f, check) }, push, bind)
	storeGets(t, "get_quota", quota.Identity(), func(f wechat.Format) []byte { return wechat.EncodeGetQuota(f, quota) }, push, want)
}

// TestStoreGetsBooking: each text of the order in its own place.
func TestStoreGetsBooking(t *testing.T) {
	t.Parallel()
	msg := sampleBooking
	marked(reflect.ValueOf(&msg).Elem(), "")
	msg.ToUserName, msg.Event = userName, "add_waybill"
	person := func(side string) waybill.Contact {
		return waybill.Contact{
			Name: side + ".Name-mark", Tel: side + ".Tel-mark", Mobile: side + ".Mobile-mark", Company: side + ".Company-mark", PostCode: side + ".PostCode-mark",
			Country: side + ".Country-mark", Province: side + ".Province-mark", City: side + ".City-mark", Area: side + ".Area-mark", Address: side + ".Address-mark",
		}
	}
	order := waybill.Order{
		BizID: ".BizID-mark", Password: ".BizPwd-mark", ShopAppID: ".ShopAppID-mark", OrderID: ".OrderID-mark", WaybillID: ".WayBillID-mark",
		Token: ".Token-mark", Remark: ".Remark-mark", Sender: person(".Sender"), Receiver: person(".Receiver"),
		// The rule reads figures and keeps no text of them, so these are some.
		Weight: "1.5", SpaceX: "2", SpaceY: "3", SpaceZ: "4", Count: "5", UseInsured: "1", InsuredValue: "6", ServiceType: "7",
		Goods:       []waybill.OrderGoods{{Name: ".Cargo.DetailList.0.Name-mark", Count: "8"}, {Name: ".Cargo.DetailList.1.Name-mark", Count: "9"}},
		ServiceName: ".Service.ServiceName-mark",
	}
	msg.Cargo.Weight, msg.Cargo.SpaceX, msg.Cargo.SpaceY, msg.Cargo.SpaceZ, msg.Cargo.Count = "1.5", "2", "3", "4", "5"
	msg.Insured, msg.Service.ServiceType = wechat.Insured{UseInsured: "1", InsuredValue: "6"}, "7"
	msg.Cargo.DetailList[0].Count, msg.Cargo.DetailList[1].Count = "8", "9"
	storeGets(t, "add_waybill", msg.Identity(), func(f wechat.Format) []byte { return wechat.EncodeAddWaybill(f, msg) },
		func(r *waybill.BookingRequest) *ledger.Push { return &r.Push }, func(p ledger.Push) waybill.BookingRequest {
			want := waybill.NewBookingRequest(p, order)
			if want.Field != "" || want.Parcel.Field != "" || want.Service.Field != "" {
				t.Fatalf("the test's own order is malformed: %+v %+v", want.Push, want.Parcel)
			}
			return want
		})
}

// TestStoreGetsInstantOrder: the same of an order of instant delivery.
func TestStoreGetsInstantOrder(t *testing.T) {
	t.Parallel()
	for event, kind := range orderEvents {
		msg := orderOf(event)
		msg.ShopID, msg.ShopNo, msg.ShopOrderID, msg.DeliverySign = " shop ", "no", "order\n", "sign"
		msg.DeliveryToken = "token"
		msg.Sender = wechat.InstantContact{Name: "s1", City: "s2", Address: "s3", AddressDetail: "s4", Phone: "s5", Lng: "1.5", Lat: "2.5", CoordinateType: "0"}
		msg.Receiver = wechat.InstantContact{Name: "r1", City: "r2", Address: "r3", AddressDetail: "r4", Phone: "r5", Lng: "1.6", Lat: "2.6", CoordinateType: "1"}
		msg.Cargo = wechat.InstantCargo{
			Value: "11", Height: "12", Length: "13", Width: "14", Weight: "15", PickupInfo: "c1", DeliveryInfo: "c2", FirstClass: "c3", SecondClass: "c4",
			Goods: []wechat.InstantGoods{{Count: "1", Name: "g1", Price: "2", Unit: "u1"}, {Count: "3", Name: "g2", Price: "4", Unit: "u2"}},
		}
		msg.OrderInfo = wechat.InstantInfo{
			ServiceCode: "i1", OrderType: "1", ExpectedDelivery: "1999999901", ExpectedFinish: "1999999902", ExpectedPickUp: "1999999903", PoiSeq: "i2", Note: "i3",
			OrderTime: "1555220757", IsInsured: "1", DeclaredValue: "21", Tips: "22", IsDirect: "1", CashOnDelivery: "23", CashOnPickup: "24", PickMethod: "2",
			FinishCodeNeeded: "1", PickupCodeNeeded: "0",
		}
		fields := delivery.OrderFields{
			ShopID: "shop", ShopNo: "no", OrderID: "order", Sign: "sign", WXToken: msg.WXToken, Token: "token",
			Sender:   delivery.ContactFields{Name: "s1", City: "s2", Address: "s3", AddressDetail: "s4", Phone: "s5", Lng: "1.5", Lat: "2.5", CoordinateType: "0"},
			Receiver: delivery.ContactFields{Name: "r1", City: "r2", Address: "r3", AddressDetail: "r4", Phone: "r5", Lng: "1.6", Lat: "2.6", CoordinateType: "1"},
			Cargo: delivery.CargoFields{
				Value: "11", Height: "12", Length: "13", Width: "14", Weight: "15", PickupInfo: "c1", DeliveryInfo: "c2", FirstClass: "c3", SecondClass: "c4",
				Goods: []delivery.GoodsFields{{Count: "1", Name: "g1", Price: "2", Unit: "u1"}, {Count: "3", Name: "g2", Price: "4", Unit: "u2"}},
			},
			Info: delivery.InfoFields{
				ServiceCode: "i1", OrderType: "1", ExpectedDelivery: "1999999901", ExpectedFinish: "1999999902", ExpectedPickUp: "1999999903", PoiSeq: "i2", Note: "i3",
				OrderTime: "1555220757", IsInsured: "1", DeclaredValue: "21", Tips: "22", IsDirect: "1", CashOnDelivery: "23", CashOnPickup: "24", PickMethod: "2",
				FinishCodeNeeded: "1", PickupCodeNeeded: "0",
			},
		}
		storeGets(t, event, msg.Identity(), func(f wechat.Format) []byte { return wechat.EncodeInstantOrder(f, msg) }, instantPush,
			func(p ledger.Push) delivery.Request {
				want := delivery.NewOrderRequest(p, kind, fields)
				if want.Fault != "" || want.Order.Cargo.Goods[1].Name != "g2" {
					t.Fatalf("the test's own order has the fault %s", want.Fault)
				}
				return want
			})
	}
}

func instantPush(r *delivery.Request) *ledger.Push { return &r.Push }

// TestStoreGetsInstantFollowUp: the same about an order that was placed.
func TestStoreGetsInstantFollowUp(t *testing.T) {
	t.Parallel()
	for event, kind := range followUpEvents {
		msg := followUpOf(event)
		msg.ShopID, msg.ShopNo, msg.ShopOrderID, msg.WaybillID, msg.DeliverySign = " shop ", "no", "order\n", "way", "sign"
		fields := delivery.RequestFields{ShopID: "shop", OrderID: "order", ShopNo: "no", WaybillID: "way", Sign: "sign"}
		switch kind {
		case delivery.Cancel, delivery.Precancel:
			msg.CancelReasonID, msg.CancelReason, fields.CancelReasonID = "6", "so", "6"
		case delivery.Tip:
			msg.Tips, msg.Remark, fields.Tips = "7.50", "thanks", "7.50"
		}
		storeGets(t, event, msg.Identity(), func(f wechat.Format) []byte { return wechat.EncodeInstantFollowUp(f, msg) }, instantPush,
			func(p ledger.Push) delivery.Request {
				want := delivery.NewRequest(p, kind, fields)
				if want.Fault != "" || kind == delivery.Tip && want.Tips != 750 || kind == delivery.Cancel && want.CancelReasonID != 6 {
					t.Fatalf("the test's own request has the fault %s", want.Fault)
				}
				return want
			})
	}
}

// TestMalformedIDs: what cannot be an id is said to be so, and is still for the rules
// to answer.
func TestMalformedIDs(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*wechat.CancelWaybill){
		"empty":   func(m *wechat.CancelWaybill) { m.WayBillID = "" },
		"blank":   func(m *wechat.CancelWaybill) { m.BizID = "  " },
		"control": func(m *wechat.CancelWaybill) { m.OrderID = "1\x7f2" },
		"long":    func(m *wechat.CancelWaybill) { m.WayBillID = strings.Repeat("9", 129) },
	} {
		msg := sampleCancel
		spoil(&msg)
		if got := requestFor[waybill.CancelRequest](t, wechat.JSON, wechat.Secure, wechat.EncodeCancel(wechat.JSON, msg)); !got.Malformed || got.Field == "" {
			t.Errorf("%s: %+v passes", name, got)
		}
	}
}

// TestIdentity: a push sent again is the same push, however it is carried; a push in
// which anything differs that decides is another.
func TestIdentity(t *testing.T) {
	t.Parallel()
	identity := func(f wechat.Format, m wechat.Mode, msg wechat.CancelWaybill) ledger.PushID {
		return requestFor[waybill.CancelRequest](t, f, m, wechat.EncodeCancel(f, msg)).Push.ID
	}
	first := identity(wechat.XML, wechat.Secure, sampleCancel)
	for f, m := range everyWay {
		if identity(f, m, sampleCancel) != first {
			t.Errorf("the same push in %v and %v has another identity", f, m)
		}
	}
	for name, change := range map[string]func(*wechat.CancelWaybill){
		"CreateTime":   func(m *wechat.CancelWaybill) { m.CreateTime++ },
		"FromUserName": func(m *wechat.CancelWaybill) { m.FromUserName += "E" },
		"BizID":        func(m *wechat.CancelWaybill) { m.BizID += "z" },
		"OrderID":      func(m *wechat.CancelWaybill) { m.OrderID += "0" },
		"WayBillID":    func(m *wechat.CancelWaybill) { m.WayBillID += "0" },
		"":             func(m *wechat.CancelWaybill) { m.Event = "CANCEL_Waybill" }, // is the same
	} {
		msg := sampleCancel
		change(&msg)
		if same := identity(wechat.XML, wechat.Secure, msg) == first; same != (name == "") {
			t.Errorf("another %s: is it the same push: %v", name, same)
		}
	}
}
