package wechat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/wechat/packet"

	"pgregory.net/rapid"
)

// instantPacket is a push of that event with those members of the merchant's.
func instantPacket(f Format, event, merchants string) []byte {
	end := "</xml>"
	if f == JSON {
		end, merchants = "}", ","+merchants
	}
	return append(bytes.TrimSuffix(eventPacket(f, "event", event), []byte(end)), merchants+end...)
}

// unreadableAll has every text of a part unreadable.
func unreadableAll[T any](part T) T {
	fields := reflect.ValueOf(&part).Elem()
	for i := range fields.NumField() {
		if fields.Field(i).Kind() == reflect.String {
			fields.Field(i).SetString("\xff")
		}
	}
	return part
}

// TestInstantTolerance: whatever the merchant's members look like, the push is
// read; and each of them is there, or is not, or reads as what no rule accepts.
func TestInstantTolerance(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("9", 400)
	name := func(n string) InstantOrder { return InstantOrder{Sender: InstantContact{Name: n}} }
	goods := func(lines ...InstantGoods) InstantOrder {
		return InstantOrder{Cargo: InstantCargo{Goods: lines}}
	}
	fruit := InstantGoods{Count: "1", Name: "a"}
	badContact, badInfo, badGoods := unreadableAll(InstantContact{}), unreadableAll(InstantInfo{}), unreadableAll(InstantGoods{})
	badCargo := unreadableAll(InstantCargo{Goods: []InstantGoods{badGoods}})
	tests := []struct {
		name   string
		inXML  string // "": the format has no such thing
		inJSON string
		want   InstantOrder // the merchant's part
	}{
		{"token", "<delivery_token> a </delivery_token>", `"delivery_token":" a "`, InstantOrder{DeliveryToken: " a "}},
		{"token as a number", "<delivery_token>12345678901234567890</delivery_token>", `"delivery_token":12345678901234567890`, InstantOrder{DeliveryToken: "12345678901234567890"}},
		{"object for the token", "<delivery_token><a>x</a></delivery_token>", `"delivery_token":{"a":"x"}`, InstantOrder{DeliveryToken: "\xff"}},
		{"list for the token", "", `"delivery_token":["x"]`, InstantOrder{DeliveryToken: "\xff"}},
		{"null", "<sender/><cargo/>", `"sender":null,"cargo":null,"order_info":null,"delivery_token":null`, InstantOrder{}},
		{"empty texts", "<sender></sender><receiver><![CDATA[]]></receiver><cargo> </cargo><order_info>\n</order_info>", `"sender":"","receiver":" ","cargo":"","order_info":""`, InstantOrder{}},
		{"nothing in a list", "", `"sender":[null],"order_info":[""]`, InstantOrder{}},
		{"empty objects", "<sender><x/></sender><order_info><x/></order_info>", `"sender":{},"receiver":{},"cargo":{},"order_info":{}`, InstantOrder{}},
		{"empty lists", "", `"sender":[],"receiver":[],"cargo":[],"order_info":[]`, InstantOrder{}},
		{"lists of an empty list", "", `"sender":[[]],"cargo":[{}]`, InstantOrder{}},
		{"contact", "<sender><name>x</name></sender>", `"sender":{"name":"x"}`, name("x")},
		{"contact with strangers", "<sender><a/><name>x</name><b><c>1</c></b></sender>", `"sender":{"a":null,"name":"x","b":{"c":1}}`, name("x")},
		{"contact in a list of one", "", `"sender":[{"name":"x"}]`, name("x")},
		{"contacts, two", "<sender><name>x</name></sender><sender><name>y</name></sender>", `"sender":[{"name":"x"},{"name":"y"}]`, InstantOrder{Sender: badContact}},
		{"text for a contact", "<sender>x</sender>", `"sender":"x"`, InstantOrder{Sender: badContact}},
		{"texts for the others", "<receiver>x</receiver><cargo>0</cargo><order_info><![CDATA[{}]]></order_info>", `"receiver":"x","cargo":0,"order_info":"{}"`,
			InstantOrder{Receiver: badContact, Cargo: badCargo, OrderInfo: badInfo}},
		{"flags for the others", "", `"receiver":true,"cargo":false,"order_info":[[{}]]`, InstantOrder{Receiver: badContact, Cargo: badCargo, OrderInfo: badInfo}},
		{"infos, two", "<order_info><tips>1</tips></order_info><order_info><tips>1</tips></order_info>", `"order_info":[{"tips":1},{"tips":1}]`, InstantOrder{OrderInfo: badInfo}},
		{"infos and nothing", "", `"order_info":[{"tips":1},null]`, InstantOrder{OrderInfo: badInfo}},
		{"express's spelling", "<Sender><Name>x</Name></Sender>", `"Sender":{"Name":"x"}`, InstantOrder{}},
		{"express's members", "<sender><Name>x</Name></sender>", `"sender":{"Name":"x"}`, InstantOrder{}},
		{"object for a name", "<sender><name><a>x</a></name><phone>1</phone></sender>", `"sender":{"name":{"a":"x"},"phone":1}`, InstantOrder{Sender: InstantContact{Name: "\xff", Phone: "1"}}},
		{"degrees", "<receiver><lng>116.5060300</lng><lat>-4e1</lat><coordinate_type><![CDATA[1]]></coordinate_type></receiver>", `"receiver":{"lng":116.5060300,"lat":-4e1,"coordinate_type":"1"}`,
			InstantOrder{Receiver: InstantContact{Lng: "116.5060300", Lat: "-4e1", CoordinateType: "1"}}},
		{"huge figures", "<cargo><goods_value>1e999999</goods_value><goods_weight>" + long + "</goods_weight></cargo>", `"cargo":{"goods_value":1e999999,"goods_weight":` + long + `}`,
			InstantOrder{Cargo: InstantCargo{Value: "1e999999", Weight: long}}},
		{"flags", "<order_info><is_insured>true</is_insured><is_finish_code_needed> 1 </is_finish_code_needed></order_info>", `"order_info":{"is_insured":true,"is_finish_code_needed":" 1 "}`,
			InstantOrder{OrderInfo: InstantInfo{IsInsured: "true", FinishCodeNeeded: " 1 "}}},
		{"objects for figures", "<order_info><is_insured><v>1</v></is_insured><order_type><v/></order_type></order_info><cargo><goods_weight><v>1</v></goods_weight></cargo>",
			`"order_info":{"is_insured":{"v":1},"order_type":{"v":null}},"cargo":{"goods_weight":{"v":1}}`,
			InstantOrder{OrderInfo: InstantInfo{IsInsured: "\xff", OrderType: "\xff"}, Cargo: InstantCargo{Weight: "\xff"}}},
		{"lists for figures", "<order_info><tips><a/></tips><tips><a/></tips></order_info>", `"order_info":{"tips":[5]}`, InstantOrder{OrderInfo: InstantInfo{Tips: "\xff"}}},
		{"null for figures", "<order_info><tips/><is_insured/></order_info>", `"order_info":{"tips":null,"is_insured":""}`, InstantOrder{}},
		{"nothing for figures", "", `"order_info":{"tips":{},"is_insured":[]},"sender":{"coordinate_type":[],"name":{}}`, InstantOrder{}},
		{"info in a list of one", "", `"order_info":[{"tips":1.50}]`, InstantOrder{OrderInfo: InstantInfo{Tips: "1.50"}}},
		{"goods, one", "<cargo><goods_detail><goods><good_count>1</good_count><good_name>a</good_name></goods></goods_detail></cargo>",
			`"cargo":{"goods_detail":{"goods":{"good_count":1,"good_name":"a"}}}`, goods(fruit)},
		{"goods, list of one", "", `"cargo":{"goods_detail":{"goods":[{"good_count":1,"good_name":"a"}]}}`, goods(fruit)},
		{"goods in a list of one detail", "", `"cargo":[{"goods_detail":[{"goods":[{"good_count":1,"good_name":"a"}]}]}]`, goods(fruit)},
		{"goods, two", "<cargo><goods_detail><goods><good_count>1</good_count><good_name>a</good_name></goods><goods><good_price>2</good_price><good_unit>b</good_unit></goods></goods_detail></cargo>",
			`"cargo":{"goods_detail":{"goods":[{"good_count":1,"good_name":"a"},{"good_price":2,"good_unit":"b"}]}}`, goods(fruit, InstantGoods{Price: "2", Unit: "b"})},
		{"goods, apart", "<cargo><goods_detail><goods><good_name>a</good_name></goods><x/><goods><good_name>b</good_name></goods></goods_detail></cargo>", "", goods(InstantGoods{Name: "a"}, InstantGoods{Name: "b"})},
		{"goods, one of them nothing", "<cargo><goods_detail><goods><good_name>a</good_name></goods><goods/></goods_detail></cargo>", `"cargo":{"goods_detail":{"goods":[{"good_name":"a"},null]}}`, goods(InstantGoods{Name: "a"}, InstantGoods{})},
		{"goods, none", "<cargo><goods_detail/></cargo>", `"cargo":{"goods_detail":{"goods":[]}}`, InstantOrder{}},
		{"detail, none", "<cargo><goods_detail> </goods_detail></cargo>", `"cargo":{"goods_detail":null}`, InstantOrder{}},
		{"detail in a list, none", "", `"cargo":{"goods_detail":[null]}`, InstantOrder{}},
		{"detail without goods", "<cargo><goods_detail><good><good_name>a</good_name></good></goods_detail></cargo>", `"cargo":{"goods_detail":{"good":[{"good_name":"a"}]}}`, goods(badGoods)},
		{"detail with nothing for goods", "<cargo><goods_detail><goods/></goods_detail></cargo>", `"cargo":{"goods_detail":{"goods":null}}`, InstantOrder{}},
		{"detail with an empty object for goods", "", `"cargo":{"goods_detail":{"goods":{}}}`, InstantOrder{}},
		{"detail, empty", "", `"cargo":{"goods_detail":{}}`, InstantOrder{}},
		{"detail as an empty list", "", `"cargo":{"goods_detail":[]}`, InstantOrder{}},
		{"detail as the list of goods", "", `"cargo":{"goods_detail":[{"good_count":1,"good_name":"a"}]}`, goods(badGoods)},
		{"goods, text", "<cargo><goods_detail><goods>a</goods></goods_detail></cargo>", `"cargo":{"goods_detail":{"goods":"a"}}`, goods(badGoods)},
		{"goods, one of them a text", "", `"cargo":{"goods_detail":{"goods":[{"good_name":"a"},"b",[{"good_name":"c"}]]}}`, goods(InstantGoods{Name: "a"}, badGoods, badGoods)},
		{"goods, object for a name", "<cargo><goods_detail><goods><good_name><a/></good_name></goods></goods_detail></cargo>", `"cargo":{"goods_detail":{"goods":[{"good_name":[""]}]}}`, goods(InstantGoods{Name: "\xff"})},
		{"details, two", "<cargo><goods_detail><goods><good_name>a</good_name></goods></goods_detail><goods_detail><goods><good_name>b</good_name></goods></goods_detail></cargo>",
			`"cargo":{"goods_detail":[{"goods":[{"good_name":"a"}]},{"goods":[{"good_name":"b"}]}]}`, goods(badGoods)},
		{"goods without their detail", "<cargo><goods><good_name>a</good_name></goods></cargo>", `"cargo":{"goods":[{"good_name":"a"}]}`, InstantOrder{}},
		{"goods as a text", "<cargo><goods_detail>x</goods_detail></cargo>", `"cargo":{"goods_detail":"{}"}`, goods(badGoods)},
		{"a waybill, which an order has not", "<waybill_id><a>x</a></waybill_id>", `"waybill_id":{}`, InstantOrder{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for f, merchants := range map[Format]string{XML: tt.inXML, JSON: tt.inJSON} {
				if merchants == "" {
					continue
				}
				for _, event := range orderEvents {
					got, err := openPacket(t, instantPacket(f, event, merchants)).InstantOrder()
					must(t, err)
					want := tt.want
					want.ToUserName, want.FromUserName, want.CreateTime, want.Event = userName, "oABCD", 1533042556, event
					sameInstant(t, merchants, got, want)
				}
			}
		})
	}
}

