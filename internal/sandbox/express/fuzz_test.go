package express_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// Whatever a merchant sends, at whatever path, the answer is JSON with one of
// our errcodes or a documented success.
func FuzzCalls(f *testing.F) {
	paths := []string{
		CancelPath, AddPath, GetPath, PathPath, TestUpdatePath, UpdatePath, CloudPath, StableTokenPath, TokenPath,
		BindPath, QuotaPath, ContactPath, BusinessPath, PreviewPath, QuotaGetPath, ClearQuotaPath,
	}
	for i := range paths {
		f.Add(i, "POST", "access_token="+sandbox.StandingToken, CancelBody())
		f.Add(i, "POST", "access_token="+sandbox.StandingToken, AddBody())
		f.Add(i, "POST", "access_token="+sandbox.StandingToken, BindBody())
		f.Add(i, "POST", "access_token="+sandbox.StandingToken, BindBody("type", "unbind"))
		f.Add(i, "POST", "access_token="+sandbox.StandingToken, BusinessBody("0"))
		f.Add(i, "POST", "access_token="+sandbox.StandingToken, `{"cgi_path":"/cgi-bin/clear_quota","appid":"wxABCD","waybill_id":"W1","token":"token-W1"}`)
		f.Add(i, "GET", "grant_type=client_credential&appid=wxABCD&secret="+sandbox.Secret, "")
	}
	f.Add(0, "POST", "access_token=%zz", `{"order_id":{"a":[[[]]]},"openid":null}`)
	f.Add(5, "POST", "access_token="+sandbox.StandingToken, `{"token":"token-W1","waybill_id":"W1","action_time":1e3,"action_type":300002,"action_msg":"x"}`)
	d := StartSandbox(f, wechat.XML, func(o *Options) { o.Log = nil }) // it would fill the memory
	d.SetLimits("", 1<<40, 1<<40)                                      // its minute does not end
	d.Carrier.AnswerAdd(0, "##a##b##")
	d.Carrier.AnswerAccount(0, "success")
	h := d.Merchant()
	f.Fuzz(func(t *testing.T, path int, method, query, body string) {
		if method != http.MethodGet {
			method = http.MethodPost
		}
		r := httptest.NewRequest(method, paths[uint(path)%uint(len(paths))], strings.NewReader(body))
		r.Host, r.URL.RawQuery = "localhost", query
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var a map[string]json.RawMessage
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK || !utf8.Valid(w.Body.Bytes()) {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		success := a["access_token"] != nil || a["waybill_data"] != nil || a["quota_num"] != nil || a["sender"] != nil || a["rendered_waybill_template"] != nil
		var code int
		if raw := a["errcode"]; raw == nil && a["errCode"] == nil && !success {
			t.Errorf("no errcode in %s", w.Body)
		} else if raw != nil && (json.Unmarshal(raw, &code) != nil || strings.Contains(w.Body.String(), `"errmsg":" `)) {
			t.Errorf("the errcode of %s has no words", w.Body)
		}
	})
}
