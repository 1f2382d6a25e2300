package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"carrierhook/internal/wechat"
)

// bindBody is an account/bind with members replaced.
func bindBody(change ...string) string {
	m := map[string]string{
		"type": "bind", "biz_id": "new", "delivery_id": "SF", "password": testPassword, "remark_content": "电话：" + testMobile,
	}
	for i := 0; i < len(change); i += 2 {
		m[change[i]] = change[i+1]
	}
	b, _ := json.Marshal(m)
	return string(b)
}

const quotaBody = `{"delivery_id":"SF","biz_id":"xyz"}`

// quotaReplyTo answers a check_biz or a get_quota as WeChat's samples do.
func quotaReplyTo(packet string, f wechat.Format, code, msg string) string {
	to, from, event, biz := memberOf(packet, f, "ToUserName"), memberOf(packet, f, "FromUserName"), memberOf(packet, f, "Event"), memberOf(packet, f, "BizID")
	if f == wechat.JSON {
		return `{"ToUserName":"` + from + `","FromUserName":"` + to + `","CreateTime":1533042556,"MsgType":"event","Event":"` + event +
			`","BizID":"` + biz + `","ResultCode":` + code + `,"ResultMsg":"` + msg + `","Quota":210}`
	}
	return `<xml><ToUserName><![CDATA[` + from + `]]></ToUserName><FromUserName><![CDATA[` + to + `]]></FromUserName><CreateTime>1533042556</CreateTime>` +
		`<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[` + event + `]]></Event><BizID><![CDATA[` + biz + `]]></BizID><ResultCode>` + code +
		`</ResultCode><ResultMsg><![CDATA[` + msg + `]]></ResultMsg><Quota>210</Quota></xml>`
}

// An account is bound if the carrier has it, and its orders can be added until it
// is unbound.
func TestBindAccount(t *testing.T) {
	t.Parallel()
	for _, f := range bothFormats {
		d := newDesk(t, f, nil)
		d.carrier.answers(func(packet string) string { return addReplyTo(packet, f, "0", "") }, nil)
		add := addBody("biz_id", `"new"`)
		d.wantCode(addPath, add, 9300525)
		for code, want := range map[string]string{
			"10001": `{"errcode":9300531,"errmsg":"biz_id or password invalid rid: `, "10002": `{"errcode":9300531,"errmsg":"biz_id or password invalid rid: `,
			"-1": `{"errcode":9300501,"errmsg":"delivery logic fail"`, "7": `{"errcode":9300501,"errmsg":"delivery logic fail"`,
		} {
			d.carrier.answers(nil, func(packet string) string { return quotaReplyTo(packet, f, code, "说不") })
			got := d.call(bindPath, bindBody())
			if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, `,"delivery_resultcode":`+code+`,"delivery_resultmsg":"说不"}`) {
				t.Errorf("%s: %s", code, got)
			}
			d.wantCode(addPath, add, 9300525)
		}
		d.carrier.answers(nil, func(packet string) string { return quotaReplyTo(packet, f, "0", "success") })
		if got := d.call(bindPath, bindBody()); got != `{"errcode":0,"errmsg":"ok"}` {
			t.Errorf("bound: %s", got)
		}
		packet, asked := d.carrier.last()
		samePacket(t, f, "check_biz.request", strings.Replace(packet, "new", "xyz", 1), "FromUserName", "CreateTime", "BizPwd")
		if memberOf(packet, f, "BizPwd") != testPassword || memberOf(packet, f, "FromUserName") != teamOpenID {
			t.Errorf("%s", packet)
		}
		d.wantCode(bindPath, bindBody(), 9300529)
		d.wantCode(bindPath, bindBody("password", "another"), 9300529)
		if _, n := d.carrier.last(); n != asked {
			t.Error("the carrier was asked about an account that is bound")
		}
		var a addAnswer
		if decode(t, d.call(addPath, add), &a); a.WaybillID == "" {
			t.Error("its order was not taken")
		}
		_, asked = d.carrier.last()
		d.wantCode(bindPath, bindBody("type", "unbind"), 0)
		d.wantCode(bindPath, bindBody("type", "unbind"), 9300530)
		if _, n := d.carrier.last(); n != asked {
			t.Error("the carrier was asked whether to unbind")
		}
		d.wantCode(addPath, addBody("biz_id", `"new"`, "order_id", `"another"`), 9300525)
		d.wantCode(cancelPath, cancelBody("order_id", a.OrderID, "waybill_id", a.WaybillID), 0)
		if c := d.carrier.cancels[0]; c.BizPwd != testPassword {
			t.Error("the cancel lacks the password of the account that was unbound")
		}
		d.wantCode(bindPath, bindBody("password", "changed"), 0)
		d.call(addPath, addBody("biz_id", `"new"`, "order_id", `"third"`))
		if packet, _ := d.carrier.last(); memberOf(packet, f, "BizPwd") != "changed" {
			t.Errorf("the order does not come with the password that is bound: %s", packet)
		}
		d.send(http.MethodPost, d.control.URL+"/reset", "")
		d.wantCode(quotaPath, `{"delivery_id":"SF","biz_id":"new"}`, 9300525)
	}
}