// TestInstantFollowUpTolerance is TestInstantTolerance for what a merchant says about
// an order.
func TestInstantFollowUpTolerance(t *testing.T) {
	t.Parallel()
	for shape, want := range map[string]string{`{}`: "", `[]`: "", `["x"]`: "", `null`: "", `" x "`: " x ", `1.50`: "1.50", `12345678901234567890`: "12345678901234567890", `true`: "true"} {
		for _, event := range []string{EventCancelOrder, EventPrecancelOrder} {
			m, err := openPacket(t, instantPacket(JSON, event, `"shopid":"s","cancel_reason_id":`+shape+`,"cancel_reason":`+shape)).InstantFollowUp()
			must(t, err)
			if m.CancelReasonID != want || m.CancelReason != want || m.ShopID != "s" {
				t.Errorf("%s: %s reads as %q, %q", event, shape, m.CancelReasonID, m.CancelReason)
			}
		}
		p := openPacket(t, instantPacket(JSON, EventAddTips, `"shopid":"s","tips":`+shape+`,"remark":`+shape))
		m, err := p.InstantFollowUp()
		must(t, err)
		if p.Identity() != m.Identity() {
			t.Errorf("tips: %s has two identities", shape)
		}
		tips := want
		if shape == `["x"]` {
			tips = "\xff"
		}
		if m.Tips != tips || m.Remark != want || m.ShopID != "s" {
			t.Errorf("tips: %s reads as %q, %q", shape, m.Tips, m.Remark)
		}
		r := delivery.NewRequest(ledger.Push{}, delivery.Tip, delivery.RequestFields{ShopID: "s", OrderID: "o", Tips: m.Tips})
		if wrong := r.Fault == delivery.TipsWrong; wrong != (shape != `1.50`) { // none at all would be another amount
			t.Errorf("tips: %s is %q", shape, r.Fault)
		}
	}
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

// TestInstantAgainstStandard compares our reading of the merchant's members, in any
// shape, with one over what encoding/json makes of the same packet.
func TestInstantAgainstStandard(t *testing.T) {
	t.Parallel()
	names := []string{"name", "x", "goods", "goods_detail", "good_count", "good_name", "good_price", "good_unit"}
	for _, wire := range []map[string]string{wireContact, wireCargo, wireInfo} {
		names = slices.AppendSeq(names, maps.Values(wire))
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		doc := map[string]any{"ToUserName": userName, "FromUserName": "o", "CreateTime": 1, "MsgType": "event", "Event": rapid.SampledFrom(orderEvents).Draw(t, "event")}
		for _, name := range []string{"delivery_token", "sender", "receiver", "cargo", "order_info", "waybill_id"} {
			if rapid.Bool().Draw(t, "has "+name) {
				doc[name] = anyShape(5, names).Draw(t, name)
			}
		}
		if rapid.Bool().Draw(t, "has goods") {
			doc["cargo"] = map[string]any{"goods_detail": anyShape(4, names).Draw(t, "goods_detail")}
		}
		agreeWithStandard(t, doc, decodeInstantOrder, standardInstant, EncodeInstantOrder)
	})
}

