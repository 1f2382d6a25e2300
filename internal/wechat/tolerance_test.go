package wechat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"carrierhook/internal/wechat/hostile"
	"carrierhook/internal/wechat/packet"

	"pgregory.net/rapid"
)

// addPacket is an order with those members of the merchant's, and no others.
func addPacket(f Format, merchants string) []byte {
	packet := eventPacket(f, "event", EventAddWaybill)
	end := "</xml>"
	if f == JSON {
		end, merchants = "}", ","+merchants
	}
	return append(bytes.TrimSuffix(packet, []byte(end)), merchants+end...)
}

// TestTolerance: whatever the merchant's members look like, the push is read;
// and each of them is there or as if it were not.
func TestTolerance(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("9", 400)
	name := func(n string) AddWaybill { return AddWaybill{Sender: Contact{Name: n}} }
	goods := func(lines ...CargoDetail) AddWaybill { return AddWaybill{Cargo: Cargo{DetailList: lines}} }
	tests := []struct {
		name   string
		inXML  string // "": the format has no such thing
		inJSON string
		want   AddWaybill // the merchant's part
	}{
		{"bare", "<Remark>12</Remark>", `"Remark":12`, AddWaybill{Remark: "12"}},
		{"CDATA with layout around it", "<Remark>\n  <![CDATA[ x ]]>\n</Remark>", `"Remark":" x "`, AddWaybill{Remark: " x "}},
		{"references", "<Remark>&lt;a&gt;&#13;</Remark>", `"Remark":"\u003ca>\r"`, AddWaybill{Remark: "<a>\r"}},
		{"null", "<Remark/>", `"Remark":null,"Sender":null,"Cargo":null`, AddWaybill{}},
		{"a flag", "", `"Remark":true`, AddWaybill{Remark: "true"}},
		{"object for a text", "<Remark><a>x</a></Remark>", `"Remark":{"a":"x"}`, AddWaybill{}},
		{"list for a text", "<Remark><a/></Remark><Remark><a/></Remark>", `"Remark":["x"]`, AddWaybill{}},
		{"empty elements for a text", "<Remark/><Remark/>", `"Remark":[]`, AddWaybill{}},
		{"object", "<Sender><Name>x</Name></Sender>", `"Sender":{"Name":"x"}`, name("x")},
		{"object with strangers", "<Sender><a/><Name>x</Name><b><c>1</c></b></Sender>", `"Sender":{"a":null,"Name":"x","b":{"c":1}}`, name("x")},
		{"list of one", "", `"Sender":[{"Name":"x"}]`, name("x")},
		{"list of none", "<Sender></Sender>", `"Sender":[]`, AddWaybill{}},
		{"list of two", "<Sender><Name>x</Name></Sender><Sender><Name>y</Name></Sender>", `"Sender":[{"Name":"x"},{"Name":"y"}]`, AddWaybill{}},
		{"list of two, one empty", "<Sender><Name>x</Name></Sender><Sender/>", `"Sender":[{"Name":"x"},{}]`, AddWaybill{}},
		{"list in a list", "", `"Sender":[[{"Name":"x"}]]`, AddWaybill{}},
		{"list of a text", "", `"Sender":["x"]`, AddWaybill{}},
		{"text for an object", "<Sender>x</Sender>", `"Sender":"x"`, AddWaybill{}},
		{"number for an object", "<Cargo>1</Cargo>", `"Cargo":1`, AddWaybill{}},
		{"white space for an object", "<Sender>\n</Sender>", `"Sender":""`, AddWaybill{}},
		{"name in another case", "<sender><Name>x</Name></sender>", `"sender":{"Name":"x"}`, AddWaybill{}},
		{"member in another case", "<Sender><name>x</name></Sender>", `"Sender":{"name":"x"}`, AddWaybill{}},
		{"object in an object's text", "<Sender><Name><a>x</a></Name><Tel>1</Tel></Sender>", `"Sender":{"Name":{"a":"x"},"Tel":"1"}`, AddWaybill{Sender: Contact{Tel: "1"}}},
		{"list in an object's text", "<Sender><Name/><Name/><Tel>1</Tel></Sender>", `"Sender":{"Name":["x"],"Tel":1}`, AddWaybill{Sender: Contact{Tel: "1"}}},
		{"figures as numbers", "<Cargo><Weight>1.20</Weight><Space_X>15.0</Space_X><Count>2</Count></Cargo>", `"Cargo":{"Weight":1.20,"Space_X":15.0,"Count":2}`,
			AddWaybill{Cargo: Cargo{Weight: "1.20", SpaceX: "15.0", Count: "2"}}},
		{"figures as texts", "<Cargo><Weight><![CDATA[1.20]]></Weight><Space_Y> 15.0 </Space_Y><Space_Z>0</Space_Z></Cargo>", `"Cargo":{"Weight":"1.20","Space_Y":" 15.0 ","Space_Z":"0"}`,
			AddWaybill{Cargo: Cargo{Weight: "1.20", SpaceY: " 15.0 ", SpaceZ: "0"}}},
		{"huge figures", "<Cargo><Weight>1e999999</Weight><Count>" + long + "</Count></Cargo>", `"Cargo":{"Weight":1e999999,"Count":` + long + `}`,
			AddWaybill{Cargo: Cargo{Weight: "1e999999", Count: long}}},
		{"figures below zero", "<Insured><UseInsured>-0</UseInsured><InsuredValue>-9223372036854775809</InsuredValue></Insured>", `"Insured":{"UseInsured":-0,"InsuredValue":-9223372036854775809}`,
			AddWaybill{Insured: Insured{"-0", "-9223372036854775809"}}},
		{"flag for a figure", "<Insured><UseInsured>true</UseInsured></Insured>", `"Insured":{"UseInsured":true}`, AddWaybill{Insured: Insured{UseInsured: "true"}}},
		{"service as a list of one", "<Service><ServiceType>0</ServiceType></Service>", `"Service":[{"ServiceType":0}]`, AddWaybill{Service: Service{ServiceType: "0"}}},
		{"all five as lists of one", "", `"Sender":[{"Tel":"1"}],"Receiver":[{"Tel":"2"}],"Cargo":[{"Count":3}],"Insured":[{"InsuredValue":4}],"Service":[{"ServiceName":"5"}]`,
			AddWaybill{Sender: Contact{Tel: "1"}, Receiver: Contact{Tel: "2"}, Cargo: Cargo{Count: "3"}, Insured: Insured{InsuredValue: "4"}, Service: Service{ServiceName: "5"}}},
		{"goods, one", "<Cargo><DetailList><Name>a</Name><Count>1</Count></DetailList></Cargo>", `"Cargo":{"DetailList":{"Name":"a","Count":1}}`, goods(CargoDetail{Name: "a", Count: "1"})},
		{"goods, list of one", "", `"Cargo":{"DetailList":[{"Name":"a","Count":1}]}`, goods(CargoDetail{Name: "a", Count: "1"})},
		{"goods, two", "<Cargo><DetailList><Name>a</Name></DetailList><DetailList><Count>1</Count></DetailList></Cargo>", `"Cargo":{"DetailList":[{"Name":"a"},{"Count":1}]}`, goods(CargoDetail{Name: "a"}, CargoDetail{Count: "1"})},
		{"goods, apart", "<Cargo><DetailList><Name>a</Name></DetailList><Count>1</Count><DetailList><Name>b</Name></DetailList></Cargo>", "", AddWaybill{Cargo: Cargo{Count: "1", DetailList: []CargoDetail{{Name: "a"}, {Name: "b"}}}}},
		{"goods, none", "<Cargo><DetailList/></Cargo>", `"Cargo":{"DetailList":[]}`, AddWaybill{}},
		{"goods, an empty object", "", `"Cargo":{"DetailList":{}}`, AddWaybill{}},
		{"insurance of nothing", "<Insured/>", `"Insured":[]`, AddWaybill{}},
		{"insurance of null", "<Insured> </Insured>", `"Insured":null`, AddWaybill{}},
		{"insurance, a text", "<Insured>1</Insured>", `"Insured":"1"`, AddWaybill{Insured: Insured{"\xff", "\xff"}}},
		{"insurances, two", "<Insured><UseInsured>0</UseInsured></Insured><Insured/>", `"Insured":[{"UseInsured":0},{}]`, AddWaybill{Insured: Insured{"\xff", "\xff"}}},
		{"nothing for the wish", "<Insured><UseInsured/><x/></Insured>", `"Insured":{"UseInsured":{},"InsuredValue":[]}`, AddWaybill{}},
		{"an object for the wish", "<Insured><UseInsured><v>1</v></UseInsured></Insured>", `"Insured":{"UseInsured":{"v":1}}`, AddWaybill{Insured: Insured{UseInsured: "\xff"}}},
		{"goods, null", "<Cargo><DetailList> </DetailList></Cargo>", `"Cargo":{"DetailList":null}`, AddWaybill{}},
		{"goods, a text", "<Cargo><DetailList>x</DetailList></Cargo>", `"Cargo":{"DetailList":"x"}`, AddWaybill{}},
		{"goods, one of them nothing", "<Cargo><DetailList><Name>a</Name></DetailList><DetailList/></Cargo>", `"Cargo":{"DetailList":[{"Name":"a"},{}]}`, goods(CargoDetail{Name: "a"}, CargoDetail{})},
		{"goods, all of them nothing", "<Cargo><DetailList/><DetailList></DetailList></Cargo>", `"Cargo":{"DetailList":[{},{}]}`, goods(CargoDetail{}, CargoDetail{})},
		{"goods, none of them an object", "", `"Cargo":{"DetailList":["x",1,null,[{"Name":"a"}]]}`, goods(make([]CargoDetail, 4)...)},
		{"goods of a wrong shape", "<Cargo><DetailList><Name><a>b</a></Name><Count>1</Count></DetailList></Cargo>", `"Cargo":{"DetailList":[{"Name":["b"],"Count":1}]}`, goods(CargoDetail{Count: "1"})},
		{"goods beside the cargo", "<DetailList><Name>a</Name></DetailList>", `"DetailList":[{"Name":"a"}]`, AddWaybill{}},
		{"deep", "<Sender>" + strings.Repeat("<Name>", packet.MaxDepth-2) + "x" + strings.Repeat("</Name>", packet.MaxDepth-2) + "</Sender>",
			`"Sender":` + strings.Repeat("[", packet.MaxDepth-1) + strings.Repeat("]", packet.MaxDepth-1), AddWaybill{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for f, merchants := range map[Format]string{XML: tt.inXML, JSON: tt.inJSON} {
				if merchants == "" {
					continue
				}
				got, err := openPacket(t, addPacket(f, merchants)).AddWaybill()
				must(t, err)
				want := tt.want
				want.ToUserName, want.FromUserName, want.CreateTime, want.Event = userName, "oABCD", 1533042556, "add_waybill"
				sameAdd(t, merchants, got, want)
			}
		})
	}
}

