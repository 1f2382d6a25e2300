package express_test

import (
	"net/http"
	"strings"
	"testing"

	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// An account can be bound without a push, and another password put in
// the place of the right one. No password is shown.
func TestControlAccounts(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	d.Carrier.AnswerAccount(0, "success", func(reply string) string {
		if packet, _ := d.Carrier.Last(); MemberOf(packet, wechat.XML, "BizPwd") != Password {
			return strings.Replace(reply, "<ResultCode>0", "<ResultCode>10002", 1)
		}
		return reply
	})
	accounts := d.ControlURL + "/accounts"
	if got := d.Send(http.MethodPost, accounts, `{"biz_id":"mine","password":"`+Password+`"}`); got != `{"status":"bound"}` {
		t.Error(got)
	}
	if got := d.Call(QuotaPath, strings.Replace(QuotaBody, "xyz", "mine", 1)); got != `{"quota_num":210}` {
		t.Error(got)
	}
	d.Send(http.MethodPost, accounts, `{"biz_id":"xyz","password":"was right once"}`)
	d.WantCode(QuotaPath, QuotaBody, 9300501)
	d.WantCode(BindPath, BindBody("type", "unbind", "biz_id", "mine"), 0)
	want := `{"accounts":[{"shop_app_id":"wxABCD","delivery_id":"SF","biz_id":"xyz","bound":true},` +
		`{"shop_app_id":"wxABCD","delivery_id":"SF","biz_id":"mine","bound":false}]}`
	if got := d.Send(http.MethodGet, accounts, ""); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	for _, body := range []string{
		`{}`, `{"biz_id":"x","delivery_id":"ZTO"}`, `{"biz_id":"x","shop_app_id":"wxNobody"}`, `{"biz_id":"a\u0001"}`, `{"biz_id":"x","password":"a\nb"}`,
		`{"biz_id":"` + strings.Repeat("x", 129) + `"}`, `{"biz_id":"x","pwd":"` + Password + `"}`, `{"biz_id":"x","password":7}`, `{`,
	} {
		status, got := d.Exchange(http.MethodPost, accounts, body)
		if status != http.StatusBadRequest || !strings.Contains(got, `"error"`) || strings.Contains(got, Password) {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
}
