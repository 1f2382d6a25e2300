package conformance

import (
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// TestParseAccount: both notations, and no password in an error.
func TestParseAccount(t *testing.T) {
	t.Parallel()
	want := Account{BizID: "xyz", BizPwd: password, ShopAppID: "wx1"}
	if got, err := ParseAccount("xyz:" + password + ":wx1"); got != want || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := ParseAccount("xyz:"); got != (Account{BizID: "xyz"}) || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	want.Quota, want.ServiceType, want.ServiceName = true, 7, "快件"
	want.Sender = wechat.Contact{
		Name: "n", Tel: "t", Mobile: "m", Company: "c", PostCode: "p", Country: "l", Province: "v", City: "y", Area: "a", Address: "d",
	}
	want.Numbers = sandbox.NumberRange{Prefix: "WX", Width: 10, First: 3}
	got, err := ParseAccountFile([]byte(`{"biz_id":"xyz","biz_pwd":"` + password + `","shop_app_id":"wx1","quota":true,"service_type":7,"service_name":"快件",
		"sender":{"name":"n","tel":"t","mobile":"m","company":"c","post_code":"p","country":"l","province":"v","city":"y","area":"a","address":"d"},
		"numbers":{"prefix":"WX","width":10,"first":3}}`))
	if got != want || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if all := got.complete(); all.Sender != want.Sender || all.Receiver.City != "广州市" || all.ServiceName != "快件" || (Account{}).complete().ServiceName != "标准快递" {
		t.Error("what is missing is not as in WeChat's sample")
	}
	for _, wrong := range []string{"", "xyz", ":" + password, "xyz:" + password + ":c:d"} {
		if _, err := ParseAccount(wrong); err == nil || strings.Contains(err.Error(), password) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	for _, wrong := range []string{
		"", "[]", "{}", `{"biz_id":"x"} {}`, `{"biz_id":"x","pwd":"` + password + `"}`, `{"biz_id":"x","biz_pwd":["` + password + `"]}`,
	} {
		if _, err := ParseAccountFile([]byte(wrong)); err == nil || strings.Contains(err.Error(), password) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}