// standardInstant reads an order that encoding/json has read, with nothing of ours.
func standardInstant(t *rapid.T, doc map[string]any) InstantOrder {
	created, err := strconv.ParseInt(standardText(doc["CreateTime"]), 10, 64)
	must(t, err)
	text := func(name string) string { return standardText(doc[name]) }
	m := InstantOrder{
		ToUserName: text("ToUserName"), FromUserName: text("FromUserName"), CreateTime: created, Event: text("Event"), WXToken: text("wx_token"),
		DeliveryToken: text("delivery_token"), ShopID: text("shopid"), ShopNo: text("shop_no"), ShopOrderID: text("shop_order_id"), DeliverySign: text("delivery_sign"),
	}
	standardPart(&m.Sender, wireContact, doc["sender"])
	standardPart(&m.Receiver, wireContact, doc["receiver"])
	standardPart(&m.OrderInfo, wireInfo, doc["order_info"])
	cargo, misshapen := standardPart(&m.Cargo, wireCargo, doc["cargo"])
	for _, line := range standardLines(cargo, misshapen) {
		var goods InstantGoods
		if _, isList := line.([]any); isList {
			line = "no goods" // a list of one is one only where a part is due
		}
		standardPart(&goods, wireGoods, line)
		m.Cargo.Goods = append(m.Cargo.Goods, goods)
	}
	return m
}

