// Package sandboxtest starts a sandbox with a carrier behind it, for tests of the
// sandbox. It has the requests that merchants and carriers make, and what is answered
// to them.
package sandboxtest

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/express"
	"carrierhook/internal/sandbox/instant"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// WeChat's samples.
//
//go:embed testdata
var testdata embed.FS

// Formats are both formats.
var Formats = []wechat.Format{wechat.XML, wechat.JSON}

// What must not show itself in a log or at the control endpoint, and what must
// not in a log.
const (
	Password = "pwdThatMustNotShow"
	User     = "oUserThatMustNotBeLogged"
	Street   = "XX路XX号XX大厦XX栋XX" // of sender and receiver
	Mobile   = "18677778888"
)

// AccountOptions is the carrier's account at WeChat.
var AccountOptions = wechat.SenderOptions{
	UserName: "gh_abcdefg", AppID: "wxb11529c136998cb6", Mode: wechat.Secure,
	Token: "tokenThatMustNotShow", AESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}

// shop is the merchant of WeChat's sample of check_biz.
var shop = sandbox.Shop{
	Name: "商户名称", Telephone: Mobile, Contact: "村正", ServiceName: "标准快递",
	Province: "广东省", City: "广州市", Area: "海珠区", Address: "新港中路397号",
}

// Sandbox is WeChat with a carrier, as a test sees it.
type Sandbox struct {
	*sandbox.API
	Instant                 *instant.API
	TB                      testing.TB
	Client                  *http.Client
	Carrier                 *Carrier
	MerchantURL, ControlURL string
	Logs                    *observer.ObservedLogs
}

// Options are those of all parts of a sandbox.
type Options struct {
	sandbox.APIOptions
	Express express.Options
	Instant instant.Options
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

// SampleOrder is an order of the sample account.
func SampleOrder(id, waybill string) express.Order {
	return express.Order{
		ShopAppID: "wxABCD", DeliveryID: "SF", BizID: "xyz", OrderID: id, WaybillID: waybill,
		OpenID: User, Token: "token-" + waybill,
	}
}

// StartSandbox starts a sandbox with its carrier. change may be nil.
func StartSandbox(tb testing.TB, f wechat.Format, change func(*Options)) *Sandbox {
	tb.Helper()
	serve := func(h http.Handler) string {
		s := httptest.NewServer(h)
		tb.Cleanup(s.Close)
		return s.URL
	}
	d := &Sandbox{TB: tb, Client: http.DefaultClient, Carrier: newCarrier(tb, f)}
	d.start(f, serve(d.Carrier.Handler), change)
	d.MerchantURL, d.ControlURL = serve(d.Merchant()), serve(d.Control())
	return d
}

// StartInMemory is StartSandbox inside a bubble of testing/synctest. There is no fault
// HangUp, which dials by itself.
func StartInMemory(tb testing.TB, f wechat.Format, change func(*Options)) *Sandbox {
	tb.Helper()
	d := &Sandbox{TB: tb, Carrier: newCarrier(tb, f), MerchantURL: "http://127.0.0.1", ControlURL: "http://localhost"}
	d.start(f, "http://carrier", func(o *Options) {
		o.Platform.Client = InMemory(tb, map[string]http.Handler{"carrier": d.Carrier.Handler})
		if change != nil {
			change(o)
		}
	})
	d.Client = InMemory(tb, map[string]http.Handler{"127.0.0.1": d.Merchant(), "localhost": d.Control()})
	return d
}

// start makes the sandbox of a carrier.
func (d *Sandbox) start(f wechat.Format, url string, change func(*Options)) {
	tb := d.TB
	tb.Helper()
	p, err := sandbox.New(url, AccountOptions, f)
	if err != nil {
		tb.Fatal(err)
	}
	p.Patience, p.Tries = WaitPatience, 2
	p.Now = func() time.Time { return time.Unix(0x6299e87e, 0) }
	p.Rand = &dice{src: rand.NewChaCha8([32]byte{1})}
	elsewhere := SampleOrder("elsewhere", "W2")
	elsewhere.OpenID, elsewhere.AddSource = "", 2
	core, logs := observer.New(zapcore.DebugLevel)
	d.Logs = logs
	o := Options{
		APIOptions: sandbox.APIOptions{
			Platform: p,
			Apps:     []sandbox.App{{ID: "wxABCD", Secret: sandbox.Secret, Shop: shop}, {ID: "wxOther", Secret: sandbox.Secret}},
			Log:      zap.New(core),
		},
		Express: express.Options{
			DeliveryID: "SF",
			Accounts:   []express.Account{{ShopAppID: "wxABCD", DeliveryID: "SF", BizID: "xyz", BizPwd: Password}},
			Orders:     []express.Order{SampleOrder("order", "W1"), elsewhere},
		},
	}
	if change != nil {
		change(&o)
	}
	d.Instant = instant.New(o.Instant)
	if d.API, err = sandbox.NewAPI(o.APIOptions, express.New(o.Express).Join, d.Instant.Join); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		for _, e := range logs.All() {
			said := e.ContextMap()
			delete(said, "took") // its digits may be anything
			line := e.Message + fmt.Sprint(said)
			for _, secret := range append([]string{Password, User, Street, Mobile, AccountOptions.Token}, InstantSecrets...) {
				if strings.Contains(line, secret) {
					tb.Errorf("%s is in the log: %s", secret, line)
				}
			}
		}
	})
}

