package wechat

import (
	"encoding/json"
	"encoding/xml"
	"reflect"
	"strings"
	"testing"

	"carrierhook/internal/wechat/hostile"
	"carrierhook/internal/wechat/packet"

	"pgregory.net/rapid"
)

// figure draws numbers, what nearly is one, and any text.
func figure() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"0", "1", "1.2", "15.0", "-0", "1e5", "1E+05", "-1.50e-3", "01", "+1", ".5", "1.", "-", "--1", "1e", "0x1", "1_0", " 1", "1 ", "1\n", "", "NaN", "Infinity", "true", "null", "１", "1,2", `1","x":"`, "1<", "{}", "[]"}),
		rapid.StringMatching(`-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?`),
		hostile.Text(),
	)
}

// texts draw texts and figures that a packet of that format can carry.
func texts(f Format) (text, number *rapid.Generator[string]) {
	text, number = hostile.Text(), figure()
	if f == XML {
		text, number = text.Filter(hostile.InXML), number.Filter(hostile.InXML)
	}
	return text, number
}

// drawOrder draws an order whose texts a packet of that format can carry.
func drawOrder(t *rapid.T, f Format) AddWaybill {
	s, n := texts(f)
	person := func(name string) (c Contact) {
		fields := reflect.ValueOf(&c).Elem()
		for i := 1; i < fields.NumField(); i++ { // the first hides them
			fields.Field(i).SetString(s.Draw(t, name))
		}
		return c
	}
	m := AddWaybill{
		ToUserName: s.Draw(t, "to"), FromUserName: s.Draw(t, "from"), CreateTime: rapid.Int64().Draw(t, "time"), Event: s.Draw(t, "event"),
		Token: s.Draw(t, "token"), OrderID: s.Draw(t, "order"), BizID: s.Draw(t, "biz"), BizPwd: Password(s.Draw(t, "pwd")),
		ShopAppID: s.Draw(t, "shop"), WayBillID: s.Draw(t, "waybill"), Remark: s.Draw(t, "remark"),
		Sender: person("sender"), Receiver: person("receiver"),
		Cargo: Cargo{
			Weight: n.Draw(t, "weight"), SpaceX: n.Draw(t, "x"), SpaceY: n.Draw(t, "y"), SpaceZ: n.Draw(t, "z"), Count: n.Draw(t, "count"),
		},
		Insured: Insured{n.Draw(t, "insured"), n.Draw(t, "value")},
		Service: Service{n.Draw(t, "type"), s.Draw(t, "service")},
	}
	for range rapid.IntRange(0, 3).Draw(t, "goods") {
		m.Cargo.DetailList = append(m.Cargo.DetailList, CargoDetail{Name: s.Draw(t, "name"), Count: n.Draw(t, "pieces")})
	}
	return m
}

// TestOrdersComeBack: orders and the replies to them, with any text in them, come
// back the same, in both formats, by our decoders and by the standard ones.
func TestOrdersComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		m := drawOrder(t, f)
		packet := EncodeAddWaybill(f, m)
		readsBack(t, f, m, EncodeAddWaybill, decodeAdd)
		if got := standardOrder(t, f, packet); !reflect.DeepEqual(got, m) {
			t.Fatalf("%s: the standard decoder reads %s", packet, EncodeAddWaybill(f, got))
		}

		r := m.Reply(m.WayBillID+m.Remark, rapid.IntRange(-1, 20009).Draw(t, "code"), m.Sender.Name, m.Sender.Address)
		checkAddReply(t, f, r)
		var std struct{ Token, ResultMsg, WaybillData string }
		var err error
		if f == XML {
			err = xml.Unmarshal(r.Encode(f), &std)
		} else {
			err = json.Unmarshal(r.Encode(f), &std)
		}
		if err != nil || std.Token != r.Token || std.ResultMsg != r.ResultMsg || std.WaybillData != r.WaybillData {
			t.Fatalf("%s: the standard decoder reads %+v, %v", r.Encode(f), std, err)
		}
	})
}

