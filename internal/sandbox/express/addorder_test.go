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
		{"a control character", AddBody("custom_remark", `"\u0001"`), 930561},
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
