package wechat

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
)

// faultOf is what the rule of instant delivery finds wrong with a push of that event.
func faultOf(t *testing.T, kind delivery.Kind, packet []byte) delivery.Reason {
	t.Helper()
	m, err := openPacket(t, packet).InstantOrder()
	must(t, err)
	f := delivery.OrderFields{
		ShopID: m.ShopID, ShopNo: m.ShopNo, OrderID: m.ShopOrderID, Sign: m.DeliverySign, WXToken: m.WXToken, Token: m.DeliveryToken,
		Sender: delivery.ContactFields(m.Sender), Receiver: delivery.ContactFields(m.Receiver), Info: delivery.InfoFields(m.OrderInfo),
		Cargo: delivery.CargoFields{
			Value: m.Cargo.Value, Height: m.Cargo.Height, Length: m.Cargo.Length, Width: m.Cargo.Width, Weight: m.Cargo.Weight,
			PickupInfo: m.Cargo.PickupInfo, DeliveryInfo: m.Cargo.DeliveryInfo, FirstClass: m.Cargo.FirstClass, SecondClass: m.Cargo.SecondClass,
		},
	}
	for _, line := range m.Cargo.Goods {
		f.Cargo.Goods = append(f.Cargo.Goods, delivery.GoodsFields(line))
	}
	return delivery.NewOrderRequest(ledger.Push{}, kind, f).Fault
}

