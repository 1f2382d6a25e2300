package express_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// A carrier that does not answer add_waybill: the documented error, and the
// order is not there. Once it does, the same order is pushed again under the
// same number, and is there.
func TestAddOrder(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d := StartSandbox(t, f, nil)
		d.WantCode(AddPath, AddBody(), 9300502)
		query := CancelBody("order_id", "012345678901234567890123456789", "waybill_id", "1")
		d.WantCode(GetPath, query, 930563)
		d.Carrier.AnswerAdd(10002, "")
		if got, want := d.Call(AddPath, AddBody()), Sample(t, "api.addOrder.response.carrier_refused.json"); got != want {
			t.Errorf("refused:\n got %s\nwant %s", got, want)
		}
		d.Carrier.AnswerAdd(0, "##SF_bagAddr##广州##SF_mark##101- 07-03 509##")
		got := d.Call(AddPath, AddBody())
		number := WaybillOf(t, got)
		want := strings.Replace(Sample(t, "api.addOrder.response.json"), "123456789\",\"waybill_data", number+"\",\"waybill_data", 1)
		want = strings.Replace(want, "01234567890123456789", "012345678901234567890123456789", 1)
		if got != want {
			t.Errorf("placed:\n got %s\nwant %s", got, want)
		}
		if len(d.Carrier.Packets) != 3 {
			t.Fatalf("%d pushes", len(d.Carrier.Packets))
		}
		for _, p := range d.Carrier.Packets {
			if !strings.Contains(p, number) {
				t.Error("the number changed between pushes")
			}
		}
		d.WantCode(AddPath, AddBody(), 9300522)
		query = CancelBody("order_id", "012345678901234567890123456789", "waybill_id", number)
		if got := d.Call(GetPath, query); !strings.Contains(got, `"order_status":0`) || !strings.Contains(got, `{"key":"SF_bagAddr","value":"广州"}`) {
			t.Errorf("order/get: %s", got)
		}
		d.WantCode(CancelPath, query, 0)
		if got := d.Call(GetPath, query); !strings.Contains(got, `"order_status":1`) {
			t.Errorf("order/get after the cancel: %s", got)
		}
	}
}

// The event is WeChat's sample, but for what is new in each.
func TestAddWaybillPacket(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d := StartSandbox(t, f, nil)
		d.Call(AddPath, AddBody())
		got, _ := d.Carrier.Last()
		SamePacket(t, f, "add_waybill.request", strings.NewReplacer("15.0,", "15,", "10.0,", "10,").Replace(got),
			"FromUserName", "CreateTime", "Token", "WayBillID", "BizPwd")
		if !strings.Contains(got, Password) {
			t.Error("the push lacks the account's password")
		}
		d = StartSandbox(t, f, func(o *Options) { o.Express.CarrierNumbers = true })
		d.Call(AddPath, AddBody())
		got, _ = d.Carrier.Last()
		SamePacket(t, f, "add_waybill.request.carrier_number", got, "FromUserName", "CreateTime", "Token", "BizPwd")
	}
}

// TestAddOrderOfPrograms: what merchants' programs write for figures, line breaks and what
// nobody set reaches the carrier.
func TestAddOrderOfPrograms(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.JSON, nil)
	d.Carrier.AnswerAdd(0, "")
	const cargo = `{"weight":13.740000000000002,"space_x":0,"space_y":0.0,"space_z":null,"count":1.0,"detail_list":[{"name":"a\nb\u000bc","count":2.0}]}`
	for i, tt := range []struct{ body, pushed string }{
		{AddBody("cargo", cargo), `"Weight":13.740000000000002`}, {AddBody("cargo", cargo), `"Count":1,"DetailList":[{"Name":"a b c","Count":2}]`},
		{AddBody("cargo", `{"weight":"","count":1,"detail_list":[]}`), `"Weight":0,"Space_X":0,"Space_Y":0,"Space_Z":0,"Count":1}`}, {AddBody("cargo", `{"count":1,"detail_list":null}`), `"Count":1}`},
		{AddBody("insured", "[]"), `"UseInsured":0,"InsuredValue":0`}, {AddBody("insured", "null"), `"UseInsured":0,"InsuredValue":0`},
		{AddBody("insured", `{"use_insured":1.0,"insured_value":1.0E7}`), `"UseInsured":1,"InsuredValue":10000000`},
		{AddBody("service", `{"service_type":0.0,"service_name":"标准快递"}`), `"ServiceType":0,"ServiceName":"标准快递"`},
		{AddBody("custom_remark", `" a\r\n\u0001b\u001b"`), `"Remark":"a b"`}, {AddBody("add_source", "0.0"), `"Event":"add_waybill"`},
	} {
		id := "order-of-programs-" + string(rune('a'+i))
		if got := d.Call(AddPath, strings.Replace(tt.body, "012345678901234567890123456789", id, 1)); WaybillOf(t, got) == "" {
			t.Fatalf("%s: %s", tt.body, got)
		}
		if packets := d.Carrier.Packets; len(packets) != i+1 || !strings.Contains(string(packets[i]), tt.pushed) {
			t.Errorf("%s: %d pushes, the last is %s", tt.body, len(packets), packets[len(packets)-1])
		}
	}
}

