package wechat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// transportPacket is a push of that event with those members of the merchant's.
func transportPacket(f Format, event, merchants string) []byte {
	end := "</xml>"
	if f == JSON {
		end, merchants = "}", ","+merchants
	}
	return append(bytes.TrimSuffix(eventPacket(f, "event", event), []byte(end)), merchants+end...)
}

// TestTransportTolerance: whatever the merchant's members look like, the push is
// read; and each of them is there or as if it were not.
func TestTransportTolerance(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("9", 400)
	name := func(n string) TransportOrder { return TransportOrder{Sender: TransportContact{Name: n}} }
	goods := func(lines ...TransportGoods) TransportOrder {
		return TransportOrder{Cargo: TransportCargo{Goods: lines}}
	}
	fruit := TransportGoods{Count: "1", Name: "a"}
	tests := []struct {
		name   string
		inXML  string // "": the format has no such thing
		inJSON string
		want   TransportOrder // the merchant's part
	}{
		{"token", "<delivery_token> a </delivery_token>", `"delivery_token":" a "`, TransportOrder{DeliveryToken: " a "}},
		{"token as a number", "<delivery_token>12345678901234567890</delivery_token>", `"delivery_token":12345678901234567890`, TransportOrder{DeliveryToken: "12345678901234567890"}},
		{"object for the token", "<delivery_token><a>x</a></delivery_token>", `"delivery_token":{"a":"x"}`, TransportOrder{}},
		{"null", "<sender/><cargo/>", `"sender":null,"cargo":null,"order_info":null,"delivery_token":null`, TransportOrder{}},
		{"contact", "<sender><name>x</name></sender>", `"sender":{"name":"x"}`, name("x")},
		{"contact with strangers", "<sender><a/><name>x</name><b><c>1</c></b></sender>", `"sender":{"a":null,"name":"x","b":{"c":1}}`, name("x")},
		{"contact in a list of one", "", `"sender":[{"name":"x"}]`, name("x")},
		{"contacts, two", "<sender><name>x</name></sender><sender><name>y</name></sender>", `"sender":[{"name":"x"},{"name":"y"}]`, TransportOrder{}},
		{"text for a contact", "<sender>x</sender>", `"sender":"x"`, TransportOrder{}},
		{"express's spelling", "<Sender><Name>x</Name></Sender>", `"Sender":{"Name":"x"}`, TransportOrder{}},
		{"express's members", "<sender><Name>x</Name></sender>", `"sender":{"Name":"x"}`, TransportOrder{}},
		{"object for a name", "<sender><name><a>x</a></name><phone>1</phone></sender>", `"sender":{"name":{"a":"x"},"phone":1}`, TransportOrder{Sender: TransportContact{Phone: "1"}}},
		{"degrees", "<receiver><lng>116.5060300</lng><lat>-4e1</lat><coordinate_type><![CDATA[1]]></coordinate_type></receiver>", `"receiver":{"lng":116.5060300,"lat":-4e1,"coordinate_type":"1"}`,
			TransportOrder{Receiver: TransportContact{Lng: "116.5060300", Lat: "-4e1", CoordinateType: "1"}}},
		{"huge figures", "<cargo><goods_value>1e999999</goods_value><goods_weight>" + long + "</goods_weight></cargo>", `"cargo":{"goods_value":1e999999,"goods_weight":` + long + `}`,
			TransportOrder{Cargo: TransportCargo{Value: "1e999999", Weight: long}}},
		{"flags", "<order_info><is_insured>true</is_insured><is_finish_code_needed> 1 </is_finish_code_needed></order_info>", `"order_info":{"is_insured":true,"is_finish_code_needed":" 1 "}`,
			TransportOrder{OrderInfo: TransportInfo{IsInsured: "true", FinishCodeNeeded: " 1 "}}},
		{"info in a list of one", "", `"order_info":[{"tips":1.50}]`, TransportOrder{OrderInfo: TransportInfo{Tips: "1.50"}}},
		{"goods, one", "<cargo><goods_detail><goods><good_count>1</good_count><good_name>a</good_name></goods></goods_detail></cargo>",
			`"cargo":{"goods_detail":{"goods":{"good_count":1,"good_name":"a"}}}`, goods(fruit)},
		{"goods, list of one", "", `"cargo":{"goods_detail":{"goods":[{"good_count":1,"good_name":"a"}]}}`, goods(fruit)},
		{"goods in a list of one detail", "", `"cargo":[{"goods_detail":[{"goods":[{"good_count":1,"good_name":"a"}]}]}]`, goods(fruit)},
		{"goods, two", "<cargo><goods_detail><goods><good_count>1</good_count><good_name>a</good_name></goods><goods><good_price>2</good_price><good_unit>b</good_unit></goods></goods_detail></cargo>",
			`"cargo":{"goods_detail":{"goods":[{"good_count":1,"good_name":"a"},{"good_price":2,"good_unit":"b"}]}}`, goods(fruit, TransportGoods{Price: "2", Unit: "b"})},
		{"goods, apart", "<cargo><goods_detail><goods><good_name>a</good_name></goods><x/><goods><good_name>b</good_name></goods></goods_detail></cargo>", "", goods(TransportGoods{Name: "a"}, TransportGoods{Name: "b"})},
		{"goods, one of them nothing", "<cargo><goods_detail><goods><good_name>a</good_name></goods><goods/></goods_detail></cargo>", `"cargo":{"goods_detail":{"goods":[{"good_name":"a"},null]}}`, goods(TransportGoods{Name: "a"}, TransportGoods{})},
		{"goods, none", "<cargo><goods_detail/></cargo>", `"cargo":{"goods_detail":{"goods":[]}}`, TransportOrder{}},
		{"details, two", "<cargo><goods_detail><goods><good_name>a</good_name></goods></goods_detail><goods_detail><goods><good_name>b</good_name></goods></goods_detail></cargo>",
			`"cargo":{"goods_detail":[{"goods":[{"good_name":"a"}]},{"goods":[{"good_name":"b"}]}]}`, TransportOrder{}},
		{"goods without their detail", "<cargo><goods><good_name>a</good_name></goods></cargo>", `"cargo":{"goods":[{"good_name":"a"}]}`, TransportOrder{}},
		{"goods as a text", "<cargo><goods_detail>x</goods_detail></cargo>", `"cargo":{"goods_detail":"{}"}`, TransportOrder{}},
		{"a waybill, which an order has not", "<waybill_id><a>x</a></waybill_id>", `"waybill_id":{}`, TransportOrder{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for f, merchants := range map[Format]string{XML: tt.inXML, JSON: tt.inJSON} {
				if merchants == "" {
					continue
				}
				for _, event := range orderEvents {
					got, err := openPacket(t, transportPacket(f, event, merchants)).TransportOrder()
					must(t, err)
					want := tt.want
					want.ToUserName, want.FromUserName, want.CreateTime, want.Event = userName, "oABCD", 1533042556, event
					sameTransport(t, merchants, got, want)
				}
			}
		})
	}
}