// TestBeyondTolerance: what cannot be read to its end, or leaves open what it says, is a
// fault or a text that no rule accepts, whoever wrote it. The reply still has what was read.
func TestBeyondTolerance(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		format    Format
		merchants string
		want      *AddWaybill // the merchant's part; nil: a fault
	}{
		{XML, "<Sender>" + strings.Repeat("<Name>", packet.MaxDepth-1) + strings.Repeat("</Name>", packet.MaxDepth-1) + "</Sender>", nil},
		{XML, "<Sender><Name>x</Name><Name>y</Name></Sender>", &AddWaybill{Sender: Contact{Name: "\xff"}}},
		{XML, "<Sender>x<Name>y</Name></Sender>", nil},
		{XML, "<Insured>1</Insured><Insured/>", &AddWaybill{Insured: Insured{"\xff", "\xff"}}},
		{XML, "<Cargo><DetailList>a</DetailList><DetailList>b</DetailList></Cargo>", &AddWaybill{Cargo: Cargo{DetailList: make([]CargoDetail, 1)}}},
		{JSON, `"Sender":` + strings.Repeat("[", packet.MaxDepth) + strings.Repeat("]", packet.MaxDepth), nil},
		{JSON, `"Sender":{"Name":"x","Name":"y"}`, &AddWaybill{Sender: Contact{Name: "\xff"}}},
		{JSON, `"Remark":"x","Remark":"x"`, &AddWaybill{Remark: "\xff"}},
		{JSON, `"Insured":{"UseInsured":1},"Insured":{"UseInsured":0}`, &AddWaybill{Insured: Insured{"\xff", "\xff"}}},
		{JSON, `"Cargo":{"DetailList":[],"DetailList":[]}`, &AddWaybill{Cargo: Cargo{DetailList: make([]CargoDetail, 1)}}},
	} {
		got, err := openPacket(t, addPacket(tt.format, tt.merchants)).AddWaybill()
		want := tt.want
		if want == nil {
			refusedBy(t, err, CheckMessage)
			want = &AddWaybill{}
		} else {
			must(t, err)
		}
		want.ToUserName, want.FromUserName, want.CreateTime, want.Event = userName, "oABCD", 1533042556, "add_waybill"
		sameAdd(t, tt.merchants, got, *want)
	}
}