// WeChat's paths.
const (
	CancelPath     = "/cgi-bin/express/business/order/cancel"
	AddPath        = "/cgi-bin/express/business/order/add"
	GetPath        = "/cgi-bin/express/business/order/get"
	BindPath       = "/cgi-bin/express/business/account/bind"
	QuotaPath      = "/cgi-bin/express/business/quota/get"
	PathPath       = "/cgi-bin/express/business/path/get"
	TestUpdatePath = "/cgi-bin/express/business/test_update_order"

	PreAddPath        = "/cgi-bin/express/local/business/order/pre_add"
	PlacePath         = "/cgi-bin/express/local/business/order/add"
	ReaddPath         = "/cgi-bin/express/local/business/order/readd"
	InstantCancelPath = "/cgi-bin/express/local/business/order/cancel"
	PreCancelPath     = "/cgi-bin/express/local/business/order/precancel"
	InstantGetPath    = "/cgi-bin/express/local/business/order/get"
	TipsPath          = "/cgi-bin/express/local/business/order/addtips"
	ConfirmPath       = "/cgi-bin/express/local/business/order/confirm_return"
	MockPath          = "/cgi-bin/express/local/business/test_update_order"
	ReportPath        = "/cgi-bin/express/local/delivery/update_order"
	UpdatePath        = "/cgi-bin/express/delivery/path/update"
)

// Send sends anything and returns the body of an answer that must be 200.
func (d *Sandbox) Send(method, url, body string) string {
	d.TB.Helper()
	status, got := d.Exchange(method, url, body)
	if status != http.StatusOK {
		d.TB.Errorf("%s %s: status %d: %s", method, url, status, got)
	}
	return got
}

// Exchange sends anything, and returns the status as well.
func (d *Sandbox) Exchange(method, url, body string) (int, string) {
	d.TB.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		d.TB.Fatal(err)
	}
	res, err := d.Client.Do(req)
	if err != nil {
		d.TB.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		d.TB.Fatal(err)
	}
	if res.Header.Get("X-Sandbox") != "not-for-production" {
		d.TB.Errorf("%s does not say what it is", url)
	}
	return res.StatusCode, string(got)
}

// Call posts to the merchant's API with the token that always holds.
func (d *Sandbox) Call(path, body string) string {
	d.TB.Helper()
	return d.Send(http.MethodPost, d.MerchantURL+path+"?access_token="+sandbox.StandingToken, body)
}

// WantCode calls and compares the errcode.
func (d *Sandbox) WantCode(path, body string, code int) {
	d.TB.Helper()
	got := d.Call(path, body)
	if c := Errcode(d.TB, got); c != code {
		d.TB.Errorf("%s %s\n got %s\nwant errcode %d", path, body, got, code)
	}
}

// Errcode is the errcode of an answer.
func Errcode(tb testing.TB, answer string) int {
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

// File is one of WeChat's samples.
func File(tb testing.TB, name string) []byte {
	tb.Helper()
	text, err := testdata.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// Sample is one of WeChat's answers, without white space.
func Sample(tb testing.TB, name string) string {
	tb.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, File(tb, name)); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// WantResult calls and compares the resultcode of an answer without an errcode.
func (d *Sandbox) WantResult(path, body string, code int) string {
	d.TB.Helper()
	got := d.Call(path, body)
	var a struct {
		ErrCode    *int `json:"errcode"`
		ResultCode *int `json:"resultcode"`
	}
	if err := json.Unmarshal([]byte(got), &a); err != nil || a.ErrCode != nil || a.ResultCode == nil || *a.ResultCode != code {
		d.TB.Errorf("%s %s\n got %s\nwant resultcode %d", path, body, got, code)
	}
	return got
}

// WantHint wants 930561 for a member.
func (d *Sandbox) WantHint(path, body, member string) {
	d.TB.Helper()
	got := d.Call(path, body)
	if !strings.HasPrefix(got, `{"errcode":930561,"errmsg":"args error hint: [`+member+" ") {
		d.TB.Errorf("%s %s\n got %s\nwant a hint to %s", path, body, got, member)
	}
}

// Pushed is the packet of the last push of instant delivery.
func (d *Sandbox) Pushed() string {
	packet, _ := d.Carrier.Last()
	return packet
}

// InstantSecrets are what of WeChat's sample must not show itself in a log or at the
// control endpoint.
var InstantSecrets = []string{
	"刘一", "老王", "13712345678", "18512345678", "xx大厦", "xxx地铁站", "1号楼101", "2号楼202", "116.50603", "40.448612",
	"水果", "蔬菜", "美食夜宵", "test_note", "tokenOfThePrice", "reasonInWords", "remarkInWords", "李x利", "1358xxxx",
	"whatTheRiderDid", "FINISH4711", "4711", "4712",
}

// Pushes are those that the control endpoint shows.
func (d *Sandbox) Pushes() []sandbox.Push {
	d.TB.Helper()
	var answer struct{ Pushes []sandbox.Push }
	Decode(d.TB, d.Send(http.MethodGet, d.ControlURL+"/pushes", ""), &answer)
	return answer.Pushes
}

// Token is a new access token of an app's.
func (d *Sandbox) Token(app string) string {
	d.TB.Helper()
	var answer struct {
		Token string `json:"access_token"`
	}
	Decode(d.TB, d.Send(http.MethodGet, d.MerchantURL+"/cgi-bin/token?grant_type=client_credential&appid="+app+"&secret="+sandbox.Secret, ""), &answer)
	return answer.Token
}

// Decode reads an answer.
func Decode(tb testing.TB, text string, into any) {
	tb.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		tb.Errorf("%v: %s", err, text)
	}
}

// Quoted is a JSON string of n times a character.
func Quoted(n int, c string) string { return `"` + strings.Repeat(c, n) + `"` }
