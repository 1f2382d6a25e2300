package wechat

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

var addResults = []struct {
	code           int
	msg            string
	waybillID, say string // what the reply carries besides
}{
	{0, "success", "123456789", "##ZTO_bagAddr##广州##ZTO_mark##888-666-666##"},
	{-1, "其他错误", "", ""},
	{10001, "客户编码或者月结账户不存在", "", ""},
	{10002, "客户密码不正确", "", ""},
	{20001, "运单 ID 不正确", "123456789", ""},
	{20002, "发件人信息不完整", "", ""},
	{20003, "发件人地址不可达或者发货地址不在服务范围", "", ""},
	{20004, "收件人信息不完整", "", ""},
	{20005, "收件人地址不可达或者收货地址不在服务范围", "", ""},
	{20006, "货物数量、重量、尺寸不正确或者不合理", "", ""},
	{20007, "商户余额不足，需要充值后再进行下单", "", ""},
	{20008, "保价信息不正确", "", ""},
	{20009, "服务信息不正确", "", ""},
}

// TestAddReplies compares our replies with golden files byte for byte, and that of an
// order that was taken with WeChat's sample but for its layout.
func TestAddReplies(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, res := range addResults {
			r := sampleAdd(f).Reply(res.waybillID, res.code, res.msg, res.say)
			got := r.Encode(f)
			golden(t, fmt.Sprintf("add_waybill.%d.%v", res.code, f), got)
			if back, err := DecodeAddReply(f, got); err != nil || back != r {
				t.Errorf("%v/%d: read back as %s, %v", f, res.code, back.Encode(f), err)
			}
			if res.code != 0 {
				continue
			}
			theirs := sample(t, "add_waybill.response."+f.String())
			if want := compact(t, f, theirs); !bytes.Equal(got, want) {
				t.Errorf("\n    got %s\nWeChat %s", got, want)
			}
			if back, err := DecodeAddReply(f, theirs); err != nil || back != r {
				t.Errorf("WeChat's %v reads as %s, %v", f, back.Encode(f), err)
			}
		}
	}
}

// TestAddReplyEchoes: token and ids come back as they came, in WeChat's spelling
// of the event whatever the push had.
func TestAddReplyEchoes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		format    Format
		doc, want string
	}{
		{JSON, `{"CreateTime":"5","MsgType":"event","Event":"ADD_Waybill","Token":12345678901234567890,"BizID":7,"OrderID":" o<&>\u2028 ","FromUserName":"u","ToUserName":"gh_abcdefg"}`,
			`{"ToUserName":"u","FromUserName":"gh_abcdefg","CreateTime":5,"MsgType":"event","Event":"add_waybill","Token":"12345678901234567890","OrderID":" o<&>` + "\u2028" + ` ","BizID":"7","WayBillID":"W1","ResultCode":0,"ResultMsg":"ok","WaybillData":"##"}`},
		{XML, "<xml><ToUserName>gh_abcdefg</ToUserName><MsgType>event</MsgType><Event> Add_WayBill\n</Event><CreateTime>\n5 </CreateTime><Token>\n<![CDATA[ a<&>]]]]><![CDATA[>\"' ]]>&#13;</Token><OrderID>&lt;o</OrderID></xml>",
			"<xml><ToUserName><![CDATA[]]></ToUserName><FromUserName><![CDATA[gh_abcdefg]]></FromUserName><CreateTime>5</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[add_waybill]]></Event><Token> a&lt;&amp;&gt;]]&gt;\"' &#13;</Token><OrderID><![CDATA[<o]]></OrderID><BizID><![CDATA[]]></BizID><WayBillID><![CDATA[W1]]></WayBillID><ResultCode>0</ResultCode><ResultMsg><![CDATA[ok]]></ResultMsg><WaybillData><![CDATA[##]]></WaybillData></xml>"},
	}
	for _, tt := range tests {
		m, err := openPacket(t, []byte(tt.doc)).AddWaybill()
		must(t, err)
		got := m.Reply("W1", 0, "ok", "##").Encode(tt.format)
		if string(got) != tt.want {
			t.Errorf("\n got %s\nwant %s", got, tt.want)
		}
		if back, err := DecodeAddReply(tt.format, got); err != nil || back.Token != m.Token {
			t.Errorf("the token %q came back as %q, %v", m.Token, back.Token, err)
		}
	}
}

