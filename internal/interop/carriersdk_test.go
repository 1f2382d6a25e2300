//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/store/storetest"
)

// playedWeChat is `server sandbox` beside a carrier's server that is none of ours.
type playedWeChat struct {
	*process
	dir, merchant, control string // its folder, host and port
	carrier                *companyServer
}

// companyServer takes every order of instant delivery, in mode plain and JSON, and remembers
// the tokens.
type companyServer struct {
	tb     testing.TB
	mu     sync.Mutex
	tokens map[string]string // wx_token by shop_order_id
}

func (c *companyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var push struct {
		ToUserName, FromUserName, Event string
		CreateTime                      int64
		OrderID                         string `json:"shop_order_id"`
		Token                           string `json:"wx_token"`
	}
	if err := json.NewDecoder(r.Body).Decode(&push); err != nil {
		c.tb.Error(err)
	}
	c.mu.Lock()
	c.tokens[push.OrderID] = push.Token
	c.mu.Unlock()
	storetest.Must(c.tb, json.NewEncoder(w).Encode(map[string]any{
		"ToUserName": push.FromUserName, "FromUserName": push.ToUserName, "CreateTime": push.CreateTime, "MsgType": "event", "Event": push.Event,
		"resultcode": 0, "resultmsg": "ok", "fee": 10, "deliverfee": 10, "couponfee": 0, "tips": 0, "insurancefee": 0, "distance": 1000,
		"dispatch_duration": 300, "order_status": 101, "waybill_id": "W-" + push.OrderID,
	}))
}

// token is the wx_token of an order.
func (c *companyServer) token(orderID string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tokens[orderID]
}

func playWeChat(t *testing.T) *playedWeChat {
	t.Helper()
	c := &companyServer{tb: t, tokens: map[string]string{}}
	carrier := httptest.NewServer(c)
	t.Cleanup(carrier.Close)
	dir := t.TempDir()
	cmd := exec.Command(executable(t), "sandbox", "--tls", "--dir", filepath.Join(dir, "kept"), "--carrier", carrier.URL, "--mode", "plain", "--format", "json",
		"--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--patience", "1m")
	cmd.Dir = dir
	cmd.Env = plainEnv("CARRIERHOOK_WECHAT_USER_NAME="+userName, "CARRIERHOOK_WECHAT_APP_ID="+appID, "CARRIERHOOK_WECHAT_TOKEN="+token)
	w := &playedWeChat{process: launch(t, cmd), dir: dir, carrier: c}
	found := regexp.MustCompile(`Merchants: https://([\d.:]+) +Control: http://([\d.:]+) .*\n(?:.*\n)*It takes events`)
	w.until("where it is", func() bool { return found.MatchString(w.said.String()) })
	m := found.FindStringSubmatch(w.said.String())
	w.merchant, w.control = m[1], m[2]
	return w
}

// at sends a request to the control, and reads its answer.
func (w *playedWeChat) at(method, path, body string, answer any) {
	w.tb.Helper()
	req, err := http.NewRequest(method, "http://"+w.control+path, strings.NewReader(body))
	storetest.Must(w.tb, err)
	res, err := http.DefaultClient.Do(req)
	storetest.Must(w.tb, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	storetest.Must(w.tb, err)
	if res.StatusCode != http.StatusOK {
		w.tb.Fatalf("%s %s: %s", method, path, text)
	}
	if answer != nil {
		storetest.Must(w.tb, json.Unmarshal(text, answer))
	}
}

// said is what a program of an SDK prints.
type said struct {
	Token   string
	Answers []json.RawMessage
	Failed  string
}

// codes are those of the answers: errcode, or ok where there is none.
func (s said) codes(t *testing.T) string {
	t.Helper()
	if s.Failed != "" {
		return "failed: " + s.Failed
	}
	var list []string
	for _, answer := range s.Answers {
		var a struct{ ErrCode, ResultCode *int }
		storetest.Must(t, json.Unmarshal(answer, &a))
		switch {
		case a.ErrCode != nil:
			list = append(list, fmt.Sprint(*a.ErrCode))
		case a.ResultCode != nil:
			list = append(list, fmt.Sprint("result ", *a.ResultCode))
		default:
			list = append(list, "ok")
		}
	}
	return strings.Join(list, ", ")
}

const (
	delivery    = "/cgi-bin/express/delivery/"
	pathUpdate  = delivery + "path/update"
	orderUpdate = "/cgi-bin/express/local/delivery/update_order"
)

// A carrier that is written with an SDK calls WeChat: each call is answered as documented, and
// the record has it. What WeChat refuses the SDK reports with its errcode.
func TestInteropCarrierSDKs(t *testing.T) {
	w := playWeChat(t)
	all := append(sdks(t), sdk{"wechat-api", []string{"node", "wechatapi.cjs", filepath.Join(tools, "npm")}})
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) { w.carriers(t, s, s.name != "wechat-api") })
	}
}

