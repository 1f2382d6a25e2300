package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// playedBox is a sandbox that runs inside the test.
type playedBox struct {
	*box
	tb  testing.TB
	log *output
}

// playWeChat starts a sandbox that pushes to p. Nothing secret may be in what it
// logs.
func playWeChat(tb testing.TB, p *program, mode wechat.Mode, f wechat.Format, change func(*sandboxFlags)) *playedBox {
	tb.Helper()
	d := openWeChat(tb, f, change)
	d.play(p, mode)
	return d
}

// openWeChat has a sandbox listen that does not answer before it plays.
func openWeChat(tb testing.TB, f wechat.Format, change func(*sandboxFlags)) *playedBox {
	tb.Helper()
	flags := sandboxFlags{
		listen: "127.0.0.1:0", control: "127.0.0.1:0", format: f.String(), deliveryID: demo.DeliveryID,
		patience: time.Minute, tokenLife: time.Hour, retries: 3, numbers: sandboxNumbers, instantDeliveryID: demo.InstantDeliveryID,
	}
	if change != nil {
		change(&flags)
	}
	b, err := flags.open(nil)
	must(tb, err)
	return &playedBox{box: b, tb: tb, log: new(output)}
}

// play pushes to p, and answers what is called, until the test ends.
func (d *playedBox) play(p *program, mode wechat.Mode) {
	tb := d.tb
	tb.Helper()
	log, err := newLogger(d.log, "debug")
	must(tb, err)
	cred := demo.File{
		URL: p.url(), Mode: mode.String(), UserName: p.cfg.Accounts()[0].UserName, AppID: p.cfg.Accounts()[0].AppID, Token: testToken, AESKey: testAESKey,
	}
	rows := demoFlags{}.rows(demo.Config(), p.cfg.Database.URL.Value(), zap.NewNop())
	ctx, cancel := context.WithCancel(context.Background())
	up, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- d.run(ctx, cred, log, rows, func() { close(up) }) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Errorf("the sandbox ended with %v", err)
		}
		noSecrets(tb, d.log.String())
		noPersonalData(tb, d.log.String())
		if strings.Contains(d.log.String(), demo.OpenID) {
			tb.Errorf("an OpenID is in the sandbox's log:\n%s", d.log)
		}
	})
	select {
	case <-up:
	case err := <-ended:
		ended <- err
		tb.Fatalf("the sandbox did not start: %v", err)
	}
}

// answer is what the tests look at.
type answer struct {
	ErrCode    int `json:"errcode"`
	CloudCode  int `json:"errCode"`
	ResultCode int `json:"delivery_resultcode"`
	CloudRes   int `json:"deliveryResultcode"`

	Quota     *int64 `json:"quota_num"`
	WaybillID string `json:"waybill_id"`
	Local     int    `json:"resultcode"` // of a company of instant delivery
}

func (a answer) String() string {
	if a.Quota != nil {
		return fmt.Sprint("quota ", *a.Quota)
	}
	if a.Local != 0 {
		return fmt.Sprint("resultcode ", a.Local)
	}
	a.ErrCode += a.CloudCode
	if a.ResultCode += a.CloudRes; a.ResultCode != 0 {
		return fmt.Sprint(a.ErrCode, " ", a.ResultCode)
	}
	return fmt.Sprint(a.ErrCode)
}

// answered says an answer's codes, or the quota that it has.
func answered(tb testing.TB, says string) string {
	tb.Helper()
	var a answer
	if err := json.Unmarshal([]byte(says), &a); err != nil {
		tb.Errorf("%s: %v", says, err)
	}
	return a.String()
}

// callSandbox makes a request as curl does, and expects HTTP status 200.
func callSandbox(tb testing.TB, method, url, body string) (string, answer) {
	tb.Helper()
	status, says, header := fetch(tb, method, url, body, nil)
	var a answer
	if err := json.Unmarshal([]byte(says), &a); err != nil || status != http.StatusOK || header.Get("X-Sandbox") == "" {
		tb.Errorf("%s %s: %d %s, %v", method, url, status, says, err)
	}
	return says, a
}

// cancel cancels a sample order as a merchant does.
func (d *playedBox) cancel(orderID, waybillID string) answer {
	d.tb.Helper()
	_, a := d.call("business/order/cancel", fmt.Sprintf(`{"order_id":%q,"openid":%q,"delivery_id":%q,"waybill_id":%q}`, orderID, demo.OpenID, demo.DeliveryID, waybillID))
	return a
}

// A carrier that is in trouble answers -1, which reaches the merchant as the
// carrier's answer; one that is not there is the platform's system error.
func TestSandboxCarrierInTrouble(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	cfg := testConfig(url, wechat.Secure)
	cfg.WeChat.Deadline, cfg.Database.LockTimeout = 1500*time.Millisecond, 200*time.Millisecond
	p := start(t, cfg)
	d := playWeChat(t, p, wechat.Secure, wechat.XML, func(s *sandboxFlags) { s.retries = 2 })
	tx := lockSample(t, url)
	if got := d.cancel(demo.OrderID, demo.WaybillID).String(); got != "9300501 -1" {
		t.Errorf("a locked waybill: %s", got)
	}
	must(t, tx.Rollback(t.Context()))
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	if got := d.cancel(demo.OrderID, demo.WaybillID).String(); got != "-1" {
		t.Errorf("a carrier that is gone: %s", got)
	}
	if !strings.Contains(d.log.String(), `"tries":3`) {
		t.Errorf("it was not tried again:\n%s", d.log)
	}
}

// A merchant whose order and account are put in by hand, as one does for a
// carrier of one's own; each account pushes its own password.
func TestSandboxOwnAccount(t *testing.T) {
	t.Parallel()
	p := start(t, testConfig(withSamples(t), wechat.Secure))
	for account, want := range map[string]string{"xyz:" + demo.BizPwd: "0", "xyz:wrong": "9300501 30001"} {
		d := playWeChat(t, p, wechat.Secure, wechat.JSON, func(s *sandboxFlags) {
			s.deliveryID, s.accounts = "DB", []string{strings.Replace(account, "xyz", "mine", 1)}
		})
		st, err := store.Open(t.Context(), storeOptions(demo.Config(), p.cfg.Database.URL.Value()))
		must(t, err)
		defer st.Close()
		err = st.Express.Replace(t.Context(), []express.MerchantRow{{BizID: "mine", Password: demo.BizPwd, CancelAllowed: true}},
			[]waybill.Waybill{{BizID: "mine", ID: "W-" + want, OrderID: "o-" + want, Status: waybill.Booked, BookedAt: time.Now()}})
		must(t, err)
		callSandbox(t, http.MethodPost, "http://"+d.control.Addr().String()+"/orders",
			fmt.Sprintf(`{"biz_id":"mine","order_id":"o-%s","waybill_id":"W-%s","openid":"oABCD"}`, want, want))
		_, a := d.call("business/order/cancel", fmt.Sprintf(`{"order_id":"o-%s","openid":"oABCD","delivery_id":"DB","waybill_id":"W-%s"}`, want, want))
		if a.String() != want {
			t.Errorf("%s, want %s", a, want)
		}
	}
}
