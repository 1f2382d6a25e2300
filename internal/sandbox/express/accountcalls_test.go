package express_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// An account is bound if the carrier has it, and its orders can be added until it
// is unbound.
func TestBindAccount(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d := StartSandbox(t, f, nil)
		d.Carrier.AnswerAdd(0, "")
		add := AddBody("biz_id", `"new"`)
		d.WantCode(AddPath, add, 9300525)
		for code, want := range map[int]string{
			10001: `{"errcode":9300531,"errmsg":"biz_id or password invalid rid: `, 10002: `{"errcode":9300531,"errmsg":"biz_id or password invalid rid: `,
			-1: `{"errcode":9300501,"errmsg":"delivery logic fail"`, 7: `{"errcode":9300501,"errmsg":"delivery logic fail"`,
		} {
			d.Carrier.AnswerAccount(code, "说不")
			got := d.Call(BindPath, BindBody())
			if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, fmt.Sprintf(`,"delivery_resultcode":%d,"delivery_resultmsg":"说不"}`, code)) {
				t.Errorf("%d: %s", code, got)
			}
			d.WantCode(AddPath, add, 9300525)
		}
		d.Carrier.AnswerAccount(0, "success")
		if got := d.Call(BindPath, BindBody()); got != `{"errcode":0,"errmsg":"ok"}` {
			t.Errorf("bound: %s", got)
		}
		packet, before := d.Carrier.Last()
		SamePacket(t, f, "check_biz.request", strings.Replace(packet, "new", "xyz", 1), "FromUserName", "CreateTime", "BizPwd")
		if MemberOf(packet, f, "BizPwd") != Password || MemberOf(packet, f, "FromUserName") != sandbox.TeamOpenID {
			t.Errorf("%s", packet)
		}
		d.WantCode(BindPath, BindBody(), 9300529)
		d.WantCode(BindPath, BindBody("password", "another"), 9300529)
		if _, n := d.Carrier.Last(); n != before {
			t.Error("a push about an account that is bound")
		}
		number := WaybillOf(t, d.Call(AddPath, add))
		if number == "" {
			t.Error("its order was not taken")
		}
		_, before = d.Carrier.Last()
		d.WantCode(BindPath, BindBody("type", "unbind"), 0)
		d.WantCode(BindPath, BindBody("type", "unbind"), 9300530)
		if _, n := d.Carrier.Last(); n != before {
			t.Error("a push about an account to unbind")
		}
		d.WantCode(AddPath, AddBody("biz_id", `"new"`, "order_id", `"another"`), 9300525)
		d.WantCode(CancelPath, CancelBody("order_id", "012345678901234567890123456789", "waybill_id", number), 0)
		if c := d.Carrier.Cancels[0]; c.BizPwd != Password {
			t.Error("the cancel lacks the password of the account that was unbound")
		}
		d.WantCode(BindPath, BindBody("password", "changed"), 0)
		d.Call(AddPath, AddBody("biz_id", `"new"`, "order_id", `"third"`))
		if packet, _ := d.Carrier.Last(); MemberOf(packet, f, "BizPwd") != "changed" {
			t.Errorf("the order does not come with the password that is bound: %s", packet)
		}
		d.Reset()
		d.WantCode(QuotaPath, `{"delivery_id":"SF","biz_id":"new"}`, 9300525)
	}
}

// Every errcode by its cause; the carrier gets no push.
func TestAccountRefusals(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.JSON, nil)
	long := strings.Repeat("x", 2000)
	for _, tt := range []struct {
		name, path, body string
		code             int
	}{
		{"no body", BindPath, "", 44002},
		{"no JSON", BindPath, "type=bind", 47001},
		{"a number for a text", BindPath, `{"type":1}`, 47001},
		{"password is a number", BindPath, strings.Replace(BindBody(), `"`+Password+`"`, "1", 1), 47001},
		{"no type", BindPath, BindBody("type", ""), 930561},
		{"another type", BindPath, BindBody("type", "Bind"), 930561},
		{"no biz_id", BindPath, BindBody("biz_id", ""), 930561},
		{"no delivery_id", BindPath, BindBody("delivery_id", ""), 930561},
		{"biz_id too long", BindPath, BindBody("biz_id", long), 930561},
		{"password too long", BindPath, BindBody("password", long), 930561},
		{"a control character", BindPath, BindBody("password", "a\nb"), 930561},
		{"no such carrier", BindPath, BindBody("delivery_id", "NOBODY"), 9300503},
		{"another carrier", BindPath, BindBody("delivery_id", "ZTO"), 9300502},
		{"WeChat's own carrier", BindPath, BindBody("delivery_id", "TEST", "biz_id", "test_biz_id"), 9300502},
		{"bound already", BindPath, BindBody("biz_id", "xyz"), 9300529},
		{"not bound", BindPath, BindBody("type", "unbind"), 9300530},
		{"not bound there", BindPath, BindBody("type", "unbind", "biz_id", "xyz", "delivery_id", "ZTO"), 9300530},
		{"no such carrier to unbind from", BindPath, BindBody("type", "unbind", "delivery_id", "NOBODY"), 9300503},
		{"no body", QuotaPath, "", 44002},
		{"a list", QuotaPath, "[]", 47001},
		{"a number for a text", QuotaPath, `{"biz_id":1,"delivery_id":"SF"}`, 47001},
		{"no biz_id", QuotaPath, `{"delivery_id":"SF"}`, 930561},
		{"no delivery_id", QuotaPath, `{"biz_id":"xyz"}`, 930561},
		{"no such carrier", QuotaPath, `{"delivery_id":"NOBODY","biz_id":"xyz"}`, 9300503},
		{"another carrier", QuotaPath, `{"delivery_id":"ZTO","biz_id":"xyz"}`, 9300525},
		{"not bound", QuotaPath, `{"delivery_id":"SF","biz_id":"nobody"}`, 9300525},
		{"WeChat's own carrier", QuotaPath, `{"delivery_id":"TEST","biz_id":"test_biz_id"}`, 9300525},
	} {
		if got := d.Call(tt.path, tt.body); d.Errcode(got) != tt.code || strings.Contains(got, Password) {
			t.Errorf("%s, %s: got %s, want %d", tt.path, tt.name, got, tt.code)
		}
	}
	if packet, n := d.Carrier.Last(); n != 0 {
		t.Errorf("a push: %s", packet)
	}
}