// TestTransportAskTolerance is TestTransportTolerance for what a merchant says about
// an order.
func TestTransportAskTolerance(t *testing.T) {
	t.Parallel()
	for shape, want := range map[string]string{`{}`: "", `[]`: "", `["x"]`: "", `null`: "", `" x "`: " x ", `1.50`: "1.50", `12345678901234567890`: "12345678901234567890", `true`: "true"} {
		for _, event := range []string{EventCancelOrder, EventPrecancelOrder} {
			m, err := openPacket(t, transportPacket(JSON, event, `"shopid":"s","cancel_reason_id":`+shape+`,"cancel_reason":`+shape)).TransportAsk()
			must(t, err)
			if m.CancelReasonID != want || m.CancelReason != want || m.ShopID != "s" {
				t.Errorf("%s: %s reads as %q, %q", event, shape, m.CancelReasonID, m.CancelReason)
			}
		}
		m, err := openPacket(t, transportPacket(JSON, EventAddTips, `"shopid":"s","tips":`+shape+`,"remark":`+shape)).TransportAsk()
		must(t, err)
		if m.Tips != want || m.Remark != want || m.ShopID != "s" {
			t.Errorf("tips: %s reads as %q, %q", shape, m.Tips, m.Remark)
		}
	}
}

// anyTransportShape draws JSON that a merchant's member may be, of names that mean
// something in instant delivery and names that do not.
func anyTransportShape(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Map(text(), func(s string) any { return s }),
		rapid.Map(rapid.Int64(), func(n int64) any { return json.Number(fmt.Sprint(n)) }),
		rapid.SampledFrom([]any{nil, true, false, json.Number("1.50"), json.Number("1e999"), "", "0"}),
	)
	if depth == 0 {
		return leaf
	}
	names := []string{"name", "x", "goods", "goods_detail", "good_count", "good_name", "good_price", "good_unit"}
	for _, wire := range []map[string]string{wireContact, wireCargo, wireInfo} {
		for _, name := range wire {
			names = append(names, name)
		}
	}
	below := rapid.Deferred(func() *rapid.Generator[any] { return anyTransportShape(depth - 1) })
	return rapid.OneOf(
		leaf,
		rapid.Map(rapid.MapOfN(rapid.SampledFrom(names), below, 0, 6), func(m map[string]any) any { return m }),
		rapid.Map(rapid.SliceOfN(below, 0, 3), func(l []any) any { return l }),
	)
}

