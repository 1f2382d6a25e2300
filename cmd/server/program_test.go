package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/config"
	"carrierhook/internal/delivery"
	"carrierhook/internal/demo"
	"carrierhook/internal/handler"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// Credentials that a search of the output would find.
const (
	testToken  = "tokenthatmustnotshow"
	testAESKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	testOpenID = "oOpenIDthatMustNotShow"
)

// testConfig is a server in mode on its own database and on ports of the
// kernel's choice.
func testConfig(url string, mode wechat.Mode) config.Config {
	cfg := demo.Config()
	cfg.Listen, cfg.InternalListen = "127.0.0.1:0", "127.0.0.1:0"
	cfg.Database.URL = config.Secret(url)
	cfg.WeChat.Mode, cfg.WeChat.UserName, cfg.WeChat.AppID = mode.String(), "gh_abcdefg", "wxb11529c136998cb6"
	cfg.WeChat.Token, cfg.WeChat.AESKey = testToken, testAESKey
	cfg.Shutdown.Drain = 0
	// Only what hangs is to reach them: the machine may be busy with tests. Those
	// that are about time set their own.
	cfg.WeChat.Deadline, cfg.Database.StatementTimeout, cfg.Database.LockTimeout = 2*patience, patience, patience
	return cfg
}

// program is a server that runs inside the test.
type program struct {
	addresses
	cfg  config.Config
	log  *output
	stop func() error // ends it and gives run's error; a second call does nothing
}

// start runs the whole program on cfg. It is stopped at the test's end, and
// nothing secret may be in what it logged.
func start(tb testing.TB, cfg config.Config) *program {
	tb.Helper()
	p := &program{cfg: cfg, log: new(output)}
	log, err := newLogger(p.log, "debug")
	must(tb, err)
	ctx, cancel := context.WithCancel(context.Background())
	up, ended := make(chan addresses, 1), make(chan error, 1)
	go func() { ended <- run(ctx, cfg, log, func(a addresses) { up <- a }) }()
	var once sync.Once
	p.stop = func() (err error) {
		once.Do(func() {
			cancel()
			err = <-ended
		})
		return err
	}
	tb.Cleanup(func() {
		if err := p.stop(); err != nil {
			tb.Errorf("the program ended with %v", err)
		}
		noSecrets(tb, p.log.String())
		noPersonalData(tb, p.log.String())
	})
	select {
	case p.addresses = <-up:
	case err := <-ended:
		ended <- err
		tb.Fatalf("the program did not start: %v", err)
	case <-time.After(patience):
		tb.Fatal("the program did not start in time")
	}
	return p
}

// noSecrets searches output for what must never be in it.
func noSecrets(tb testing.TB, text string) {
	tb.Helper()
	for _, secret := range []string{testToken, testAESKey, testOpenID, demo.BizPwd, dispatchToken, supportToken, demo.ShopSecret, demo.DeliveryKey} {
		if strings.Contains(text, secret) {
			tb.Errorf("%s is in the output:\n%s", secret, text)
		}
	}
}

// noPersonalData searches a log for what an order says of people, and for what
// speaks or opens for it.
func noPersonalData(tb testing.TB, text string) {
	tb.Helper()
	for _, personal := range []string{
		demo.OrderToken, demo.Sender.Name, demo.Sender.Tel, demo.Sender.Mobile, demo.Sender.Address, demo.Sender.Area,
		demo.Receiver.Name, demo.Receiver.Tel, demo.Receiver.Mobile, demo.Receiver.Area, demo.Order().Remark,
		demo.Order().Cargo.DetailList[0].Name, demo.Shop.Telephone, demo.Shop.Contact, demo.Shop.Address,
		demo.ShopSender.Name, demo.ShopSender.Phone, demo.ShopSender.Address, demo.ShopSender.AddressDetail, demo.ShopSender.Lng,
		demo.ShopReceiver.Name, demo.ShopReceiver.Phone, demo.ShopReceiver.Address, demo.ShopReceiver.AddressDetail, demo.ShopReceiver.Lat,
		demo.Delivery().Cargo.Goods[0].Name, demo.Delivery().OrderInfo.Note, "WXTOKEN", delivery.Sign(demo.ShopID, demo.ShopOrderID, demo.ShopSecret),
	} {
		if strings.Contains(text, personal) {
			tb.Errorf("%s is in the log:\n%s", personal, text)
		}
	}
}

