package express_test

import (
	"net/http"
	"strings"
	"testing"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// A carrier gets the people of an order that it took, for the order's token. Nobody else
// is shown them.
func TestGetContact(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	d.Carrier.AnswerAdd(0, "")
	number := WaybillOf(t, d.Call(AddPath, AddBody()))
	packet, _ := d.Carrier.Last()
	body := func(token, waybill string) string { return `{"token":"` + token + `","waybill_id":"` + waybill + `"}` }
	token := MemberOf(packet, wechat.XML, "Token")
	want := strings.Replace(Sample(t, "api.contact_get.response.json"), "12345678901234567890", number, 1)
	if got := d.Call(ContactPath, body(token, number)); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	empty := `{"address":"","name":"","tel":"","mobile":""}`
	if got := d.Call(ContactPath, ContactBody("W1")); got != `{"waybill_id":"W1","sender":`+empty+`,"receiver":`+empty+`}` {
		t.Errorf("an order that was put in: %s", got)
	}
	for want, request := range map[int]string{40199: body(token, "other"), 9300507: body("TOKEN", number), 930561: `{}`, 47001: `{"token":7}`} {
		d.WantCode(ContactPath, request, want)
	}
	if got := d.Show("orders"); strings.Contains(got, "王小蒙") || strings.Contains(got, "18610000000") {
		t.Errorf("the control shows %s", got)
	}
}

// An account that the carrier did not take at once is bound by its later verdict, with the
// password that was asked with; a verdict against one that is bound ends it.
func TestUpdateBusiness(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	update := func(result string, want int) {
		t.Helper()
		d.WantCode(BusinessPath, BusinessBody(result, "biz_id", `"new"`), want)
	}
	quota := strings.Replace(QuotaBody, "xyz", "new", 1)
	update("0", 9300525)
	d.Carrier.AnswerAccount(-1, "under review")
	d.WantCode(BindPath, BindBody("password", "asked"), 9300501)
	d.WantCode(QuotaPath, quota, 9300525)
	update("1", 0)
	d.WantCode(QuotaPath, quota, 9300525)
	update("0", 0)
	d.Carrier.AnswerAccount(0, "success")
	if got := d.Call(QuotaPath, quota); got != `{"quota_num":210}` {
		t.Error(got)
	}
	if packet, _ := d.Carrier.Last(); MemberOf(packet, wechat.XML, "BizPwd") != "asked" {
		t.Error("the carrier got another password")
	}
	d.WantCode(BindPath, BindBody("password", "asked"), 9300529)
	update("2", 0)
	d.WantCode(QuotaPath, quota, 9300525)
	if got := d.Call(BusinessPath, Sample(t, "api.business_update.request.json")); got != Sample(t, "api.business_update.response.json") {
		t.Error(got)
	}
	for want, body := range map[int]string{
		40013: BusinessBody("0", "shop_app_id", `"wxNobody"`), 9300525: BusinessBody("0", "biz_id", `"nobody"`),
		930561: BusinessBody("0", "result_code", ""), 47001: BusinessBody(`"none"`),
	} {
		d.WantCode(BusinessPath, body, want)
	}
}

// The carriers are listed, and the sandbox's own with them, whatever its id.
func TestGetAllDelivery(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"SF":   `{"delivery_id":"SF","delivery_name":"顺丰速运","can_use_cash":0,"can_get_quota":1,"service_type":[],"cash_biz_id":""}`,
		"MINE": `{"delivery_id":"MINE","delivery_name":"MINE","can_use_cash":0,"can_get_quota":1,"service_type":[],"cash_biz_id":""}`,
	} {
		d := StartSandbox(t, wechat.XML, func(o *Options) {
			o.Express.DeliveryID, o.Express.Accounts, o.Express.Orders = id, nil, nil
		})
		got := d.Send(http.MethodGet, d.MerchantURL+DeliveriesPath+"?access_token=SANDBOX_TOKEN", "")
		count := map[string]string{"SF": `{"count":10,`, "MINE": `{"count":11,`}[id]
		if !strings.HasPrefix(got, count+`"data":[{"delivery_id":"BEST","delivery_name":"百世快递",`) || !strings.Contains(got, want) || strings.Count(got, `"can_get_quota":1`) != 1 {
			t.Errorf("%s: %s", id, got)
		}
		if got := d.Call(DeliveriesPath, "{}"); d.Errcode(got) != 43001 {
			t.Errorf("POST: %s", got)
		}
		if got := d.Send(http.MethodGet, d.MerchantURL+DeliveriesPath, ""); d.Errcode(got) != 41001 {
			t.Errorf("no token: %s", got)
		}
	}
}
