package wechat

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var (
	orderEvents    = []string{EventPrecreateOrder, EventAddOrder, EventReaddOrder}
	followUpEvents = []string{EventCancelOrder, EventPrecancelOrder, EventQueryOrder, EventAddTips, EventConfirmReturn}
)

// sampleInstant is what the samples of the events with an order say.
func sampleInstant(event string) InstantOrder {
	m := InstantOrder{
		ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: event, WXToken: "WXTOKEN", DeliveryToken: "xxxxxxxx",
		ShopID: "test_shop_id", ShopNo: "12345678", ShopOrderID: "test_shop_order_id", DeliverySign: "a93d8d6bae9a9483c1b1d4e8670e7f6226ec94cb",
		Sender:   InstantContact{Name: "刘一", City: "北京市", Address: "xx大厦", AddressDetail: "1号楼101", Phone: "13712345678", Lng: "116.383075", Lat: "40.448612", CoordinateType: "0"},
		Receiver: InstantContact{Name: "老王", City: "北京市", Address: "xxx地铁站", AddressDetail: "2号楼202", Phone: "18512345678", Lng: "116.50603", Lat: "40.15296", CoordinateType: "0"},
		Cargo: InstantCargo{
			Value: "5", Height: "1", Length: "3", Width: "2", Weight: "1", FirstClass: "美食夜宵", SecondClass: "零食小吃",
			Goods: []InstantGoods{{Count: "1", Name: "水果", Price: "10", Unit: "元"}, {Count: "2", Name: "蔬菜", Price: "20", Unit: "元"}},
		},
		OrderInfo: InstantInfo{
			OrderType: "0", ExpectedDelivery: "0", PoiSeq: "1111", Note: "test_note", OrderTime: "1555220757",
			IsInsured: "0", Tips: "0", IsDirect: "0", FinishCodeNeeded: "1", PickupCodeNeeded: "1",
		},
	}
	if event == EventPrecreateOrder {
		m.WXToken, m.DeliveryToken = "", ""
	}
	return m
}

// sampleFollowUp is what the samples of the other events say.
func sampleFollowUp(event string) InstantFollowUp {
	m := InstantFollowUp{
		ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: event, ShopID: "test_shop_id", ShopNo: "12345678",
		ShopOrderID: "test_shop_order_id", WaybillID: "123456789", DeliverySign: "a93d8d6bae9a9483c1b1d4e8670e7f6226ec94cb",
	}
	switch event {
	case EventCancelOrder, EventPrecancelOrder:
		m.CancelReasonID = "1"
	case EventAddTips:
		m.Tips = "5"
	}
	return m
}

// everyInstant has a text of its own in each field that may be left out.
func everyInstant() InstantOrder {
	m := sampleInstant(EventReaddOrder)
	m.Cargo.PickupInfo, m.Cargo.DeliveryInfo = "后门", "放门口"
	m.OrderInfo = InstantInfo{
		ServiceCode: "code", OrderType: "1", ExpectedDelivery: "1600000001", ExpectedFinish: "1600000002", ExpectedPickUp: "1600000003", PoiSeq: "seq", Note: "note", OrderTime: "1600000004", IsInsured: "1", DeclaredValue: "12.50", Tips: "3.5", IsDirect: "1", CashOnDelivery: "7.1", CashOnPickup: "8.2", PickMethod: "2", FinishCodeNeeded: "0", PickupCodeNeeded: "1",
	}
	return m
}

// sameInstant compares two messages, which do not print themselves.
func sameInstant(t testing.TB, what string, got, want InstantOrder) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, EncodeInstantOrder(JSON, got), EncodeInstantOrder(JSON, want))
	}
}

func sameFollowUp(t testing.TB, what string, got, want InstantFollowUp) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, EncodeInstantFollowUp(JSON, got), EncodeInstantFollowUp(JSON, want))
	}
}