// Another merchant's account is not there.
func TestAnothersAccount(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	d.Carrier.AnswerAccount(0, "success")
	want := func(path, body string, code int) {
		t.Helper()
		if got := d.CallAs("wxOther", path, body); code >= 0 && d.Errcode(got) != code || code < 0 && got != `{"quota_num":210}` {
			t.Errorf("%s: %s, want %d", path, got, code)
		}
	}
	want(QuotaPath, QuotaBody, 9300525)
	want(BindPath, BindBody("type", "unbind", "biz_id", "xyz"), 9300530)
	want(BindPath, BindBody("biz_id", "xyz"), 0)
	want(QuotaPath, QuotaBody, -1)
	packet, _ := d.Carrier.Last()
	if MemberOf(packet, wechat.XML, "ShopAppID") != "wxOther" {
		t.Errorf("%s", packet)
	}
	if check := d.Carrier.Packets[0]; strings.Contains(check, "ShopName") || strings.Contains(check, "Sender") {
		t.Errorf("a shop without data is sent as %s", check)
	}
	d.WantCode(BindPath, BindBody("type", "unbind", "biz_id", "xyz"), 0) // the first merchant's own
}

// The balance is queried as WeChat does, and answered as in its sample.
func TestGetQuota(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d := StartSandbox(t, f, nil)
		d.WantCode(QuotaPath, QuotaBody, 9300502)
		d.Carrier.AnswerAccount(10002, "客户密码不正确")
		if got, want := d.Call(QuotaPath, QuotaBody), Sample(t, "api.addOrder.response.carrier_refused.json"); got != want {
			t.Errorf("refused:\n got %s\nwant %s", got, want)
		}
		d.Carrier.AnswerAccount(0, "success")
		if got := d.Call(QuotaPath, QuotaBody); got != `{"quota_num":210}` {
			t.Errorf("got %s", got)
		}
		seen := map[string]bool{}
		for _, packet := range d.Carrier.Packets {
			SamePacket(t, f, "get_quota.request", packet, "FromUserName", "CreateTime", "BizPwd")
			if MemberOf(packet, f, "BizPwd") != Password || MemberOf(packet, f, "FromUserName") != sandbox.TeamOpenID {
				t.Errorf("%s", packet)
			}
			if at := MemberOf(packet, f, "CreateTime"); seen[at] {
				t.Errorf("two pushes are of the second %s", at)
			} else {
				seen[at] = true
			}
		}
		if len(seen) != 3 {
			t.Errorf("%d pushes", len(seen))
		}
	}
}

// Each wrong answer about an account is the system error, and binds nothing.
func TestAccountWrongAnswers(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d := StartSandbox(t, f, nil)
		for _, change := range []string{
			"_biz=>_bis", "_quota=>_quote", "gh_abcdefg=>gh_other", sandbox.TeamOpenID + "=>oOther", "BizID=>BizId", "new=>old", "xyz=>zyx", "event=>text",
			"ResultCode=>resultcode", "1533042556=>soon", "MsgType=>Type", "210=>-1", "210=>many", "210=>2.5", "210=>", "Quota=>quota", "Quota=>Balance", "=>more",
		} {
			from, to, _ := strings.Cut(change, "=>")
			d.Carrier.AnswerAccount(0, "success", func(reply string) string {
				if from == "" {
					return strings.NewReplacer("</xml>", "<More>1</More></xml>", `{"To`, `{"More":1,"To`).Replace(reply)
				}
				return strings.ReplaceAll(reply, from, to)
			})
			if from != "_biz" && from != "new" {
				d.WantCode(QuotaPath, QuotaBody, 9300502)
			}
			if from != "_quota" && from != "xyz" {
				d.WantCode(BindPath, BindBody(), 9300502)
			}
		}
		d.WantCode(AddPath, AddBody("biz_id", `"new"`), 9300525)
		d.Carrier.AnswerAccount(0, "success", strings.NewReplacer("check_biz", "CHECK_BIZ", "get_quota", "Get_Quota").Replace)
		d.WantCode(BindPath, BindBody(), 0)
		if got := d.Call(QuotaPath, QuotaBody); got != `{"quota_num":210}` {
			t.Errorf("in other letters: %s", got)
		}
	}
}

// Of many at once one binds and pushes to the carrier; the others wait for it.
func TestBindAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := StartInMemory(t, wechat.XML, nil)
		agree := make(chan struct{})
		d.Carrier.AnswerAccount(0, "success", func(reply string) string { <-agree; return reply })
		pushes := func() int { _, n := d.Carrier.Last(); return n }
		atOnce(t, d, agree, pushes, BindPath, BindBody(), 9300529)
	})
}