// TestDecodeAddReplyIsStrict spoils a good reply in one place at a time.
func TestDecodeAddReplyIsStrict(t *testing.T) {
	t.Parallel()
	tests := []spoilt{
		{"code is a string", `"ResultCode":0`, `"ResultCode":"0"`},
		{"code is missing", `"ResultCode":0,`, ``},
		{"code is no integer", `"ResultCode":0`, `"ResultCode":0.0`},
		{"code in instant delivery's spelling", `"ResultCode"`, `"resultcode"`},
		{"time is a string", `1533042556`, `"1533042556"`},
		{"token is a number", `"1234ABC234523451"`, `1234`},
		{"token is missing", `"Token":"1234ABC234523451",`, ``},
		{"token is an object", `"1234ABC234523451"`, `{}`},
		{"order is missing", `"OrderID":"012345678901234567890123456789",`, ``},
		{"merchant is a list", `"xyz"`, `["xyz"]`},
		{"number is missing", `"WayBillID":"123456789",`, ``},
		{"number is null", `"123456789"`, `null`},
		{"message is missing", `"ResultMsg":"success",`, ``},
		{"label is missing", `,"WaybillData":"##"`, ``},
		{"label in another spelling", `"WaybillData"`, `"WayBillData"`},
		{"label is a list", `"##"`, `[]`},
		{"sender is missing", `"FromUserName":"gh_abcdefg",`, ``},
		{"another type", `"event"`, `"text"`},
		{"another event", `"add_waybill"`, `"cancel_waybill"`},
		{"one member too many", `{`, `{"BizPwd":"x",`},
		{"junk behind", `"##"}`, `"##"}x`},
	}
	good := sampleAdd(JSON).Reply("123456789", 0, "success", "##").Encode(JSON)
	refuseSpoilt(t, good, tests, func(body []byte) error {
		_, err := DecodeAddReply(JSON, body)
		return err
	})
	_, err := DecodeAddReply(XML, good)
	refusedBy(t, err, CheckMessage)

	inXML := string(sampleAdd(XML).Reply("123456789", 0, "success", "##").Encode(XML))
	for _, number := range []string{"<CreateTime>1533042556<", "<ResultCode>0<"} {
		inCDATA := strings.NewReplacer("1533042556", "<![CDATA[1533042556]]>", "0", "<![CDATA[0]]>").Replace(number)
		_, err := DecodeAddReply(XML, []byte(strings.Replace(inXML, number, inCDATA, 1)))
		refusedBy(t, err, CheckMessage)
	}
	r, err := DecodeAddReply(XML, []byte(strings.Replace(inXML, "1234ABC234523451", "<![CDATA[1234ABC234523451]]>", 1)))
	if err != nil || r.Token != "1234ABC234523451" {
		t.Errorf("a token in CDATA: %q, %v", r.Token, err)
	}
	r, err = DecodeAddReply(XML, []byte(strings.NewReplacer("<![CDATA[", "", "]]>", "").Replace(inXML)))
	if err != nil || r.OrderID != "012345678901234567890123456789" {
		t.Errorf("all bare: order %q, %v", r.OrderID, err)
	}
}

// TestOrderConversation: an order and its reply go through the envelope of every
// mode, and what arrives at WeChat is what was answered.
func TestOrderConversation(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, m := range Modes() {
			r, q, body := benchOrder(t, f, m)
			sealed, err := answerOrder(r, q, body)
			must(t, err)
			opened, err := newSender(t, m).OpenReply(q, f, sealed)
			must(t, err)
			got, err := DecodeAddReply(f, opened)
			must(t, err)
			if want := sampleAdd(f).Reply("123456789", 0, "success", "##ZTO_bagAddr##广州##ZTO_mark##888-666-666##"); got != want {
				t.Errorf("%v/%v: got %s", f, m, got.Encode(JSON))
			}
		}
	}
}
