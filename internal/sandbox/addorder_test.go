package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"carrierhook/internal/wechat"
)

// addBody is an order/add of WeChat's sample with members replaced by JSON.
func addBody(change ...string) string {
	person := func(name, tel, mobile, post, area string) string {
		return `{"name":"` + name + `","tel":"` + tel + `","mobile":"` + mobile + `","company":"公司名","post_code":"` + post +
			`","province":"广东省","city":"广州市","area":"` + area + `","address":"` + testStreet + `"}`
	}
	m := map[string]json.RawMessage{
		"order_id": json.RawMessage(`"012345678901234567890123456789"`), "openid": json.RawMessage(`"` + testUser + `"`),
		"delivery_id": json.RawMessage(`"SF"`), "biz_id": json.RawMessage(`"xyz"`), "custom_remark": json.RawMessage(`"易碎物品"`),
		"add_source": json.RawMessage("0"),
		"sender":     json.RawMessage(person("张三", "020-88888888", "18666666666", "123456", "海珠区")),
		"receiver":   json.RawMessage(person("王小蒙", "029-77777777", "18610000000", "654321", "天河区")),
		"cargo": json.RawMessage(`{"count":2,"weight":1.2,"space_x":20.5,"space_y":15.0,"space_z":10.0,"detail_list":[` +
			`{"name":"一千零一夜钻石包","count":1},{"name":"爱马仕柏金钻石包","count":1}]}`),
		"insured": json.RawMessage(`{"use_insured":1,"insured_value":10000}`),
		"service": json.RawMessage(`{"service_type":0,"service_name":"标准快递"}`),
	}
	for i := 0; i < len(change); i += 2 {
		m[change[i]] = json.RawMessage(change[i+1])
		if change[i+1] == "" {
			delete(m, change[i])
		}
	}
	b, _ := json.Marshal(m)
	return string(b)
}

// memberOf finds a text member or number of an opened packet.
func memberOf(packet string, f wechat.Format, name string) string {
	pattern := `<` + name + `>(?:<!\[CDATA\[)?([^\]<]*)`
	if f == wechat.JSON {
		pattern = `"` + name + `":"?([^",}]*)`
	}
	return regexp.MustCompile(pattern).FindStringSubmatch(packet)[1]
}

// samePacket compares a packet with WeChat's sample, byte for byte but for the
// members that vary.
func samePacket(tb testing.TB, f wechat.Format, name, got string, varying ...string) {
	tb.Helper()
	varies := regexp.MustCompile(`(` + strings.Join(varying, "|") + `)(>(<!\[CDATA\[)?|":"?)[^\]<",]*`)
	text, err := os.ReadFile("testdata/" + name + "." + f.String())
	if err != nil {
		tb.Fatal(err)
	}
	want := regexp.MustCompile(`>\s+<`).ReplaceAllString(strings.TrimSpace(string(text)), "><")
	if f == wechat.JSON {
		var b bytes.Buffer
		if err := json.Compact(&b, text); err != nil {
			tb.Fatal(err)
		}
		want = b.String()
	}
	if got, want := varies.ReplaceAllString(got, "$1$2"), varies.ReplaceAllString(want, "$1$2"); got != want {
		tb.Errorf("%v\n got %s\nwant %s", f, got, want)
	}
}

// addReplyTo answers an add_waybill as WeChat's sample does.
func addReplyTo(packet string, f wechat.Format, code, waybillData string) string {
	member := func(name string) string { return memberOf(packet, f, name) }
	if f == wechat.JSON {
		return `{"ToUserName":"` + member("FromUserName") + `","FromUserName":"` + member("ToUserName") + `","CreateTime":1533042556,"MsgType":"event",` +
			`"Event":"add_waybill","Token":"` + member("Token") + `","OrderID":"` + member("OrderID") + `","BizID":"` + member("BizID") +
			`","WayBillID":"` + member("WayBillID") + `","ResultCode":` + code + `,"ResultMsg":"客户密码不正确","WaybillData":"` + waybillData + `"}`
	}
	return `<xml><ToUserName><![CDATA[` + member("FromUserName") + `]]></ToUserName><FromUserName><![CDATA[` + member("ToUserName") +
		`]]></FromUserName><CreateTime>1533042556</CreateTime><MsgType>event</MsgType><Event>add_waybill</Event><Token>` + member("Token") +
		`</Token><OrderID>` + member("OrderID") + `</OrderID><BizID>` + member("BizID") + `</BizID><WayBillID>` + member("WayBillID") +
		`</WayBillID><ResultCode>` + code + `</ResultCode><ResultMsg>客户密码不正确</ResultMsg><WaybillData>` + waybillData + `</WaybillData></xml>`
}