func TestAddOrderRefusals(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	d.Carrier.AnswerAdd(0, "")
	long := `"` + strings.Repeat("x", 600) + `"`
	for _, tt := range []struct {
		name, body string
		code       int
	}{
		{"no JSON", "{", 47001},
		{"sender is a text", AddBody("sender", `"张三"`), 47001},
		{"weight is a text", AddBody("cargo", `{"weight":"1","count":1}`), 47001},
		{"the list is an object", AddBody("cargo", `{"count":1,"detail_list":{}}`), 47001},
		{"count has a fraction", AddBody("cargo", `{"count":1.5}`), 47001},
		{"no order_id", AddBody("order_id", ""), 930561},
		{"no sender", AddBody("sender", ""), 930561},
		{"no telephone", AddBody("receiver", `{"name":"x"}`), 930561},
		{"a line break in the service", AddBody("service", `{"service_type":0,"service_name":"a\nb"}`), 930561},
		{"add_source 1", AddBody("add_source", "1"), 930561},
		{"no openid", AddBody("openid", ""), 40003},
		{"order_id too long", AddBody("order_id", long), 9300526},
		{"name too long", AddBody("sender", `{"tel":"1","name":`+long+`}`), 9300526},
		{"no such carrier", AddBody("delivery_id", `"NOBODY"`), 9300503},
		{"no account there", AddBody("delivery_id", `"ZTO"`), 9300525},
		{"no such account", AddBody("biz_id", `"nobody"`), 9300525},
		{"an order of that id", AddBody("order_id", `"order"`), 9300522},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := d.Call(AddPath, tt.body); d.Errcode(got) != tt.code {
				t.Errorf("got %s, want %d", got, tt.code)
			}
		})
	}
	if len(d.Carrier.Packets) != 0 {
		t.Errorf("%d pushes", len(d.Carrier.Packets))
	}
	if WaybillOf(t, d.Call(AddPath, AddBody("openid", "", "add_source", "2"))) == "" {
		t.Error("add_source 2 without an openid was refused")
	}
}

// Each wrong answer to add_waybill is the documented system error.
func TestAddOrderWrongAnswers(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d := StartSandbox(t, f, nil)
		for i, change := range [][2]string{
			{"nothing", "nothing"}, {"add_waybill", "ADD_WAYBILL"},
			{"add_waybill", "cancel_waybill"}, {"gh_abcdefg", "gh_other"}, {sandbox.TeamOpenID, "oOther"}, {"xyz", "zyx"}, {"event", "text"},
			{"0123456789012345678", "x"}, {"ResultCode", "resultcode"}, {"1533042556", "soon"},
			{`(\bToken\W+(CDATA\[)?)\d+`, "${1}7"}, {`(WayBillID\W+(CDATA\[)?)\d+`, "${1}7"}, {"CreateTime", "Created"}, {"MsgType", "Type"},
			{"WaybillData", "WaybillDate"}, {"ResultMsg", "WayBillID"}, {`(WayBillID\W+(CDATA\[)?)\d+`, "${1}"}, {`##SF_mark`, "#SF_mark"},
		} {
			wrong := regexp.MustCompile(change[0])
			d.Carrier.AnswerAdd(0, "##SF_mark##101- 07-03 509##", func(reply string) string { return wrong.ReplaceAllString(reply, change[1]) })
			id := fmt.Sprintf(`"0123456789012345678901234567890%d"`, i)
			got := d.Call(AddPath, AddBody("order_id", id))
			if placed := strings.Contains(got, "waybill_data"); placed != (i < 2) || !placed && d.Errcode(got) != 9300502 {
				t.Errorf("%v, %q for %q: %s", f, change[1], change[0], got)
			}
		}
		if shown := d.Show("pushes"); !strings.Contains(shown, "WaybillData is not of the form") {
			t.Errorf("what is wrong is not shown: %s", shown)
		}
	}
}