// carriers tries an SDK. One that has no stable tokens gets the others.
func (w *playedWeChat) carriers(t *testing.T, s sdk, stable bool) {
	run := func(given map[string]any, calls ...merchantCall) (got said) {
		t.Helper()
		base := map[string]any{"app": appID, "secret": "sandbox-secret-protects-nothing", "stable": stable, "calls": append([]merchantCall{}, calls...)}
		talk(t, filepath.Join(w.dir, "kept", "sandbox-ca.pem"), append(slices.Clone(s.command), "https://"+w.merchant), with(base, given), &got)
		return got
	}
	expect := func(want string, calls ...merchantCall) said {
		t.Helper()
		got := run(nil, calls...)
		if was := got.codes(t); was != want {
			t.Errorf("%s, want %s", was, want)
		}
		return got
	}
	waybill, order := "W"+s.name, "order-"+s.name
	w.at(http.MethodPost, "/orders", fmt.Sprintf(`{"biz_id":"xyz","order_id":%q,"waybill_id":%q,"openid":"oABCD","token":"token of it"}`, order, waybill), nil)
	node := func(action, at int, change ...any) merchantCall {
		body := map[string]any{"token": "token of it", "waybill_id": waybill, "action_time": at, "action_type": action, "action_msg": "【18666666666】<派件>"}
		if len(change) > 0 {
			body = with(body, map[string]any{change[0].(string): change[1]})
		}
		return merchantCall{pathUpdate, body}
	}
	w.placed(t, order)
	status := merchantCall{orderUpdate, map[string]any{
		"wx_token": w.carrier.token(order), "shopid": "test_shop_id", "shop_order_id": order, "shop_no": "1", "waybill_id": "W-" + order,
		"action_time": 1638703215, "order_status": 102, "action_msg": "接单", "wxa_path": "pages/index", "agent": map[string]any{"name": "李", "phone": "13800000000"},
	}}
	quota := merchantCall{"/cgi-bin/openapi/quota/get", map[string]any{"cgi_path": pathUpdate}}
	w.at(http.MethodDelete, "/calls/limits", "", nil)
	got := expect("0, 0, 0, 9300507, ok, 0, ok, result 0, 0",
		node(100001, 1000), node(200001, 2000), node(200001, 2000), node(300003, 3000, "token", "another"),
		merchantCall{delivery + "contact/get", map[string]any{"token": "token of it", "waybill_id": waybill}},
		merchantCall{delivery + "service/business/update", map[string]any{"shop_app_id": "wxABCD", "biz_id": "xyz", "result_code": 0}},
		merchantCall{delivery + "template/preview", map[string]any{
			"waybill_id": waybill, "waybill_template": "IyNWQVIoc3lzLndheWJpbGxpZCk=", "waybill_data": "##a##b##", "custom": map[string]any{},
		}},
		status, quota)
	if len(got.Answers) == 9 {
		if answer := string(got.Answers[8]); !strings.Contains(answer, `"daily_limit":500000,"used":4,"remain":499996`) {
			t.Errorf("the quota: %s", answer)
		}
	}
	w.recorded(t, waybill, "100001, 200001, 200001 again, 300003 refused")
	w.recorded(t, "test_shop_id/"+order, "102")

	w.at(http.MethodPut, "/calls/limits", `{"path":"`+pathUpdate+`","daily":4}`, nil)
	expect("45009, 0, 0", node(300003, 3000), merchantCall{"/cgi-bin/clear_quota", map[string]any{"appid": appID}}, node(300003, 3000))
	w.at(http.MethodDelete, "/calls/limits", "", nil)
	// None of the three gets another token because one was refused.
	w.at(http.MethodPut, "/calls/fault", `{"fault":"token_revoked","path":"`+pathUpdate+`","calls":1}`, nil)
	expect("40001, 40001", node(300003, 4000), node(300003, 4000))
	if n, want := w.refused(waybill, 40001), map[bool]int{true: 2, false: 3}[stable]; n != want { // wechat-api calls once more
		t.Errorf("%d calls were answered 40001, want %d", n, want)
	}
	expect("0", node(300003, 4000))
	w.at(http.MethodPut, "/calls/allow", `{"addresses":["10.0.0.1"]}`, nil)
	if got := run(nil, node(300003, 5000)); stable && !strings.Contains(got.Failed, "40164") {
		t.Errorf("from an address that is not allowed: %+v", got)
	}
	w.at(http.MethodDelete, "/calls/allow", "", nil)
	if !stable {
		return
	}
	// Not within 30 seconds for the same app: so each SDK does it for another one.
	app := map[string]string{"node-easywechat": appID, "silenceper": "wxABCD"}[s.name]
	of := func(force bool) string { return run(map[string]any{"app": app, "force": force}).Token }
	first, same, forced := of(false), of(false), of(true)
	if first == "" || first != same || forced == first || of(false) != forced {
		t.Error("stable_token did not return the same token until it was forced to another")
	}
	if got := run(map[string]any{"secret": "wrong"}); !strings.Contains(got.Failed, "40125") {
		t.Errorf("with a wrong secret: %+v", got)
	}
}

