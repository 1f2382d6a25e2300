package sandboxtest

import (
	"bytes"
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"strings"
)

// object is a JSON object with members replaced by JSON: each pair of change is a
// member's path, as sender.name, and what it is to be, "" for not there.
func object(text []byte, change ...string) string {
	m := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		panic(err)
	}
	for i := 0; i < len(change); i += 2 {
		names := strings.Split(change[i], ".")
		var at any = m
		for _, name := range names[:len(names)-1] {
			at = at.(map[string]any)[name]
			if list, ok := at.([]any); ok {
				at = list[0]
			}
		}
		name := names[len(names)-1]
		if at.(map[string]any)[name] = json.RawMessage(change[i+1]); change[i+1] == "" {
			delete(at.(map[string]any), name)
		}
	}
	return jsonOf(m)
}

// texts is object for members that are texts.
func texts(text string, change ...string) string {
	for i := 1; i < len(change); i += 2 {
		change[i] = jsonOf(change[i])
	}
	return object([]byte(text), change...)
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Quoted is a JSON string of n times a character.
func Quoted(n int, c string) string { return `"` + strings.Repeat(c, n) + `"` }

// CancelBody is a cancelOrder of the sample order with texts replaced.
func CancelBody(change ...string) string {
	return texts(`{"order_id":"order","openid":"`+User+`","delivery_id":"SF","waybill_id":"W1"}`, change...)
}

// BindBody is an account/bind with texts replaced.
func BindBody(change ...string) string {
	return texts(`{"type":"bind","biz_id":"new","delivery_id":"SF","password":"`+Password+`","remark_content":"电话：`+Mobile+`"}`, change...)
}

// QuotaBody is a quota/get of the sample account.
const QuotaBody = `{"delivery_id":"SF","biz_id":"xyz"}`

// BatchBody is an order/batchget of the sample order.
const BatchBody = `{"order_list":[{"order_id":"order","delivery_id":"SF","waybill_id":"W1"}]}`

// ContactBody is a contact/get of a carrier's, about a waybill of SampleOrder.
func ContactBody(waybill string) string {
	return `{"token":"token-` + waybill + `","waybill_id":"` + waybill + `"}`
}

// PathBody is a scan of a waybill of SampleOrder, with members replaced by JSON.
func PathBody(waybill string, action, at int, change ...string) string {
	return object([]byte(fmt.Sprintf(`{"token":"token-%s","waybill_id":%q,"action_time":%d,"action_type":%d,"action_msg":"【18666666666】正在派件"}`,
		waybill, waybill, at, action)), change...)
}

// BusinessBody is a carrier's verdict about the sample account, with members replaced by JSON.
func BusinessBody(result string, change ...string) string {
	return object([]byte(`{"shop_app_id":"wxABCD","biz_id":"xyz","result_code":`+result+`,"result_msg":"审核通过"}`), change...)
}

// PreviewBody is WeChat's sample of a template/preview, with members replaced by JSON.
func PreviewBody(change ...string) string {
	text, err := testdata.ReadFile("testdata/api.template_preview.request.json")
	if err != nil {
		panic(err)
	}
	return object(text, change...)
}

// AddBody is an order/add of WeChat's sample with members replaced by JSON.
func AddBody(change ...string) string {
	person := func(name, tel, mobile, post, area string) string {
		return fmt.Sprintf(`{"name":%q,"tel":%q,"mobile":%q,"company":"公司名","post_code":%q,"province":"广东省","city":"广州市","area":%q,"address":%q}`,
			name, tel, mobile, post, area, Street)
	}
	return object([]byte(`{"order_id":"012345678901234567890123456789","openid":"`+User+`","delivery_id":"SF","biz_id":"xyz","custom_remark":"易碎物品","add_source":0,
		"sender":`+person("张三", "020-88888888", "18666666666", "123456", "海珠区")+`,"receiver":`+person("王小蒙", "029-77777777", "18610000000", "654321", "天河区")+`,
		"cargo":{"count":2,"weight":1.2,"space_x":20.5,"space_y":15.0,"space_z":10.0,"detail_list":[{"name":"一千零一夜钻石包","count":1},{"name":"爱马仕柏金钻石包","count":1}]},
		"insured":{"use_insured":1,"insured_value":10000},"service":{"service_type":0,"service_name":"标准快递"}}`), change...)
}

// TestBody is an order/add at WeChat's own carrier for trying.
func TestBody(orderID string) string {
	return AddBody("order_id", `"`+orderID+`"`, "delivery_id", `"TEST"`, "biz_id", `"test_biz_id"`)
}

// PlaceBody is WeChat's sample of reOrder with members replaced by JSON.
func PlaceBody(change ...string) string {
	text, err := testdata.ReadFile("testdata/api.reOrder.request.json")
	if err != nil {
		panic(err)
	}
	return object(text, change...)
}

// FollowUpBody is a call about the sample order, with members replaced by JSON.
func FollowUpBody(change ...string) string {
	return object([]byte(`{"shopid":"`+ShopID+`","shop_order_id":"`+ShopOrderID+`","shop_no":"12345678","delivery_sign":"01234567890123456789",
		"delivery_id":"SFTC","waybill_id":"W1","cancel_reason_id":1,"cancel_reason":"","tips":5,"remark":"remarkInWords"}`), change...)
}

// StatusReportBody is a company's status report about the sample order.
func StatusReportBody(token string, change ...string) string {
	return FollowUpBody(append([]string{
		"wx_token", `"` + token + `"`, "order_status", "102", "action_time", "1638703215", "action_msg", `"whatTheRiderDid"`, "wxa_path", `"pages/index/index"`,
		"agent", `{"name":"李x利","phone":"1358xxxx","is_phone_encrypted":0,"lng":112.224839}`, "expected_delivery_time", "1638705236",
	}, change...)...)
}

// trial makes an order that of WeChat's company for trying, signed for it.
func trial(orderID string, change []string) []string {
	sign := fmt.Sprintf("%x", sha1.Sum([]byte("test_shop_id"+orderID+"test_app_secrect")))
	return append([]string{
		"shopid", `"test_shop_id"`, "delivery_id", `"TEST"`, "shop_order_id", `"` + orderID + `"`, "delivery_sign", `"` + sign + `"`,
	}, change...)
}

// TrialBody is PlaceBody at the company for trying.
func TrialBody(orderID string, change ...string) string {
	return PlaceBody(trial(orderID, change)...)
}

// TrialFollowUpBody is FollowUpBody at the company for trying, without a waybill.
func TrialFollowUpBody(orderID string, change ...string) string {
	return FollowUpBody(trial(orderID, append([]string{"waybill_id", ""}, change...))...)
}

// MockBody moves an order at the company for trying.
func MockBody(orderID, status string, change ...string) string {
	return FollowUpBody(trial(orderID, append([]string{
		"waybill_id", "", "order_status", status, "action_time", "1600000000", "action_msg", `"whatTheRiderDid"`,
	}, change...))...)
}