// standardOrder reads an order of documented shapes with a standard package and
// nothing of ours.
func standardOrder(t *rapid.T, f Format, packet []byte) AddWaybill {
	if f == JSON {
		return standardAdd(t, standardDoc(t, packet))
	}
	var s struct {
		ToUserName, FromUserName                                           string
		CreateTime                                                         int64
		Event, Token, OrderID, BizID, BizPwd, ShopAppID, WayBillID, Remark string
		Sender, Receiver                                                   Contact
		Cargo                                                              struct {
			Weight string
			SpaceX string `xml:"Space_X"`
			SpaceY string `xml:"Space_Y"`
			SpaceZ string `xml:"Space_Z"`
			Count  string
			Goods  []CargoDetail `xml:"DetailList"`
		}
		Insured Insured
		Service Service
	}
	if err := xml.Unmarshal(packet, &s); err != nil {
		t.Fatalf("%s: %v", packet, err)
	}
	c := s.Cargo
	return AddWaybill{
		ToUserName: s.ToUserName, FromUserName: s.FromUserName, CreateTime: s.CreateTime, Event: s.Event, Token: s.Token,
		OrderID: s.OrderID, BizID: s.BizID, BizPwd: Password(s.BizPwd), ShopAppID: s.ShopAppID, WayBillID: s.WayBillID, Remark: s.Remark,
		Sender: s.Sender, Receiver: s.Receiver, Cargo: Cargo{Weight: c.Weight, SpaceX: c.SpaceX, SpaceY: c.SpaceY, SpaceZ: c.SpaceZ, Count: c.Count, DetailList: c.Goods},
		Insured: s.Insured, Service: s.Service,
	}
}

// TestFigures: a figure is written bare if it is a number to encoding/json, and
// as a text if not, in both formats; and the Token is bare in XML alone.
func TestFigures(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		m := drawOrder(t, f)
		doc, _, err := parse(EncodeAddWaybill(f, m), CheckMessage)
		must(t, err)
		number := func(s string) bool {
			var n json.Number
			return s != "" && strings.ContainsAny(s[:1], "-0123456789") && strings.Trim(s, packet.WhiteSpace) == s && json.Unmarshal([]byte(s), &n) == nil
		}
		cargo := doc.Member("Cargo")
		for _, c := range []struct {
			figure string
			of     *packet.Node
			name   string
		}{
			{m.Cargo.Weight, cargo, "Weight"}, {m.Cargo.SpaceX, cargo, "Space_X"}, {m.Cargo.SpaceY, cargo, "Space_Y"}, {m.Cargo.SpaceZ, cargo, "Space_Z"}, {m.Cargo.Count, cargo, "Count"},
			{m.Insured.UseInsured, doc.Member("Insured"), "UseInsured"}, {m.Insured.InsuredValue, doc.Member("Insured"), "InsuredValue"},
			{m.Service.ServiceType, doc.Member("Service"), "ServiceType"},
		} {
			if got := c.of.Member(c.name).Bare; got != number(c.figure) {
				t.Fatalf("%v: %s %q is bare: %v", f, c.name, c.figure, got)
			}
		}
		if got := doc.Member("Token").Bare; got != (f == XML) {
			t.Fatalf("%v: the Token is bare: %v", f, got)
		}
	})
}

// TestAccountsComeBack is TestOrdersComeBack for the messages about accounts.
func TestAccountsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		s, _ := texts(f)
		m := CheckBiz{
			ToUserName: s.Draw(t, "to"), FromUserName: s.Draw(t, "from"), CreateTime: rapid.Int64().Draw(t, "time"), Event: s.Draw(t, "event"),
			BizID: s.Draw(t, "biz"), BizPwd: Password(s.Draw(t, "pwd")), ShopAppID: s.Draw(t, "shop"),
			ShopName: s.Draw(t, "name"), ShopTelphone: s.Draw(t, "tel"), ShopContact: s.Draw(t, "contact"), ServiceName: s.Draw(t, "service"),
			SenderProvince: s.Draw(t, "province"), SenderCity: s.Draw(t, "city"), SenderArea: s.Draw(t, "area"), SenderAddress: s.Draw(t, "address"),
		}
		checkAccount(t, f, m)
		r := m.Reply(rapid.Int().Draw(t, "code"), s.Draw(t, "msg"), rapid.Int64().Draw(t, "quota"))
		if back, err := DecodeQuotaReply(f, EventCheckBiz, r.Encode(f)); err != nil || back != r {
			t.Fatalf("%v: %+v came back as %+v, %v", f, r, back, err)
		}
	})
}