// placed places an instant delivery at the company, as a merchant does.
func (w *playedWeChat) placed(t *testing.T, orderID string) {
	t.Helper()
	person := map[string]any{"name": "老王", "city": "北京市", "address": "xxx地铁站", "address_detail": "2号楼202", "phone": "18512345678", "lng": 116.5, "lat": 40.1}
	body, err := json.Marshal(map[string]any{
		"shopid": "test_shop_id", "shop_order_id": orderID, "shop_no": "1", "delivery_id": "SFTC", "delivery_sign": "any", "openid": "oABCD",
		"sender": person, "receiver": person, "order_info": map[string]any{"order_type": 0, "order_time": 1555220757},
		"cargo": map[string]any{"goods_value": 5, "goods_weight": 1, "cargo_first_class": "鲜花", "cargo_second_class": "鲜花"},
		"shop":  map[string]any{"img_url": "https://example.com/a.png", "goods_name": "花", "goods_count": 1},
	})
	storetest.Must(t, err)
	out := mustSay(t, string(body), "curl", "-sS", "--cacert", filepath.Join(w.dir, "kept", "sandbox-ca.pem"), "--data-binary", "@-",
		"https://"+w.merchant+"/cgi-bin/express/local/business/order/add?access_token=SANDBOX_TOKEN")
	if !strings.HasPrefix(out, `{"resultcode":0,`) || w.carrier.token(orderID) == "" {
		t.Fatalf("%s", out)
	}
}

// refused counts the record's calls about a key that had an errcode.
func (w *playedWeChat) refused(key string, code int) (n int) {
	w.tb.Helper()
	var record struct{ Calls []struct{ ErrCode int } }
	w.at(http.MethodGet, "/calls?key="+key, "", &record)
	for _, c := range record.Calls {
		if c.ErrCode == code {
			n++
		}
	}
	return n
}

// recorded wants the record's nodes of a key, which came in order.
func (w *playedWeChat) recorded(t *testing.T, key, want string) {
	t.Helper()
	var record struct {
		Calls []struct {
			Path, Account string
			Node          int
			Done, Repeat  bool
		}
		Keys []struct {
			InOrder bool `json:"in_order"`
		}
	}
	w.at(http.MethodGet, "/calls?key="+key, "", &record)
	var nodes []string
	for _, c := range record.Calls {
		if c.Path != pathUpdate && c.Path != orderUpdate {
			continue
		}
		text := fmt.Sprint(c.Node)
		if c.Repeat {
			text += " again"
		}
		if !c.Done {
			text += " refused"
		}
		if c.Account != appID {
			text += " of " + c.Account
		}
		nodes = append(nodes, text)
	}
	if was := strings.Join(nodes, ", "); was != want || len(record.Keys) != 1 || !record.Keys[0].InOrder {
		t.Errorf("of %s: %s, want %s; %+v", key, was, want, record.Keys)
	}
}
