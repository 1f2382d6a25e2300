package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/wechat"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// What must not show itself in a log or at the control endpoint, and what must
// not in a log.
const (
	testPassword = "pwdThatMustNotShow"
	testUser     = "oUserThatMustNotBeLogged"
	testStreet   = "XX路XX号XX大厦XX栋XX" // of sender and receiver
	testMobile   = "18677778888"
)

var testAccount = wechat.SenderOptions{
	UserName: "gh_abcdefg", AppID: "wxb11529c136998cb6", Mode: wechat.Secure,
	Token: "tokenThatMustNotShow", AESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}

// testShop is the merchant of WeChat's sample of check_biz.
var testShop = Shop{
	Name: "商户名称", Telephone: testMobile, Contact: "村正", ServiceName: "标准快递",
	Province: "广东省", City: "广州市", Area: "海珠区", Address: "新港中路397号",
}

// desk is WeChat with a carrier, as a test sees it.
type desk struct {
	*API
	tb       testing.TB
	client   *http.Client
	carrier  *carrier
	merchant site
	control  site
	logs     *observer.ObservedLogs
}

// site is where a server is.
type site struct{ URL string }

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// dice are the same in every run.
type dice struct {
	mu  sync.Mutex
	src *rand.ChaCha8
}

func (d *dice) Read(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.src.Read(b)
}

func sampleOrder(id, waybill string) Order {
	return Order{
		ShopAppID: "wxABCD", DeliveryID: "SF", BizID: "xyz", OrderID: id, WaybillID: waybill,
		OpenID: testUser, Token: "token-" + waybill,
	}
}

// newDesk starts a sandbox with its carrier. change may be nil.
func newDesk(tb testing.TB, f wechat.Format, change func(*APIOptions)) *desk {
	tb.Helper()
	serve := func(h http.Handler) site {
		s := httptest.NewServer(h)
		tb.Cleanup(s.Close)
		return site{s.URL}
	}
	d := &desk{tb: tb, client: http.DefaultClient, carrier: newCarrier(tb, f)}
	d.start(f, serve(d.carrier.handler), change)
	d.merchant, d.control = serve(d.Merchant()), serve(d.Control())
	return d
}

// memoryDesk is newDesk inside a bubble of testing/synctest. There is no fault
// HangUp, which dials by itself.
func memoryDesk(tb testing.TB, f wechat.Format, change func(*APIOptions)) *desk {
	tb.Helper()
	d := &desk{tb: tb, carrier: newCarrier(tb, f), merchant: site{"http://127.0.0.1"}, control: site{"http://localhost"}}
	d.start(f, site{"http://carrier"}, func(o *APIOptions) {
		o.Platform.Client = InMemory(tb, map[string]http.Handler{"carrier": d.carrier.handler})
		if change != nil {
			change(o)
		}
	})
	d.client = InMemory(tb, map[string]http.Handler{"127.0.0.1": d.Merchant(), "localhost": d.Control()})
	return d
}

// start makes the sandbox of a carrier.
func (d *desk) start(f wechat.Format, at site, change func(*APIOptions)) {
	d.tb.Helper()
	tb := d.tb
	p, err := New(at.URL, testAccount, f)
	if err != nil {
		tb.Fatal(err)
	}
	p.Patience, p.Tries = WaitPatience, 2
	p.Now = func() time.Time { return time.Unix(0x6299e87e, 0) }
	p.Rand = &dice{src: rand.NewChaCha8([32]byte{1})}
	elsewhere := sampleOrder("elsewhere", "W2")
	elsewhere.OpenID, elsewhere.AddSource = "", addedElsewhere
	core, logs := observer.New(zapcore.DebugLevel)
	d.logs = logs
	o := APIOptions{
		Platform: p, DeliveryID: "SF",
		Apps:     []App{{ID: "wxABCD", Secret: Secret, Shop: testShop}, {ID: "wxOther", Secret: Secret}},
		Accounts: []Account{{"wxABCD", "SF", "xyz", testPassword}},
		Orders:   []Order{sampleOrder("order", "W1"), elsewhere},
		Log:      zap.New(core),
	}
	if change != nil {
		change(&o)
	}
	if d.API, err = NewAPI(o); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		for _, e := range logs.All() {
			said := e.ContextMap()
			delete(said, "took") // its digits may be anything
			line := e.Message + fmt.Sprint(said)
			for _, secret := range append([]string{testPassword, testUser, testStreet, testMobile, testAccount.Token}, localSecrets...) {
				if strings.Contains(line, secret) {
					tb.Errorf("%s is in the log: %s", secret, line)
				}
			}
		}
	})
}