// TestInstantSamples: the samples read as what they say, in any letter case of the
// event, and are what we write when we play WeChat.
func TestInstantSamples(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, event := range orderEvents {
			packet, want := sample(t, event+".request."+f.String()), sampleInstant(event)
			got, err := openPacket(t, packet).InstantOrder()
			must(t, err)
			sameInstant(t, event, got, want)
			if got, want := EncodeInstantOrder(f, want), compact(t, f, packet); !bytes.Equal(got, want) {
				t.Errorf("\n   got %s\nsample %s", got, want)
			}
			want.Event = strings.ToUpper(event)
			got, err = openPacket(t, EncodeInstantOrder(f, want)).InstantOrder()
			must(t, err)
			sameInstant(t, want.Event, got, want)
		}
		for _, event := range followUpEvents {
			packet, want := sample(t, event+".request."+f.String()), sampleFollowUp(event)
			got, err := openPacket(t, packet).InstantFollowUp()
			must(t, err)
			sameFollowUp(t, event, got, want)
			if got, want := EncodeInstantFollowUp(f, want), compact(t, f, packet); !bytes.Equal(got, want) {
				t.Errorf("\n   got %s\nsample %s", got, want)
			}
			want.Event = " " + strings.ToUpper(event)
			want.CancelReason, want.Remark = "x", "y" // one event has the one, another the other, the rest neither
			expected := want
			if want.CancelReasonID == "" {
				expected.CancelReason = ""
			}
			if want.Tips == "" {
				expected.Remark = ""
			}
			got, err = openPacket(t, EncodeInstantFollowUp(f, want)).InstantFollowUp()
			must(t, err)
			sameFollowUp(t, want.Event, got, expected)
		}
		// A merchant whom the company knows by shop_no need not name a sender.
		bare := InstantOrder{ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: EventAddOrder, ShopID: "s", ShopNo: "1", ShopOrderID: "o"}
		golden(t, "transport_add_order.bare."+f.String(), EncodeInstantOrder(f, bare))
		golden(t, "transport_readd_order.request."+f.String(), EncodeInstantOrder(f, everyInstant()))
		got, err := openPacket(t, EncodeInstantOrder(f, everyInstant())).InstantOrder()
		must(t, err)
		sameInstant(t, "every member", got, everyInstant())
	}
}

// TestInstantMembersOfOthers: what an event does not have is not read from it.
func TestInstantMembersOfOthers(t *testing.T) {
	t.Parallel()
	for _, event := range followUpEvents {
		packet := bytes.TrimSuffix(eventPacket(JSON, "event", event), []byte("}"))
		packet = append(packet, `,"cancel_reason_id":1,"cancel_reason":"a","tips":2,"remark":"b","shopid":"s"}`...)
		got, err := openPacket(t, packet).InstantFollowUp()
		must(t, err)
		want := InstantFollowUp{ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: event, ShopID: "s"}
		switch event {
		case EventCancelOrder, EventPrecancelOrder:
			want.CancelReasonID, want.CancelReason = "1", "a"
		case EventAddTips:
			want.Tips, want.Remark = "2", "b"
		}
		sameFollowUp(t, event, got, want)
	}
}

// TestInstantMessages: an event is read as its own message and as no other.
func TestInstantMessages(t *testing.T) {
	t.Parallel()
	events := slices.Concat(orderEvents, followUpEvents, []string{"transport_get_agent_pos", "get_auth_info", EventAddWaybill, EventCancelWaybill, "transport_", ""})
	for _, event := range events {
		p := openPacket(t, eventPacket(JSON, "event", event))
		_, err := p.InstantOrder()
		if want := slices.Contains(orderEvents, event); want != (err == nil) {
			t.Errorf("%q as an order: %v", event, err)
		} else if err != nil {
			refusedBy(t, err, CheckMessage)
		}
		_, err = p.InstantFollowUp()
		if want := slices.Contains(followUpEvents, event); want != (err == nil) {
			t.Errorf("%q about an order: %v", event, err)
		} else if err != nil {
			refusedBy(t, err, CheckMessage)
		}
	}
	_, err := openPacket(t, eventPacket(JSON, "text", EventAddOrder)).InstantOrder()
	refusedBy(t, err, CheckMessage)
	_, err = openPacket(t, eventPacket(JSON, "text", EventAddTips)).InstantFollowUp()
	refusedBy(t, err, CheckMessage)
}