// withSamples is a migrated database that has the demo's rows.
func withSamples(tb testing.TB) string {
	tb.Helper()
	url := storetest.URL(tb)
	putSamples(tb, url)
	return url
}

// testOptions are those of a store that nothing but what hangs is to disturb.
func testOptions(url string) store.Options {
	options := storeOptions(testConfig(url, wechat.Plain), url)
	options.ConnectTimeout = patience
	return options
}

func putSamples(tb testing.TB, url string) {
	tb.Helper()
	st, err := store.Open(context.Background(), testOptions(url))
	must(tb, err)
	defer st.Close()
	must(tb, demo.Reset(context.Background(), st, zap.NewNop()))
}

// url is where WeChat pushes to; of several mini programs, for the first.
func (p *program) url() string {
	url := "http://" + p.public.String() + handler.Path
	if all := p.cfg.WeChat.Accounts; len(all) > 1 {
		url += "/" + all[0].Name
	}
	return url
}

// wechat plays WeChat towards the program, in a mode that may differ from the
// program's.
func (p *program) wechat(tb testing.TB, mode wechat.Mode, f wechat.Format) *sandbox.Platform {
	tb.Helper()
	return &sandbox.Platform{URL: p.url(), Sender: p.sender(tb, mode), Format: f, Patience: 2 * patience}
}

// sender makes what WeChat sends to the program in a mode.
func (p *program) sender(tb testing.TB, mode wechat.Mode) *wechat.Sender {
	tb.Helper()
	s, err := wechat.NewSender(wechat.SenderOptions{
		UserName: p.cfg.WeChat.UserName, AppID: p.cfg.WeChat.AppID, Mode: mode, Token: testToken, AESKey: testAESKey,
	})
	must(tb, err)
	return s
}

// sampleCancel is WeChat's sample, as push n.
func sampleCancel(n int64) wechat.CancelWaybill {
	return wechat.CancelWaybill{
		ToUserName: "gh_abcdefg", FromUserName: testOpenID, CreateTime: 1533042556 + n, Event: wechat.EventCancelWaybill,
		BizID: demo.BizID, BizPwd: demo.BizPwd, ShopAppID: demo.ShopAppID, OrderID: demo.OrderID, WayBillID: demo.WaybillID,
	}
}

// everywhere runs a test in each mode and format, on a server with the samples.
func everywhere(t *testing.T, test func(t *testing.T, p *program, mode wechat.Mode, f wechat.Format)) {
	for _, mode := range wechat.Modes() {
		for _, f := range []wechat.Format{wechat.XML, wechat.JSON} {
			t.Run(fmt.Sprintf("%v/%v", mode, f), func(t *testing.T) {
				t.Parallel()
				test(t, start(t, testConfig(withSamples(t), mode)), mode, f)
			})
		}
	}
}

// want pushes and expects a right reply with a result code.
func want(tb testing.TB, w *sandbox.Platform, m wechat.CancelWaybill, code int) {
	tb.Helper()
	a, err := w.Cancel(context.Background(), m)
	if err != nil {
		tb.Errorf("push of %s: %v\n%s", m.WayBillID, err, a.Opened)
		return
	}
	if a.Reply.ResultCode != code {
		tb.Errorf("push of %s: ResultCode %d (%s), want %d", m.WayBillID, a.Reply.ResultCode, a.Reply.ResultMsg, code)
	}
}

// waitReady waits until the server says that it is ready.
func (p *program) waitReady(tb testing.TB) { p.log.wait(tb, `"msg":"ready"`) }