// Every errcode by its cause; the carrier is asked about none of them.
func TestAccountRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk(t, wechat.JSON, nil)
	long := strings.Repeat("x", 2000)
	for _, tt := range []struct {
		name, path, body string
		code             int
	}{
		{"no body", bindPath, "", 44002},
		{"no JSON", bindPath, "type=bind", 47001},
		{"a number for a text", bindPath, `{"type":1}`, 47001},
		{"password is a number", bindPath, strings.Replace(bindBody(), `"`+testPassword+`"`, "1", 1), 47001},
		{"no type", bindPath, bindBody("type", ""), 930561},
		{"another type", bindPath, bindBody("type", "Bind"), 930561},
		{"no biz_id", bindPath, bindBody("biz_id", ""), 930561},
		{"no delivery_id", bindPath, bindBody("delivery_id", ""), 930561},
		{"biz_id too long", bindPath, bindBody("biz_id", long), 930561},
		{"password too long", bindPath, bindBody("password", long), 930561},
		{"a control character", bindPath, bindBody("password", "a\nb"), 930561},
		{"a control character in the remark", bindPath, bindBody("remark_content", "a\x01b"), 930561},
		{"no such carrier", bindPath, bindBody("delivery_id", "NOBODY"), 9300503},
		{"another carrier", bindPath, bindBody("delivery_id", "ZTO"), 9300502},
		{"WeChat's own carrier", bindPath, bindBody("delivery_id", "TEST", "biz_id", "test_biz_id"), 9300502},
		{"bound already", bindPath, bindBody("biz_id", "xyz"), 9300529},
		{"not bound", bindPath, bindBody("type", "unbind"), 9300530},
		{"not bound there", bindPath, bindBody("type", "unbind", "biz_id", "xyz", "delivery_id", "ZTO"), 9300530},
		{"no such carrier to unbind from", bindPath, bindBody("type", "unbind", "delivery_id", "NOBODY"), 9300503},
		{"no body", quotaPath, "", 44002},
		{"a list", quotaPath, "[]", 47001},
		{"a number for a text", quotaPath, `{"biz_id":1,"delivery_id":"SF"}`, 47001},
		{"no biz_id", quotaPath, `{"delivery_id":"SF"}`, 930561},
		{"no delivery_id", quotaPath, `{"biz_id":"xyz"}`, 930561},
		{"no such carrier", quotaPath, `{"delivery_id":"NOBODY","biz_id":"xyz"}`, 9300503},
		{"another carrier", quotaPath, `{"delivery_id":"ZTO","biz_id":"xyz"}`, 9300525},
		{"not bound", quotaPath, `{"delivery_id":"SF","biz_id":"nobody"}`, 9300525},
		{"WeChat's own carrier", quotaPath, `{"delivery_id":"TEST","biz_id":"test_biz_id"}`, 9300525},
	} {
		if got := d.call(tt.path, tt.body); errcode(t, got) != tt.code || strings.Contains(got, testPassword) {
			t.Errorf("%s, %s: got %s, want %d", tt.path, tt.name, got, tt.code)
		}
	}
	if packet, n := d.carrier.last(); n != 0 {
		t.Errorf("the carrier was asked: %s", packet)
	}
}