// standardLines are the lines of goods of a cargo: none if it has no detail, and one
// that is misshapen if the detail, or what holds it, is.
func standardLines(cargo map[string]any, misshapen bool) []any {
	var none struct{}
	detail, misshapenToo := standardPart(&none, nil, cargo["goods_detail"])
	lines, there := detail["goods"]
	switch goods := lines.(type) {
	case []any:
		return goods
	case map[string]any:
		if len(goods) > 0 {
			return []any{goods}
		}
	}
	if misshapen || misshapenToo || len(detail) > 0 && !(there && standardNothing(lines)) {
		return []any{"no goods"}
	}
	return nil
}

// standardNothing is null, a text of white space, an empty object or an empty list.
func standardNothing(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.Trim(v, packet.WhiteSpace) == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// standardText is a text, a number or a flag, nothing for nothing, and what no rule
// accepts for all else.
func standardText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number, bool:
		return fmt.Sprint(v)
	}
	if standardNothing(v) {
		return ""
	}
	return "\xff"
}

// standardPart fills in a part from an object, or from the one in a list. It leaves it
// empty for nothing, and makes all of it what no rule accepts for anything else: misshapen.
func standardPart(into any, wire map[string]string, from any) (object map[string]any, misshapen bool) {
	if l, ok := from.([]any); ok && len(l) == 1 {
		from = l[0]
	}
	object, isObject := from.(map[string]any)
	misshapen = !isObject && !standardNothing(from)
	fields := reflect.ValueOf(into).Elem()
	for field, name := range wire {
		text := standardText(object[name])
		if misshapen {
			text = "\xff"
		}
		fields.FieldByName(field).SetString(text)
	}
	return object, misshapen
}