// TestInstantShapesMeetTheRule: a good order in which one thing has the wrong shape
// is refused for the part that it is in, and never passes for one without that thing.
// What is not there, in either format, stays no fault.
func TestInstantShapesMeetTheRule(t *testing.T) {
	t.Parallel()
	contact := func(name string) string {
		return `"` + name + `":{"name":"刘","city":"北京","address":"a","address_detail":"b","phone":"1","lng":116.38,"lat":40.44}`
	}
	const cargo, info = `"cargo":{"goods_value":5,"goods_weight":1,"cargo_first_class":"a","cargo_second_class":"b"`, `"order_info":{"order_type":0`
	good := `"shopid":"s","shop_order_id":"o",` + contact("sender") + "," + contact("receiver") + "," + cargo + "}," + info + "}"
	swap := func(old, changed string) string {
		if !strings.Contains(good, old) {
			t.Fatal(old)
		}
		return strings.Replace(good, old, changed, 1)
	}
	in := func(part, member string) string { return swap(part, part+","+member) }
	for name, tt := range map[string]struct {
		merchants string
		want      delivery.Reason
	}{
		"good":                    {good, ""},
		"an empty list of goods":  {in(cargo, `"goods_detail":{"goods":[]}`), ""},
		"an empty object":         {in(cargo, `"goods_detail":{}`), ""},
		"PHP's empty object":      {in(cargo, `"goods_detail":[]`), ""},
		"sides of 0":              {in(cargo, `"goods_height":0,"goods_length":0.0,"goods_width":"0"`), ""},
		"choices of 0":            {in(info, `"rider_pick_method":0,"order_time":0,"tips":0,"declared_value":0.00,"expected_pick_time":0,"poi_seq":""`), ""},
		"goods of 0":              {in(cargo, `"goods_detail":{"goods":[{"good_count":0,"good_name":"a"}]}`), delivery.CargoWrong},
		"a weight of 0":           {swap(`"goods_weight":1`, `"goods_weight":0`), delivery.CargoWrong},
		"a place of 0":            {swap(`"lng":116.38,"lat":40.44}`, `"lng":0,"lat":0}`), delivery.SenderWrong},
		"no detail":               {in(cargo, `"goods_detail":null`), ""},
		"an empty detail":         {in(cargo, `"goods_detail":""`), ""},
		"good goods":              {in(cargo, `"goods_detail":{"goods":[{"good_count":1,"good_name":"a"}]}`), ""},
		"detail a text":           {in(cargo, `"goods_detail":"{\"goods\":[]}"`), delivery.CargoWrong},
		"detail without goods":    {in(cargo, `"goods_detail":{"items":[]}`), delivery.CargoWrong},
		"detail a list":           {in(cargo, `"goods_detail":[{"goods":[]},{"goods":[]}]`), delivery.CargoWrong},
		"goods a text":            {in(cargo, `"goods_detail":{"goods":"a"}`), delivery.CargoWrong},
		"goods nothing":           {in(cargo, `"goods_detail":{"goods":null}`), ""},
		"goods with nothing":      {in(cargo, `"goods_detail":{"goods":[null]}`), delivery.CargoWrong},
		"a side an object":        {in(cargo, `"goods_height":{"v":1}`), delivery.CargoWrong},
		"note to the rider":       {in(cargo, `"goods_pickup_info":["x"]`), delivery.CargoWrong},
		"cargo a text":            {swap(cargo+"}", `"cargo":"x"`), delivery.CargoWrong},
		"cargo two":               {swap(cargo+"}", `"cargo":[{},{}]`), delivery.CargoWrong},
		"sender a text":           {swap(contact("sender"), `"sender":"x"`), delivery.SenderWrong},
		"sender's points":         {swap(`"lat":40.44}`, `"lat":40.44,"coordinate_type":{"v":0}}`), delivery.SenderWrong},
		"receiver two":            {swap(contact("receiver"), `"receiver":[{},{}]`), delivery.ReceiverWrong},
		"no info":                 {swap(","+info+"}", ""), ""},
		"info nothing":            {swap(info+"}", `"order_info":null`), ""},
		"info an empty text":      {swap(info+"}", `"order_info":""`), ""},
		"info a text":             {swap(info+"}", `"order_info":"is_insured=1"`), delivery.OrderInfoWrong},
		"info two":                {swap(info+"}", `"order_info":[{"order_type":1},{"is_insured":1}]`), delivery.OrderInfoWrong},
		"info an empty list":      {swap(info+"}", `"order_info":[]`), ""},
		"booked, as an object":    {swap(info, `"order_info":{"order_type":{"v":1}`), delivery.OrderInfoWrong},
		"a time, as a list":       {in(info, `"expected_delivery_time":[1600000000]`), delivery.ExpectedTimeWrong},
		"insured, as an object":   {in(info, `"is_insured":{"v":1}`), delivery.InsuranceWrong},
		"the value, as a list":    {in(info, `"is_insured":0,"declared_value":[9]`), delivery.InsuranceWrong},
		"tips, as a list":         {in(info, `"tips":[5]`), delivery.TipsWrong},
		"a note, as an object":    {in(info, `"note":{"v":"x"}`), delivery.OrderInfoWrong},
		"a code, as a list":       {in(info, `"is_finish_code_needed":[1]`), delivery.OrderInfoWrong},
		"figures of nothing":      {in(info, `"tips":null,"is_insured":"","note":null,"expected_finish_time":null`), ""},
		"the info in a list":      {swap(info+"}", `"order_info":[{"order_type":0}]`), ""},
		"strangers, of any shape": {in(info, `"x":{"tips":[5]},"y":[]`), ""},
	} {
		for event, kind := range map[string]delivery.Kind{EventPrecreateOrder: delivery.Precreate, EventAddOrder: delivery.Add, EventReaddOrder: delivery.Readd} {
			if got := faultOf(t, kind, instantPacket(JSON, event, tt.merchants)); got != tt.want {
				t.Errorf("%s: %s: %q, want %q", event, name, got, tt.want)
			}
		}
	}
}