// Another merchant's account is not there.
func TestAnothersAccount(t *testing.T) {
	t.Parallel()
	d := newDesk(t, wechat.XML, nil)
	d.carrier.answers(nil, func(packet string) string { return quotaReplyTo(packet, wechat.XML, "0", "success") })
	var other struct {
		Token string `json:"access_token"`
	}
	decode(t, d.send(http.MethodGet, d.merchant.URL+"/cgi-bin/token?grant_type=client_credential&appid=wxOther&secret="+Secret, ""), &other)
	ask := func(path, body string, code int) {
		t.Helper()
		if got := d.send(http.MethodPost, d.merchant.URL+path+"?access_token="+other.Token, body); code >= 0 && errcode(t, got) != code || code < 0 && got != `{"quota_num":210}` {
			t.Errorf("%s: %s, want %d", path, got, code)
		}
	}
	ask(quotaPath, quotaBody, 9300525)
	ask(bindPath, bindBody("type", "unbind", "biz_id", "xyz"), 9300530)
	ask(bindPath, bindBody("biz_id", "xyz"), 0)
	ask(quotaPath, quotaBody, -1)
	packet, _ := d.carrier.last()
	if memberOf(packet, wechat.XML, "ShopAppID") != "wxOther" {
		t.Errorf("%s", packet)
	}
	if check := d.carrier.packets[0]; strings.Contains(check, "ShopName") || strings.Contains(check, "Sender") {
		t.Errorf("a shop without data is sent as %s", check)
	}
	d.wantCode(bindPath, bindBody("type", "unbind", "biz_id", "xyz"), 0) // the first merchant's own
}