// How the members of each object are called on the wire.
var (
	wireContact = map[string]string{
		"Name": "name", "City": "city", "Address": "address", "AddressDetail": "address_detail", "Phone": "phone", "Lng": "lng", "Lat": "lat", "CoordinateType": "coordinate_type",
	}
	wireCargo = map[string]string{
		"Value": "goods_value", "Height": "goods_height", "Length": "goods_length", "Width": "goods_width", "Weight": "goods_weight",
		"PickupInfo": "goods_pickup_info", "DeliveryInfo": "goods_delivery_info", "FirstClass": "cargo_first_class", "SecondClass": "cargo_second_class",
	}
	wireGoods = map[string]string{"Count": "good_count", "Name": "good_name", "Price": "good_price", "Unit": "good_unit"}
	wireInfo  = map[string]string{
		"ServiceCode": "delivery_service_code", "OrderType": "order_type", "ExpectedDelivery": "expected_delivery_time", "ExpectedFinish": "expected_finish_time", "ExpectedPickUp": "expected_pick_time",
		"PoiSeq": "poi_seq", "Note": "note", "OrderTime": "order_time", "IsInsured": "is_insured", "DeclaredValue": "declared_value", "Tips": "tips", "IsDirect": "is_direct_delivery",
		"CashOnDelivery": "cash_on_delivery", "CashOnPickup": "cash_on_pickup", "PickMethod": "rider_pick_method", "FinishCodeNeeded": "is_finish_code_needed", "PickupCodeNeeded": "is_pickup_code_needed",
	}
)

// TestTransportAgainstStandard holds our reading of the merchant's members, in any
// shape, to one over what encoding/json makes of the same packet.
func TestTransportAgainstStandard(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doc := map[string]any{"ToUserName": userName, "FromUserName": "o", "CreateTime": 1, "MsgType": "event", "Event": rapid.SampledFrom(orderEvents).Draw(t, "event")}
		for _, name := range []string{"delivery_token", "sender", "receiver", "cargo", "order_info", "waybill_id"} {
			if rapid.Bool().Draw(t, "has "+name) {
				doc[name] = anyTransportShape(5).Draw(t, name)
			}
		}
		if rapid.Bool().Draw(t, "has goods") {
			doc["cargo"] = map[string]any{"goods_detail": anyTransportShape(4).Draw(t, "goods_detail")}
		}
		packet, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		v, _, err := parse(packet, CheckMessage)
		if err != nil {
			t.Fatalf("%s: %v", packet, err)
		}
		got, err := decodeTransportOrder(v)
		if err != nil {
			t.Fatalf("%s: %v", packet, err)
		}
		if want := standardTransport(t, packet); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s:\n     we read %s\nthe standard %s", packet, EncodeTransportOrder(JSON, got), EncodeTransportOrder(JSON, want))
		}
	})
}

// standardTransport reads an order in JSON with encoding/json and nothing of ours.
func standardTransport(t *rapid.T, packet []byte) TransportOrder {
	var doc map[string]any
	d := json.NewDecoder(bytes.NewReader(packet))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	text := func(m map[string]any, name string) string {
		switch v := m[name].(type) {
		case string:
			return v
		case json.Number, bool:
			return fmt.Sprint(v)
		}
		return ""
	}
	part := func(of map[string]any, name string) map[string]any {
		if l, ok := of[name].([]any); ok && len(l) == 1 {
			m, _ := l[0].(map[string]any)
			return m
		}
		m, _ := of[name].(map[string]any)
		return m
	}
	fill := func(into any, wire map[string]string, from map[string]any) {
		fields := reflect.ValueOf(into).Elem()
		for field, name := range wire {
			fields.FieldByName(field).SetString(text(from, name))
		}
	}
	created, err := strconv.ParseInt(text(doc, "CreateTime"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	m := TransportOrder{
		ToUserName: text(doc, "ToUserName"), FromUserName: text(doc, "FromUserName"), CreateTime: created, Event: text(doc, "Event"), WXToken: text(doc, "wx_token"),
		DeliveryToken: text(doc, "delivery_token"), ShopID: text(doc, "shopid"), ShopNo: text(doc, "shop_no"), ShopOrderID: text(doc, "shop_order_id"), DeliverySign: text(doc, "delivery_sign"),
	}
	fill(&m.Sender, wireContact, part(doc, "sender"))
	fill(&m.Receiver, wireContact, part(doc, "receiver"))
	fill(&m.Cargo, wireCargo, part(doc, "cargo"))
	fill(&m.OrderInfo, wireInfo, part(doc, "order_info"))
	detail := part(part(doc, "cargo"), "goods_detail")
	lines, _ := detail["goods"].([]any)
	if one, ok := detail["goods"].(map[string]any); ok {
		lines = []any{one}
	}
	for _, line := range lines {
		from, _ := line.(map[string]any)
		var goods TransportGoods
		fill(&goods, wireGoods, from)
		m.Cargo.Goods = append(m.Cargo.Goods, goods)
	}
	return m
}
