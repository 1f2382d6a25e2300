package wechat

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
)

// sampleAdd is what WeChat's sample request says. Its edition in JSON has whole
// numbers for two of the sides.
func sampleAdd(f Format) AddWaybill {
	person := Contact{
		Name: "张三", Tel: "020-88888888", Mobile: "18666666666", Company: "公司名", PostCode: "123456",
		Country: "中国", Province: "广东省", City: "广州市", Area: "海珠区", Address: "XX路XX号XX大厦XX栋XX",
	}
	m := AddWaybill{
		ToUserName: userName, FromUserName: "oABCD", CreateTime: 1533042556, Event: "add_waybill",
		Token: "1234ABC234523451", OrderID: "012345678901234567890123456789", BizID: "xyz", BizPwd: "xyz123",
		ShopAppID: "wxABCD", WayBillID: "123456789", Remark: "易碎物品", Sender: person, Receiver: person,
		Cargo: Cargo{
			Weight: "1.2", SpaceX: "20.5", SpaceY: "15.0", SpaceZ: "10.0", Count: "2",
			DetailList: []CargoDetail{{Name: "一千零一夜钻石包", Count: "1"}, {Name: "爱马仕柏金钻石包", Count: "1"}},
		},
		Insured: Insured{"1", "10000"},
		Service: Service{"0", "标准快递"},
	}
	m.Receiver.Name, m.Receiver.Tel, m.Receiver.Mobile = "王小蒙", "029-77777777", "18610000000"
	m.Receiver.PostCode, m.Receiver.Area = "654321", "天河区"
	if f == JSON {
		m.Cargo.SpaceY, m.Cargo.SpaceZ = "15", "10"
	}
	return m
}

// openPacket takes a packet through a plain receiver.
func openPacket(t testing.TB, packet []byte) *Push {
	t.Helper()
	p, err := newReceiver(t, options(Plain)).Open(query(""), packet)
	must(t, err)
	return p
}

// sameAdd compares two messages, which do not print themselves.
func sameAdd(t testing.TB, what string, got, want AddWaybill) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, EncodeAddWaybill(JSON, got), EncodeAddWaybill(JSON, want))
	}
}

// TestAddWaybillSamples: WeChat's samples read as what they say, and are what we
// write when we play WeChat.
func TestAddWaybillSamples(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		ours := sampleAdd(XML) // that of the carrier's number has 15.0 in both formats
		ours.WayBillID = "0"
		for name, want := range map[string]AddWaybill{"request": sampleAdd(f), "request.carrier_number": ours} {
			packet := sample(t, fmt.Sprintf("add_waybill.%s.%v", name, f))
			p := openPacket(t, packet)
			got, err := p.AddWaybill()
			must(t, err)
			sameAdd(t, name, got, want)
			if got, want := EncodeAddWaybill(f, want), compact(t, f, packet); !bytes.Equal(got, want) {
				t.Errorf("\n    got %s\nWeChat %s", got, want)
			}
		}
	}
}

// TestAddWaybillShapes: what WeChat itself writes must have its shape; a missing
// member of those is for the rule.
func TestAddWaybillShapes(t *testing.T) {
	t.Parallel()
	const head = `{"ToUserName":"gh_abcdefg","MsgType":"event","Event":"add_waybill"`
	for _, name := range []string{"Token", "OrderID", "BizID", "BizPwd", "ShopAppID", "WayBillID", "FromUserName", "CreateTime"} {
		for shape, ok := range map[string]bool{`"5"`: true, `5`: true, `null`: true, `""`: true,
			`12345678901234567890123456789012345678`: true, `{}`: false, `[]`: false, `["5"]`: false, `{"x":1}`: false} {
			packet := head + `,"` + name + `":` + shape
			if name != "CreateTime" {
				packet += `,"CreateTime":1`
			}
			packet += "}"
			_, err := openPacket(t, []byte(packet)).AddWaybill()
			if ok {
				if err != nil {
					t.Errorf("%s: %v", packet, err)
				}
				continue
			}
			if err == nil {
				t.Errorf("%s passed", packet)
				continue
			}
			refusedBy(t, err, CheckMessage)
		}
	}
	m, err := openPacket(t, []byte(head+`,"CreateTime":1}`)).AddWaybill()
	must(t, err)
	sameAdd(t, "nothing in it", m, AddWaybill{ToUserName: userName, CreateTime: 1, Event: "add_waybill"})

	other := sampleAdd(XML)
	other.Event = "cancel_waybill"
	_, err = openPacket(t, EncodeAddWaybill(XML, other)).AddWaybill()
	refusedBy(t, err, CheckMessage)
	_, err = openPacket(t, bytes.Replace(EncodeAddWaybill(JSON, sampleAdd(JSON)), []byte(`"event"`), []byte(`"text"`), 1)).AddWaybill()
	refusedBy(t, err, CheckMessage)
}

// TestAddIdentity: each of the six members counts, nothing else does, and the
// value that is stored stays.
func TestAddIdentity(t *testing.T) {
	t.Parallel()
	checkIdentity(t, "653d2089319ed3d51343158a1c0853b43574db111577c8d47414f5dca13320af", func() AddWaybill { return sampleAdd(XML) }, []identityChange[AddWaybill]{
		{"case of the event", func(m *AddWaybill) { m.Event = " Add_Waybill\n" }, true},
		{"password", func(m *AddWaybill) { m.BizPwd = "x" }, true},
		{"token", func(m *AddWaybill) { m.Token = "x" }, true},
		{"goods", func(m *AddWaybill) { m.Cargo = Cargo{} }, true},
		{"sender", func(m *AddWaybill) { m.Sender = Contact{} }, true},
		{"event", func(m *AddWaybill) { m.Event = "x" }, false},
		{"user", func(m *AddWaybill) { m.FromUserName = "x" }, false},
		{"time", func(m *AddWaybill) { m.CreateTime++ }, false},
		{"merchant", func(m *AddWaybill) { m.BizID = "x" }, false},
		{"order", func(m *AddWaybill) { m.OrderID = "x" }, false},
		{"waybill", func(m *AddWaybill) { m.WayBillID = "0" }, false},
	})
}