// A carrier that does not answer add_waybill: the documented error, and the
// order is not there. Once it does, the same order is pushed again under the
// same number, and is there.
func TestAddOrder(t *testing.T) {
	t.Parallel()
	for _, f := range bothFormats {
		d := newDesk(t, f, nil)
		d.wantCode(addPath, addBody(), 9300502)
		query := cancelBody("order_id", "012345678901234567890123456789", "waybill_id", "1")
		d.wantCode(getPath, query, 930563)
		d.carrier.answers(func(packet string) string { return addReplyTo(packet, f, "10002", "") }, nil)
		if got, want := d.call(addPath, addBody()), sample(t, "api.addOrder.response.carrier_refused.json"); got != want {
			t.Errorf("refused:\n got %s\nwant %s", got, want)
		}
		d.carrier.answers(func(packet string) string {
			return addReplyTo(packet, f, "0", "##SF_bagAddr##广州##SF_mark##101- 07-03 509##")
		}, nil)
		got := d.call(addPath, addBody())
		var answer addAnswer
		decode(t, got, &answer)
		want := strings.Replace(sample(t, "api.addOrder.response.json"), "123456789\",\"waybill_data", answer.WaybillID+"\",\"waybill_data", 1)
		want = strings.Replace(want, "01234567890123456789", "012345678901234567890123456789", 1)
		if got != want {
			t.Errorf("placed:\n got %s\nwant %s", got, want)
		}
		if len(d.carrier.packets) != 3 {
			t.Fatalf("%d pushes", len(d.carrier.packets))
		}
		for _, p := range d.carrier.packets {
			if !strings.Contains(p, answer.WaybillID) {
				t.Error("the number changed between pushes")
			}
		}
		d.wantCode(addPath, addBody(), 9300522)
		query = cancelBody("order_id", answer.OrderID, "waybill_id", answer.WaybillID)
		if got := d.call(getPath, query); !strings.Contains(got, `"order_status":0`) || !strings.Contains(got, `{"key":"SF_bagAddr","value":"广州"}`) {
			t.Errorf("order/get: %s", got)
		}
		d.wantCode(cancelPath, query, 0)
		if got := d.call(getPath, query); !strings.Contains(got, `"order_status":1`) {
			t.Errorf("order/get after the cancel: %s", got)
		}
	}
}

// The event is WeChat's sample, but for what is new in each.
func TestAddWaybillPacket(t *testing.T) {
	t.Parallel()
	for _, f := range bothFormats {
		d := newDesk(t, f, nil)
		d.call(addPath, addBody())
		got, _ := d.carrier.last()
		samePacket(t, f, "add_waybill.request", strings.NewReplacer("15.0,", "15,", "10.0,", "10,").Replace(got),
			"FromUserName", "CreateTime", "Token", "WayBillID", "BizPwd")
		if !strings.Contains(got, testPassword) {
			t.Error("the push lacks the account's password")
		}
		d = newDesk(t, f, func(o *APIOptions) { o.CarrierNumbers = true })
		d.call(addPath, addBody())
		got, _ = d.carrier.last()
		samePacket(t, f, "add_waybill.request.carrier_number", got, "FromUserName", "CreateTime", "Token", "BizPwd")
	}
}

func TestAddOrderRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk(t, wechat.XML, nil)
	d.carrier.answers(func(packet string) string { return addReplyTo(packet, wechat.XML, "0", "") }, nil)
	long := `"` + strings.Repeat("x", 600) + `"`
	for _, tt := range []struct {
		name, body string
		code       int
	}{
		{"no JSON", "{", 47001},
		{"sender is a text", addBody("sender", `"张三"`), 47001},
		{"weight is a text", addBody("cargo", `{"weight":"1","count":1}`), 47001},
		{"the list is an object", addBody("cargo", `{"count":1,"detail_list":{}}`), 47001},
		{"count has a fraction", addBody("cargo", `{"count":1.5}`), 47001},
		{"no order_id", addBody("order_id", ""), 930561},
		{"no sender", addBody("sender", ""), 930561},
		{"no telephone", addBody("receiver", `{"name":"x"}`), 930561},
		{"a control character", addBody("custom_remark", `"\u0001"`), 930561},
		{"add_source 1", addBody("add_source", "1"), 930561},
		{"no openid", addBody("openid", ""), 40003},
		{"order_id too long", addBody("order_id", long), 9300526},
		{"name too long", addBody("sender", `{"tel":"1","name":`+long+`}`), 9300526},
		{"no such carrier", addBody("delivery_id", `"NOBODY"`), 9300503},
		{"no account there", addBody("delivery_id", `"ZTO"`), 9300525},
		{"no such account", addBody("biz_id", `"nobody"`), 9300525},
		{"an order of that id", addBody("order_id", `"order"`), 9300522},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := d.call(addPath, tt.body); errcode(t, got) != tt.code {
				t.Errorf("got %s, want %d", got, tt.code)
			}
		})
	}
	if len(d.carrier.packets) != 0 {
		t.Errorf("the carrier was asked %d times", len(d.carrier.packets))
	}
	var a addAnswer
	decode(t, d.call(addPath, addBody("openid", "", "add_source", "2")), &a)
	if a.WaybillID == "" {
		t.Error("add_source 2 without an openid was refused")
	}
}

// Each wrong answer to add_waybill is the documented system error.
func TestAddOrderWrongAnswers(t *testing.T) {
	t.Parallel()
	for _, f := range bothFormats {
		d := newDesk(t, f, nil)
		right := func(packet string) string { return addReplyTo(packet, f, "0", "##SF_mark##101- 07-03 509##") }
		for i, change := range [][2]string{
			{"nothing", "nothing"}, {"ADD_WAYBILL", "ADD_WAYBILL"},
			{"add_waybill", "cancel_waybill"}, {"gh_abcdefg", "gh_other"}, {teamOpenID, "oOther"}, {"xyz", "zyx"}, {"event", "text"},
			{"0123456789012345678", "x"}, {"ResultCode", "resultcode"}, {"1533042556", "soon"},
			{`(\bToken\W+)\d+`, "${1}7"}, {`(WayBillID\W+)\d+`, "${1}7"}, {"CreateTime", "Created"}, {"MsgType", "Type"},
			{"WaybillData", "WaybillDate"}, {"ResultMsg", "WayBillID"}, {`(WayBillID\W+)\d+`, "${1}"}, {`##SF_mark`, "#SF_mark"},
		} {
			wrong := regexp.MustCompile(change[0])
			d.carrier.answers(func(packet string) string { return wrong.ReplaceAllString(right(packet), change[1]) }, nil)
			id := fmt.Sprintf(`"0123456789012345678901234567890%d"`, i)
			got := d.call(addPath, addBody("order_id", id))
			if placed := strings.Contains(got, "waybill_data"); placed != (i < 2) || !placed && errcode(t, got) != 9300502 {
				t.Errorf("%v, %q for %q: %s", f, change[1], change[0], got)
			}
		}
		if shown := d.send("GET", d.control.URL+"/pushes", ""); !strings.Contains(shown, "WaybillData is not of the form") {
			t.Errorf("what is wrong is not shown: %s", shown)
		}
	}
}

// What a fault of the way does not change: the order is taken once, and one
// number is told.
func TestAddOrderWithAwkwardFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range []Fault{EventUpper, Twice, HangUp, SlowAnswer, JSONAsXML} {
		d := newDesk(t, wechat.JSON, func(o *APIOptions) { o.Fault = fault })
		d.carrier.answers(func(packet string) string {
			return strings.Replace(addReplyTo(packet, wechat.JSON, "0", "##SF_mark##1##"), "ADD_WAYBILL", "add_waybill", 1)
		}, nil)
		var a addAnswer
		decode(t, d.call(addPath, addBody()), &a)
		if packet, _ := d.carrier.last(); a.WaybillID == "" || memberOf(packet, wechat.JSON, "WayBillID") != a.WaybillID {
			t.Errorf("%s: %+v", fault, a)
		}
		d.wantCode(getPath, cancelBody("order_id", a.OrderID, "waybill_id", a.WaybillID), 0)
	}
	d := newDesk(t, wechat.JSON, func(o *APIOptions) { o.Fault = WrongAppID })
	d.wantCode(addPath, addBody(), 9300502)
}