// anyShape draws JSON that a merchant's member may be, of objects with those names.
func anyShape(depth int, names []string) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Map(hostile.Text(), func(s string) any { return s }),
		rapid.Map(rapid.Int64(), func(n int64) any { return json.Number(fmt.Sprint(n)) }),
		rapid.SampledFrom([]any{nil, true, false, json.Number("1.50"), json.Number("1e999"), "", "0"}),
	)
	if depth == 0 {
		return leaf
	}
	below := rapid.Deferred(func() *rapid.Generator[any] { return anyShape(depth-1, names) })
	return rapid.OneOf(
		leaf,
		rapid.Map(rapid.MapOfN(rapid.SampledFrom(names), below, 0, 6), func(m map[string]any) any { return m }),
		rapid.Map(rapid.SliceOfN(below, 0, 3), func(l []any) any { return l }),
	)
}

// agreeWithStandard writes doc with encoding/json, and compares our reading of it with
// one over what encoding/json reads.
func agreeWithStandard[M any](t *rapid.T, doc map[string]any, decode func(reader) (M, error), standard func(*rapid.T, map[string]any) M, encode func(Format, M) []byte) {
	written, err := json.Marshal(doc)
	must(t, err)
	v, _, err := parse(written, CheckMessage)
	if err != nil {
		t.Fatalf("%s: %v", written, err)
	}
	got, err := decode(reader{doc: v})
	if err != nil {
		t.Fatalf("%s: %v", written, err)
	}
	if want := standard(t, standardDoc(t, written)); !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n     we read %s\nthe standard %s", written, encode(JSON, got), encode(JSON, want))
	}
}