// What is left is asked for as WeChat does, and told as in its sample.
func TestGetQuota(t *testing.T) {
	t.Parallel()
	for _, f := range bothFormats {
		d := newDesk(t, f, nil)
		d.wantCode(quotaPath, quotaBody, 9300502)
		d.carrier.answers(nil, func(packet string) string { return quotaReplyTo(packet, f, "10002", "客户密码不正确") })
		if got, want := d.call(quotaPath, quotaBody), sample(t, "api.addOrder.response.carrier_refused.json"); got != want {
			t.Errorf("refused:\n got %s\nwant %s", got, want)
		}
		d.carrier.answers(nil, func(packet string) string { return quotaReplyTo(packet, f, "0", "success") })
		if got := d.call(quotaPath, quotaBody); got != `{"quota_num":210}` {
			t.Errorf("got %s", got)
		}
		seen := map[string]bool{}
		for _, packet := range d.carrier.packets {
			samePacket(t, f, "get_quota.request", packet, "FromUserName", "CreateTime", "BizPwd")
			if memberOf(packet, f, "BizPwd") != testPassword || memberOf(packet, f, "FromUserName") != teamOpenID {
				t.Errorf("%s", packet)
			}
			if at := memberOf(packet, f, "CreateTime"); seen[at] {
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
	for _, f := range bothFormats {
		d := newDesk(t, f, nil)
		for _, change := range []string{
			"_biz=>_bis", "_quota=>_quote", "gh_abcdefg=>gh_other", teamOpenID + "=>oOther", "BizID=>BizId", "new=>old", "xyz=>zyx", "event=>text",
			"ResultCode=>resultcode", "1533042556=>soon", "MsgType=>Type", "210=>-1", "210=>many", "210=>2.5", "210=>", "Quota=>quota", "Quota=>Balance", "=>more",
		} {
			from, to, _ := strings.Cut(change, "=>")
			d.carrier.answers(nil, func(packet string) string {
				reply := quotaReplyTo(packet, f, "0", "success")
				if from == "" {
					return strings.NewReplacer("</xml>", "<More>1</More></xml>", `{"To`, `{"More":1,"To`).Replace(reply)
				}
				return strings.ReplaceAll(reply, from, to)
			})
			if from != "_biz" && from != "new" {
				d.wantCode(quotaPath, quotaBody, 9300502)
			}
			if from != "_quota" && from != "xyz" {
				d.wantCode(bindPath, bindBody(), 9300502)
			}
		}
		d.wantCode(addPath, addBody("biz_id", `"new"`), 9300525)
		d.carrier.answers(nil, func(packet string) string {
			return strings.NewReplacer("check_biz", "CHECK_BIZ", "get_quota", "Get_Quota").Replace(quotaReplyTo(packet, f, "0", "success"))
		})
		d.wantCode(bindPath, bindBody(), 0)
		if got := d.call(quotaPath, quotaBody); got != `{"quota_num":210}` {
			t.Errorf("in other letters: %s", got)
		}
	}
}

// Silence and a lie are the system error; what only arrives awkwardly is not
// noticed.
func TestAccountFaults(t *testing.T) {
	t.Parallel()
	d := newDesk(t, wechat.JSON, nil)
	d.carrier.answers(nil, func(packet string) string { return quotaReplyTo(packet, wechat.JSON, "0", "success") })
	for _, f := range []Fault{WrongSignature, FlippedByte, Truncated} {
		d.send(http.MethodPut, d.control.URL+"/fault", fmt.Sprintf(`{"fault":%q,"pushes":2}`, f))
		d.wantCode(bindPath, bindBody(), 9300502)
		d.wantCode(quotaPath, quotaBody, 9300502)
	}
	for i, f := range []Fault{EventUpper, Twice, HangUp, SlowAnswer, JSONAsXML} {
		d.send(http.MethodPut, d.control.URL+"/fault", fmt.Sprintf(`{"fault":%q,"pushes":1}`, f))
		d.wantCode(bindPath, bindBody("biz_id", fmt.Sprint("new", i)), 0)
	}
	shown := d.send(http.MethodGet, d.control.URL+"/pushes", "")
	for _, part := range []string{`"event":"check_biz","biz_id":"new4"`, `"event":"get_quota"`, `"fault":"twice"`, hiddenPassword} {
		if !strings.Contains(shown, part) {
			t.Errorf("%s is not in %s", part, shown)
		}
	}
	if strings.Contains(shown, testPassword) {
		t.Errorf("the password is shown: %s", shown)
	}
}

// Of many at once one binds and asks the carrier; the others wait for it and are
// told so.
func TestBindAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := memoryDesk(t, wechat.XML, nil)
		agree := make(chan struct{})
		d.carrier.answers(nil, func(packet string) string {
			<-agree
			return quotaReplyTo(packet, wechat.XML, "0", "success")
		})
		codes := make([]int, 8)
		var wg sync.WaitGroup
		for i := range codes {
			wg.Go(func() { codes[i] = errcode(t, d.call(bindPath, bindBody())) })
		}
		synctest.Wait() // whoever is to ask has asked
		if _, n := d.carrier.last(); n != 1 {
			t.Errorf("the carrier was asked %d times at once", n)
		}
		close(agree)
		wg.Wait()
		slices.Sort(codes)
		if _, n := d.carrier.last(); n != 1 || !slices.Equal(codes, []int{0, 9300529, 9300529, 9300529, 9300529, 9300529, 9300529, 9300529}) {
			t.Errorf("codes %v, the carrier was asked %d times", codes, n)
		}
	})
}

// The memory of accounts is bounded, and looking at one leaves no trace.
func TestAccountsBounded(t *testing.T) {
	t.Parallel()
	var l accounts
	l.clear([]Account{{"wxABCD", "SF", "first", ""}})
	for i := range maxAccounts {
		l.find(accountKey{"wxABCD", "SF", fmt.Sprint(i)})
		l.look(accountKey{"wxABCD", "SF", fmt.Sprint("absent", i)})
	}
	if _, bound := l.look(accountKey{"wxABCD", "SF", "first"}); bound || len(l.known) != maxAccounts || len(l.oldest) != maxAccounts {
		t.Errorf("%d accounts", len(l.known))
	}
}