const (
	cancelPath = "/cgi-bin/express/business/order/cancel"
	addPath    = "/cgi-bin/express/business/order/add"
	getPath    = "/cgi-bin/express/business/order/get"
	bindPath   = "/cgi-bin/express/business/account/bind"
	quotaPath  = "/cgi-bin/express/business/quota/get"
	pathPath   = "/cgi-bin/express/business/path/get"
	testPath   = "/cgi-bin/express/business/test_update_order"

	preAddPath      = "/cgi-bin/express/local/business/order/pre_add"
	localAddPath    = "/cgi-bin/express/local/business/order/add"
	readdPath       = "/cgi-bin/express/local/business/order/readd"
	localCancelPath = "/cgi-bin/express/local/business/order/cancel"
	preCancelPath   = "/cgi-bin/express/local/business/order/precancel"
	localGetPath    = "/cgi-bin/express/local/business/order/get"
	tipsPath        = "/cgi-bin/express/local/business/order/addtips"
	confirmPath     = "/cgi-bin/express/local/business/order/confirm_return"
	mockPath        = "/cgi-bin/express/local/business/test_update_order"
	reportPath      = "/cgi-bin/express/local/delivery/update_order"
	updatePath      = "/cgi-bin/express/delivery/path/update"
)

// request sends anything and returns the body of an answer that must be 200.
func (d *desk) send(method, url, body string) string {
	d.tb.Helper()
	status, got := d.exchange(method, url, body)
	if status != http.StatusOK {
		d.tb.Errorf("%s %s: status %d: %s", method, url, status, got)
	}
	return got
}

func (d *desk) exchange(method, url, body string) (int, string) {
	d.tb.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		d.tb.Fatal(err)
	}
	res, err := d.client.Do(req)
	if err != nil {
		d.tb.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		d.tb.Fatal(err)
	}
	if res.Header.Get("X-Sandbox") != "not-for-production" {
		d.tb.Errorf("%s does not say what it is", url)
	}
	return res.StatusCode, string(got)
}

// call posts to the merchant's API with the token that always holds.
func (d *desk) call(path, body string) string {
	d.tb.Helper()
	return d.send(http.MethodPost, d.merchant.URL+path+"?access_token="+StandingToken, body)
}

// wantCode calls and compares the errcode.
func (d *desk) wantCode(path, body string, code int) {
	d.tb.Helper()
	got := d.call(path, body)
	if c := errcode(d.tb, got); c != code {
		d.tb.Errorf("%s %s\n got %s\nwant errcode %d", path, body, got, code)
	}
}

func errcode(tb testing.TB, answer string) int {
	tb.Helper()
	var a struct {
		ErrCode *int `json:"errcode"`
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil || a.ErrCode == nil {
		tb.Errorf("%v: %s", err, answer)
		return 0
	}
	return *a.ErrCode
}

// cancelBody is a cancelOrder of the sample order with members replaced.
func cancelBody(change ...string) string {
	m := map[string]string{"order_id": "order", "openid": testUser, "delivery_id": "SF", "waybill_id": "W1"}
	for i := 0; i < len(change); i += 2 {
		m[change[i]] = change[i+1]
	}
	b, _ := json.Marshal(m)
	return string(b)
}

// sample is one of WeChat's answers, without white space.
func sample(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}