// TestInstantNothing: an optional figure or text that a program wrote for nothing is not given,
// as in express; one that is needed is refused for its part.
func TestInstantNothing(t *testing.T) {
	t.Parallel()
	contact := `{"name":"刘","city":"北京","address":"a","address_detail":"b","phone":"1","lng":116.38,"lat":40.44}`
	good := `{"shopid":"s","shop_order_id":"o","sender":` + contact + `,"receiver":` + contact + `,"cargo":{"goods_value":5,"goods_weight":1,"cargo_first_class":"a","cargo_second_class":"b",` +
		`"goods_detail":{"goods":{"good_count":1,"good_name":"a"}}},"order_info":{}}`
	path := map[string][]string{"sender": {"sender"}, "receiver": {"receiver"}, "cargo": {"cargo"}, "goods": {"cargo", "goods_detail", "goods"}, "order_info": {"order_info"}}
	for part, wire := range map[string]struct {
		members  map[string]string // by our names
		optional string            // of ours; "": all of them
		why      delivery.Reason
	}{
		"sender": {wireContact, "CoordinateType", delivery.SenderWrong}, "receiver": {wireContact, "CoordinateType", delivery.ReceiverWrong},
		"cargo": {wireCargo, "Height Length Width PickupInfo DeliveryInfo", delivery.CargoWrong}, "goods": {wireGoods, "Price Unit", delivery.CargoWrong},
		"order_info": {wireInfo, "", ""},
	} {
		for ours, name := range wire.members {
			for _, nothing := range []string{`{}`, `[]`, `null`, `""`, `" "`} {
				var doc map[string]any
				must(t, json.Unmarshal([]byte(good), &doc))
				at := doc
				for _, name := range path[part] {
					at = at[name].(map[string]any)
				}
				at[name] = json.RawMessage(nothing)
				merchants, err := json.Marshal(doc)
				must(t, err)
				want := wire.why
				if wire.optional == "" || slices.Contains(strings.Fields(wire.optional), ours) {
					want = ""
				}
				if got := faultOf(t, delivery.Add, instantPacket(JSON, EventAddOrder, string(merchants[1:len(merchants)-1]))); got != want {
					t.Errorf("%s of %s as %s: %q, want %q", name, part, nothing, got, want)
				}
			}
		}
	}
}

// TestInstantShapesInXML is the same for what XML has of it.
func TestInstantShapesInXML(t *testing.T) {
	t.Parallel()
	contact := func(name string) string {
		return "<" + name + "><name>a</name><city>b</city><address>c</address><address_detail>d</address_detail><phone>1</phone><lng>116.38</lng><lat>40.44</lat></" + name + ">"
	}
	cargo := func(more string) string {
		return "<cargo><goods_value>5</goods_value><goods_weight>1</goods_weight><cargo_first_class>a</cargo_first_class><cargo_second_class>b</cargo_second_class>" + more + "</cargo>"
	}
	contacts := "<shopid>s</shopid><shop_order_id>o</shop_order_id>" + contact("sender") + contact("receiver")
	for merchants, want := range map[string]delivery.Reason{
		cargo(""): "",
		cargo("<goods_detail/>") + "<order_info/>":                "",
		cargo("<goods_detail><goods/></goods_detail>"):            "",
		cargo("<goods_detail><goods><x/></goods></goods_detail>"): delivery.CargoWrong,
		cargo("<goods_height>0</goods_height><goods_length>0.0</goods_length><goods_width></goods_width>") + "<order_info><rider_pick_method>0</rider_pick_method><order_time>0</order_time></order_info>": "",
		cargo("<goods_detail>x</goods_detail>"):                              delivery.CargoWrong,
		cargo("<goods_detail><x/></goods_detail>"):                           delivery.CargoWrong,
		cargo("<goods_length><v>1</v></goods_length>"):                       delivery.CargoWrong,
		cargo("") + "<order_info>1</order_info>":                             delivery.OrderInfoWrong,
		cargo("") + "<order_info><tips/></order_info>":                       "",
		cargo("") + "<order_info><tips><v>5</v></tips></order_info>":         delivery.TipsWrong,
		cargo("") + "<order_info><a/></order_info><order_info/>":             delivery.OrderInfoWrong,
		cargo("") + "<order_info><note><b>x</b></note></order_info>":         delivery.OrderInfoWrong,
		cargo("") + "<order_info><is_insured><v/></is_insured></order_info>": delivery.InsuranceWrong,
	} {
		if got := faultOf(t, delivery.Add, instantPacket(XML, EventAddOrder, contacts+merchants)); got != want {
			t.Errorf("%s: %q, want %q", merchants, got, want)
		}
	}
}
