package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"carrierhook/internal/config"
	"carrierhook/internal/demo"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"
)

// The message of a failed review, which the merchant reads and no log shows, and the
// merchant's password.
const (
	reviewMessage  = "营业执照不清晰,请重新提交"
	reviewPassword = "a-password-that-must-not-show"
)

// reviewing is a server whose people review merchants, beside a WeChat that it calls.
type reviewing struct {
	*program
	*playedBox
	tb   testing.TB
	away atomic.Bool // WeChat answers no call
}

func startReviewing(t *testing.T) *reviewing {
	t.Helper()
	r := &reviewing{tb: t}
	var to atomic.Pointer[url.URL] // the sandbox begins after the server
	front := httptest.NewServer(&httputil.ReverseProxy{
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		Rewrite: func(p *httputil.ProxyRequest) {
			if p.SetURL(to.Load()); r.away.Load() {
				p.Out.URL.Host = "127.0.0.1:1" // nobody is there
			}
		},
	})
	t.Cleanup(front.Close)
	cfg := testConfig(withSamples(t), wechat.Secure)
	cfg.Merchants.Review = true
	cfg.WeChat.APIURL, cfg.WeChat.AppSecret, cfg.WeChat.Calls = front.URL, sandbox.Secret, []string{config.CallUpdateBusiness}
	to.Store(&url.URL{Scheme: "http", Host: "127.0.0.1:1"})
	r.program = start(t, cfg)
	r.playedBox = playWeChat(t, r.program, wechat.Secure, wechat.XML, nil)
	to.Store(&url.URL{Scheme: "http", Host: r.merchant.Addr().String()})
	t.Cleanup(func() {
		for _, text := range []string{reviewMessage, reviewPassword} {
			if strings.Contains(r.program.log.String()+r.playedBox.log.String(), text) {
				t.Errorf("%s is in a log", text)
			}
		}
	})
	return r
}

// v1 calls the API, and expects a status.
func (r *reviewing) v1(method, path, body string, want int) (says string) {
	r.tb.Helper()
	header := http.Header{}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	status, says, _ := fetch(r.tb, method, "http://"+r.internal.String()+"/v1/"+path, body, header)
	if status != want {
		r.tb.Errorf("%s %s: %d %s", method, path, status, says)
	}
	return says
}

// decide passes the merchant, or not for a reason.
func (r *reviewing) decide(message string) {
	r.tb.Helper()
	body := `{"passed":true}`
	if message != "" {
		body = fmt.Sprintf(`{"passed":false,"message":%q}`, message)
	}
	if says := r.v1("PUT", "reviews/gh_abcdefg/reviewed/"+demo.ShopAppID, body, 200); !strings.Contains(says, `"verdict":"recorded"`) {
		r.tb.Errorf("the decision: %s", says)
	}
}

// bind has the merchant bind its account, and expects what it is answered.
func (r *reviewing) bind(want string) {
	r.tb.Helper()
	says, _ := r.call("business/account/bind", fmt.Sprintf(`{"type":"bind","biz_id":"reviewed","delivery_id":%q,"password":%q,"remark_content":""}`, demo.DeliveryID, reviewPassword))
	if !strings.Contains(says, want) {
		r.tb.Errorf("the merchant is answered %s, want %s", says, want)
	}
}

// waits expects the merchant to be under review.
func (r *reviewing) waits() {
	r.tb.Helper()
	if says := r.v1("GET", "reviews?state=pending", "", 200); !strings.Contains(says, `"account":"gh_abcdefg","biz_id":"reviewed","shop_app_id":"`+demo.ShopAppID+`","state":"pending"`) {
		r.tb.Errorf("under review are %s", says)
	}
}

// heard waits until WeChat has had so many verdicts, and gives what they were.
func (r *reviewing) heard(n int) (verdicts []string) {
	r.tb.Helper()
	storetest.Until(r.tb, fmt.Sprint(n, " verdicts arrive"), func() bool {
		_, says, _ := fetch(r.tb, http.MethodGet, "http://"+r.control.Addr().String()+"/calls", "", nil)
		var all struct{ Calls []sandbox.CarrierCall }
		must(r.tb, json.Unmarshal([]byte(says), &all))
		verdicts = nil
		for _, c := range all.Calls {
			if strings.HasSuffix(c.Path, "/business/update") {
				verdicts = append(verdicts, fmt.Sprint(c.Node, " ", c.ErrCode, " ", c.Repeat))
			}
		}
		return len(verdicts) >= n
	})
	return verdicts
}

// A merchant binds its account: it is under review, fails, corrects what is wrong, is under
// review again, and is bound as soon as the carrier's people have passed it. It hears why it
// failed from WeChat, and the carrier says it once.
func TestMerchantIsReviewed(t *testing.T) {
	t.Parallel()
	r := startReviewing(t)
	r.v1("PUT", "merchants/reviewed", fmt.Sprintf(`{"password":%q}`, reviewPassword), 201)
	r.bind(`"delivery_resultcode":-1,"delivery_resultmsg":"审核中"`)
	r.waits()
	r.bind(`"delivery_resultmsg":"审核中"`)

	r.decide(reviewMessage)
	if got := fmt.Sprint(r.heard(1)); got != "[1 0 false]" {
		t.Errorf("WeChat has heard %s", got)
	}
	r.bind(`"delivery_resultmsg":"审核中"`)
	r.waits()

	r.decide("")
	if got := fmt.Sprint(r.heard(2)); got != "[1 0 false 0 0 false]" {
		t.Errorf("WeChat has heard %s", got)
	}
	r.bind(`"errcode":9300529`)
}

// What is decided while WeChat is away, and decided otherwise, is heard once it is back: the
// last decision alone.
func TestLastReviewIsHeard(t *testing.T) {
	t.Parallel()
	r := startReviewing(t)
	r.v1("PUT", "merchants/reviewed", fmt.Sprintf(`{"password":%q}`, reviewPassword), 201)
	r.bind(`"delivery_resultmsg":"审核中"`)
	r.away.Store(true)
	r.decide(reviewMessage)
	storetest.Until(t, "WeChat is found away", func() bool {
		return strings.Contains(r.v1("GET", "events/deliveries?endpoint=wechat.main.updateBusiness&state=retrying", "", 200), "merchant.reviewed")
	})
	r.decide("")
	r.away.Store(false)
	if got := fmt.Sprint(r.heard(1)); got != "[0 0 false]" {
		t.Errorf("WeChat has heard %s", got)
	}
	storetest.Until(t, "nothing is left to be sent", func() bool {
		return r.v1("GET", "events/deliveries?endpoint=wechat.main.updateBusiness&state=retrying", "", 200)+
			r.v1("GET", "events/deliveries?endpoint=wechat.main.updateBusiness&state=waiting", "", 200) == strings.Repeat(`{"deliveries":[]}`+"\n", 2)
	})
	if got := fmt.Sprint(r.heard(1)); got != "[0 0 false]" {
		t.Errorf("then WeChat has heard %s", got)
	}
}
