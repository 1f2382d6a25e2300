package sandboxtest

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// CancelBody is a cancelOrder of the sample order with members replaced.
func CancelBody(change ...string) string {
	m := map[string]string{"order_id": "order", "openid": User, "delivery_id": "SF", "waybill_id": "W1"}
	for i := 0; i < len(change); i += 2 {
		m[change[i]] = change[i+1]
	}
	b, _ := json.Marshal(m)
	return string(b)
}

// AddAnswer is the answer to an order/add that was taken.
type AddAnswer struct {
	OrderID     string             `json:"order_id"`
	WaybillID   string             `json:"waybill_id"`
	WaybillData []sandbox.KeyValue `json:"waybill_data"`
}

// AddBody is an order/add of WeChat's sample with members replaced by JSON.
func AddBody(change ...string) string {
	person := func(name, tel, mobile, post, area string) string {
		return `{"name":"` + name + `","tel":"` + tel + `","mobile":"` + mobile + `","company":"公司名","post_code":"` + post +
			`","province":"广东省","city":"广州市","area":"` + area + `","address":"` + Street + `"}`
	}
	m := map[string]json.RawMessage{
		"order_id": json.RawMessage(`"012345678901234567890123456789"`), "openid": json.RawMessage(`"` + User + `"`),
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

// MemberOf finds a text member or number of an opened packet.
func MemberOf(packet string, f wechat.Format, name string) string {
	pattern := `<` + name + `>(?:<!\[CDATA\[)?([^\]<]*)`
	if f == wechat.JSON {
		pattern = `"` + name + `":"?([^",}]*)`
	}
	return regexp.MustCompile(pattern).FindStringSubmatch(packet)[1]
}

// SamePacket compares a packet with WeChat's sample, byte for byte but for the
// members that vary.
func SamePacket(tb testing.TB, f wechat.Format, name, got string, varying ...string) {
	tb.Helper()
	varies := regexp.MustCompile(`(` + strings.Join(varying, "|") + `)(>(<!\[CDATA\[)?|":"?)[^\]<",]*`)
	text := File(tb, name+"."+f.String())
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

// AddReplyTo answers an add_waybill as WeChat's sample does.
func AddReplyTo(packet string, f wechat.Format, code, waybillData string) string {
	member := func(name string) string { return MemberOf(packet, f, name) }
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

// BindBody is an account/bind with members replaced.
func BindBody(change ...string) string {
	m := map[string]string{
		"type": "bind", "biz_id": "new", "delivery_id": "SF", "password": Password, "remark_content": "电话：" + Mobile,
	}
	for i := 0; i < len(change); i += 2 {
		m[change[i]] = change[i+1]
	}
	b, _ := json.Marshal(m)
	return string(b)
}

// QuotaBody is a quota/get of the sample account.
const QuotaBody = `{"delivery_id":"SF","biz_id":"xyz"}`

// QuotaReplyTo answers a check_biz or a get_quota as WeChat's samples do.
func QuotaReplyTo(packet string, f wechat.Format, code, msg string) string {
	to, from, event, biz := MemberOf(packet, f, "ToUserName"), MemberOf(packet, f, "FromUserName"), MemberOf(packet, f, "Event"), MemberOf(packet, f, "BizID")
	if f == wechat.JSON {
		return `{"ToUserName":"` + from + `","FromUserName":"` + to + `","CreateTime":1533042556,"MsgType":"event","Event":"` + event +
			`","BizID":"` + biz + `","ResultCode":` + code + `,"ResultMsg":"` + msg + `","Quota":210}`
	}
	return `<xml><ToUserName><![CDATA[` + from + `]]></ToUserName><FromUserName><![CDATA[` + to + `]]></FromUserName><CreateTime>1533042556</CreateTime>` +
		`<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[` + event + `]]></Event><BizID><![CDATA[` + biz + `]]></BizID><ResultCode>` + code +
		`</ResultCode><ResultMsg><![CDATA[` + msg + `]]></ResultMsg><Quota>210</Quota></xml>`
}
