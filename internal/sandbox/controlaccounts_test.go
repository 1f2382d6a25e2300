package sandbox

import (
	"net/http"
	"strings"
	"testing"

	"carrierhook/internal/wechat"
)

// An account can be bound without asking the carrier, and another password put in
// the place of the right one. No password is shown.
func TestControlAccounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t, wechat.XML, nil)
	d.carrier.answers(nil, func(packet string) string {
		if memberOf(packet, wechat.XML, "BizPwd") != testPassword {
			return quotaReplyTo(packet, wechat.XML, "10002", "no")
		}
		return quotaReplyTo(packet, wechat.XML, "0", "success")
	})
	accounts := d.control.URL + "/accounts"
	if got := d.send(http.MethodPost, accounts, `{"biz_id":"mine","password":"`+testPassword+`"}`); got != `{"status":"bound"}` {
		t.Error(got)
	}
	if got := d.call(quotaPath, strings.Replace(quotaBody, "xyz", "mine", 1)); got != `{"quota_num":210}` {
		t.Error(got)
	}
	d.send(http.MethodPost, accounts, `{"biz_id":"xyz","password":"was right once"}`)
	d.wantCode(quotaPath, quotaBody, 9300501)
	d.wantCode(bindPath, bindBody("type", "unbind", "biz_id", "mine"), 0)
	want := `{"accounts":[{"shop_app_id":"wxABCD","delivery_id":"SF","biz_id":"xyz","bound":true},` +
		`{"shop_app_id":"wxABCD","delivery_id":"SF","biz_id":"mine","bound":false}]}`
	if got := d.send(http.MethodGet, accounts, ""); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	for _, body := range []string{
		`{}`, `{"biz_id":"x","delivery_id":"ZTO"}`, `{"biz_id":"x","shop_app_id":"wxNobody"}`, `{"biz_id":"a\u0001"}`, `{"biz_id":"x","password":"a\nb"}`,
		`{"biz_id":"` + strings.Repeat("x", 129) + `"}`, `{"biz_id":"x","pwd":"` + testPassword + `"}`, `{"biz_id":"x","password":7}`, `{`,
	} {
		status, got := d.exchange(http.MethodPost, accounts, body)
		if status != http.StatusBadRequest || !strings.Contains(got, `"error"`) || strings.Contains(got, testPassword) {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
}