// TestInstantShapes: ids and what WeChat itself writes must have their shape; a
// missing one of those is for the rule. Numbers keep their digits.
func TestInstantShapes(t *testing.T) {
	t.Parallel()
	const digits = "12345678901234567890123456789012345678"
	texts := map[string]func(InstantOrder, InstantFollowUp) [2]string{
		"shopid":        func(o InstantOrder, a InstantFollowUp) [2]string { return [2]string{o.ShopID, a.ShopID} },
		"shop_no":       func(o InstantOrder, a InstantFollowUp) [2]string { return [2]string{o.ShopNo, a.ShopNo} },
		"shop_order_id": func(o InstantOrder, a InstantFollowUp) [2]string { return [2]string{o.ShopOrderID, a.ShopOrderID} },
		"delivery_sign": func(o InstantOrder, a InstantFollowUp) [2]string { return [2]string{o.DeliverySign, a.DeliverySign} },
		"wx_token":      func(o InstantOrder, _ InstantFollowUp) [2]string { return [2]string{o.WXToken, "-"} },
		"waybill_id":    func(_ InstantOrder, a InstantFollowUp) [2]string { return [2]string{"-", a.WaybillID} },
	}
	read := func(name, shape string) (o InstantOrder, a InstantFollowUp, errs [2]error) {
		packet := func(event string) []byte {
			return []byte(`{"ToUserName":"gh_abcdefg","MsgType":"event","Event":"` + event + `","CreateTime":"5","` + name + `":` + shape + `}`)
		}
		o, errs[0] = openPacket(t, packet(EventReaddOrder)).InstantOrder()
		a, errs[1] = openPacket(t, packet(EventCancelOrder)).InstantFollowUp()
		return o, a, errs
	}
	for name, of := range texts {
		for shape, want := range map[string]string{`"5"`: "5", `5`: "5", `null`: "", `""`: "", `" 5 "`: " 5 ", digits: digits, `"` + digits + `"`: digits, `1.50`: "1.50"} {
			o, a, errs := read(name, shape)
			got := of(o, a)
			for i, text := range got {
				if errs[i] != nil || text != want && text != "-" {
					t.Errorf("%s of %s reads as %q, %v", name, shape, got, errs)
				}
			}
		}
		for _, shape := range []string{`{}`, `[]`, `["5"]`, `{"x":1}`} {
			o, a, errs := read(name, shape)
			for i, text := range of(o, a) {
				if text != "-" { // the event has the member
					refusedBy(t, errs[i], CheckMessage)
				}
			}
		}
	}
}

// TestInstant: the replies to fourteen events are in small letters.
func TestInstant(t *testing.T) {
	t.Parallel()
	others := []string{"transport_get_agent_pos", "transport_set_rider_score", "get_pre_auth_code", "get_auth_info", "cancel_auth_account", "mock_update_order_status"}
	for _, event := range slices.Concat(orderEvents, followUpEvents, others) {
		for _, spelt := range []string{event, " " + strings.ToUpper(event)} {
			if p := openPacket(t, eventPacket(XML, "event", spelt)); !p.Instant() {
				t.Errorf("%q is none", spelt)
			}
		}
	}
	for _, event := range []string{"", EventCancelWaybill, EventAddWaybill, EventCheckBiz, EventGetQuota, "add_single_waybill", "update_waybill_status", "transport_", "transport_add_order2"} {
		if openPacket(t, eventPacket(XML, "event", event)).Instant() {
			t.Errorf("%q is one", event)
		}
	}
	if openPacket(t, eventPacket(XML, "text", EventAddOrder)).Instant() {
		t.Error("a text message is one")
	}
	if len(instantEvents) != 14 {
		t.Errorf("%d events are listed", len(instantEvents))
	}
}

// TestInstantIdentities: the values that are stored stay, and are those of the
// push in both formats. They are computed apart from this code: the seven parts, each
// behind its length in eight bytes, most significant first.
func TestInstantIdentities(t *testing.T) {
	t.Parallel()
	for event, want := range map[string]string{
		EventPrecreateOrder: "c4568e20ffd04e7ebbdcd5e2c65da65d3563dfdfecdfe06f113532ae2e955558",
		EventAddOrder:       "20612e240e1adcb3c0f887b217b7cbe68098cc764eee844d33f9ca7a985a0e12",
		EventReaddOrder:     "9eb898802a53472d319ddd78a26ea2d87ef62c69fed703fff21c7eb63d996dd4",
		EventCancelOrder:    "f119b4e08a548e650393d5ee330e2878ce200af1b79c91251e390c10b983eb65",
		EventPrecancelOrder: "095937a015f5e9fd1d3df97057c681a076217d5432a318c19da716816464c56a",
		EventQueryOrder:     "23a172367fe0272a0995eecb886cde96a985832da0b2a36cf1206418b0f1739a",
		EventAddTips:        "9968e7bcffbbb2ba35496cb59678327a8a8f2b848f437c0a5e870b0ba7830792",
		EventConfirmReturn:  "b07f9e6fb88f91b014bb05323fe09e2ba1b8882c575875b3744e0ea8d7e174a1",
	} {
		id := sampleFollowUp(event).Identity()
		if slices.Contains(orderEvents, event) {
			id = sampleInstant(event).Identity()
		}
		if got := hex.EncodeToString(id[:]); got != want {
			t.Errorf("%s: identity %s, want %s", event, got, want)
		}
		for _, f := range formats {
			packet := sample(t, event+".request."+f.String())
			for _, spelt := range [][]byte{packet, bytes.Replace(packet, []byte(event), []byte(" "+strings.ToUpper(event)), 1)} {
				p := openPacket(t, spelt)
				if p.Identity() != id {
					t.Errorf("%s in %v: the push has another identity than its message", event, f)
				}
			}
		}
	}
}