// standardDoc is what encoding/json reads, with numbers as their own digits.
func standardDoc(t *rapid.T, written []byte) (doc map[string]any) {
	d := json.NewDecoder(bytes.NewReader(written))
	d.UseNumber()
	must(t, d.Decode(&doc))
	return doc
}

// TestToleranceAgainstStandard compares our reading of the merchant's members, in
// any shape, with one over what encoding/json makes of the same packet.
func TestToleranceAgainstStandard(t *testing.T) {
	t.Parallel()
	shape := anyShape(4, []string{"Name", "Tel", "Address", "Weight", "Space_X", "Count", "DetailList", "UseInsured", "InsuredValue", "ServiceType", "ServiceName", "name", "x"})
	rapid.Check(t, func(t *rapid.T) {
		doc := map[string]any{"ToUserName": userName, "FromUserName": "o", "CreateTime": 1, "MsgType": "event", "Event": "add_waybill"}
		for _, name := range []string{"Remark", "Sender", "Receiver", "Cargo", "Insured", "Service"} {
			if rapid.Bool().Draw(t, "has "+name) {
				doc[name] = shape.Draw(t, name)
			}
		}
		agreeWithStandard(t, doc, decodeAdd, standardAdd, EncodeAddWaybill)
	})
}

// standardAdd reads an order that encoding/json has read, with nothing of ours.
func standardAdd(t *rapid.T, doc map[string]any) AddWaybill {
	text := func(m map[string]any, name string) string {
		switch v := m[name].(type) {
		case string:
			return v
		case json.Number, bool:
			return fmt.Sprint(v)
		}
		return ""
	}
	part := func(name string) map[string]any {
		if l, ok := doc[name].([]any); ok && len(l) == 1 {
			m, _ := l[0].(map[string]any)
			return m
		}
		m, _ := doc[name].(map[string]any)
		return m
	}
	person := func(name string) (c Contact) {
		fields := reflect.ValueOf(&c).Elem()
		for i := 1; i < fields.NumField(); i++ { // the first hides them
			fields.Field(i).SetString(text(part(name), fields.Type().Field(i).Name))
		}
		return c
	}
	cargo, service := part("Cargo"), part("Service")
	created, err := strconv.ParseInt(text(doc, "CreateTime"), 10, 64)
	must(t, err)
	m := AddWaybill{
		ToUserName: text(doc, "ToUserName"), FromUserName: text(doc, "FromUserName"), CreateTime: created, Event: text(doc, "Event"), Token: text(doc, "Token"),
		OrderID: text(doc, "OrderID"), BizID: text(doc, "BizID"), BizPwd: Password(text(doc, "BizPwd")), ShopAppID: text(doc, "ShopAppID"), WayBillID: text(doc, "WayBillID"),
		Remark: text(doc, "Remark"), Sender: person("Sender"), Receiver: person("Receiver"),
		Cargo: Cargo{
			Weight: text(cargo, "Weight"), Count: text(cargo, "Count"),
			SpaceX: text(cargo, "Space_X"), SpaceY: text(cargo, "Space_Y"), SpaceZ: text(cargo, "Space_Z"),
		},
		Service: Service{text(service, "ServiceType"), text(service, "ServiceName")},
	}
	standardPart(&m.Insured, map[string]string{"UseInsured": "UseInsured", "InsuredValue": "InsuredValue"}, doc["Insured"])
	lines, _ := cargo["DetailList"].([]any)
	if one, ok := cargo["DetailList"].(map[string]any); ok && len(one) > 0 {
		lines = []any{one}
	}
	for _, line := range lines {
		goods, _ := line.(map[string]any)
		m.Cargo.DetailList = append(m.Cargo.DetailList, CargoDetail{Name: text(goods, "Name"), Count: text(goods, "Count")})
	}
	return m
}