// TestInstantIdentityParts: each of the seven parts counts, and nothing else does.
func TestInstantIdentityParts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*InstantOrder)
		same   []string // for these events
	}{
		{"case of the event", func(m *InstantOrder) { m.Event = " " + strings.ToUpper(m.Event) + "\n" }, orderEvents},
		{"sign", func(m *InstantOrder) { m.DeliverySign = "x" }, orderEvents},
		{"price's token", func(m *InstantOrder) { m.DeliveryToken = "x" }, orderEvents},
		{"branch", func(m *InstantOrder) { m.ShopNo = "x" }, orderEvents},
		{"the order itself", func(m *InstantOrder) {
			m.Sender, m.Receiver, m.Cargo, m.OrderInfo = InstantContact{}, InstantContact{}, InstantCargo{}, InstantInfo{Tips: "9"}
		}, orderEvents},
		{"WeChat's token", func(m *InstantOrder) { m.WXToken = "x" }, []string{EventPrecreateOrder}},
		{"event", func(m *InstantOrder) { m.Event = "x" }, nil},
		{"user", func(m *InstantOrder) { m.FromUserName = "x" }, nil},
		{"time", func(m *InstantOrder) { m.CreateTime++ }, nil},
		{"shop", func(m *InstantOrder) { m.ShopID = "x" }, nil},
		{"order", func(m *InstantOrder) { m.ShopOrderID = "x" }, nil},
		{"a letter moved to the next part", func(m *InstantOrder) { m.ShopID, m.ShopOrderID = "test_shop_i", "dtest_shop_order_id" }, nil},
	} {
		for _, event := range orderEvents {
			m := sampleInstant(event)
			tt.change(&m)
			if got, want := m.Identity() == sampleInstant(event).Identity(), slices.Contains(tt.same, event); got != want {
				t.Errorf("%s, %s: same %v, want %v", event, tt.name, got, want)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*InstantFollowUp)
		other  []string // for these events
	}{
		{"case of the event", func(m *InstantFollowUp) { m.Event = " " + strings.ToUpper(m.Event) + "\n" }, nil},
		{"sign", func(m *InstantFollowUp) { m.DeliverySign = "x" }, nil},
		{"branch", func(m *InstantFollowUp) { m.ShopNo = "x" }, nil},
		{"text", func(m *InstantFollowUp) { m.CancelReasonID, m.CancelReason, m.Remark = "6", "x", "x" }, nil},
		{"tip", func(m *InstantFollowUp) { m.Tips = "6" }, []string{EventAddTips}},
		{"event", func(m *InstantFollowUp) { m.Event = "x" }, followUpEvents},
		{"user", func(m *InstantFollowUp) { m.FromUserName = "x" }, followUpEvents},
		{"time", func(m *InstantFollowUp) { m.CreateTime++ }, followUpEvents},
		{"shop", func(m *InstantFollowUp) { m.ShopID = "x" }, followUpEvents},
		{"order", func(m *InstantFollowUp) { m.ShopOrderID = "x" }, followUpEvents},
		{"waybill", func(m *InstantFollowUp) { m.WaybillID = "" }, followUpEvents},
	} {
		for _, event := range followUpEvents {
			m := sampleFollowUp(event)
			tt.change(&m)
			if got, want := m.Identity() != sampleFollowUp(event).Identity(), slices.Contains(tt.other, event); got != want {
				t.Errorf("%s, %s: other %v, want %v", event, tt.name, got, want)
			}
		}
	}
	// Members that an event does not have do not part its pushes either.
	plain := sample(t, EventPrecreateOrder+".request.json")
	more := bytes.Replace(plain, []byte("{"), []byte(`{"waybill_id":"1","wx_token":"2","tips":3,"":4,`), 1)
	if openPacket(t, more).Identity() != openPacket(t, plain).Identity() {
		t.Error("members of other events make it another push")
	}
}
