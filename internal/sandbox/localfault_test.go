package sandbox

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/wechat"
)

// unheard calls, and wants the code of a company that is silent: it does what it is
// asked, and nobody hears of it, for the connection breaks.
func (d *desk) unheard(c *localCompany, path, body string) (answer string) {
	d.tb.Helper()
	d.carrier.answersLocal(func(p *wechat.Push) []byte {
		c.answer(p)
		panic(http.ErrAbortHandler)
	})
	defer d.carrier.answersLocal(c.answer)
	was := c.count()
	answer = d.call(path, body)
	if n := c.count() - was; errcode(d.tb, answer) != 930556 || n != 2 {
		d.tb.Errorf("%s, silence: %s after %d pushes", path, answer, n)
	}
	return answer
}

// A company that is silent, that fails and that answers wrongly, by each call.
func TestLocalCompanyFails(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.XML, "SFTC")
	d.wantResult(localAddPath, localBody(t), 0)
	calls := map[string]string{
		preAddPath: localBody(t), localAddPath: localBody(t, "shop_order_id", `"another"`), readdPath: localBody(t),
		localGetPath: askBody(), preCancelPath: askBody(), tipsPath: askBody(), confirmPath: askBody(), localCancelPath: askBody(),
	}
	for path, body := range calls {
		d.carrier.answersLocal(nil)
		if got := d.call(path, body); !strings.HasPrefix(got, `{"errcode":930557,"errmsg":"delivery system error rid: `) {
			t.Errorf("%s, HTTP status 500: %s", path, got)
		}
		d.carrier.answersLocal(c.answer)
		c.sends(func(string) []byte { return []byte("<xml><resultcode>0</resultcode></xml>") })
		d.wantCode(path, body, 930557)
		c.sends(func(string) []byte { return []byte("success") })
		d.wantCode(path, body, 930557)
		all := d.pushes.all()
		if last := all[len(all)-1]; !strings.HasSuffix(last.Error, last.Event+" needs a reply with a resultcode") || last.Answers[0].Packet != "success" {
			t.Errorf("%s: %+v", path, last)
		}
		c.says(nil)
		if got := d.unheard(c, path, body); !strings.HasPrefix(got, `{"errcode":930556,"errmsg":"delivery timeout rid: `) {
			t.Errorf("%s, silence: %s", path, got)
		}
		if all := d.pushes.all(); all[len(all)-1].Tries != 2 {
			t.Errorf("%s: %d tries", path, all[len(all)-1].Tries)
		}
	}
}

// So it is with a company that does not answer as long as the platform waits.
func TestLocalCompanySilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := memoryDesk(t, wechat.XML, localAt("SFTC"))
		c := employ(d, wechat.XML)
		silent := make(chan struct{})
		d.carrier.answersLocal(func(p *wechat.Push) []byte { <-silent; return c.answer(p) })
		d.wantCode(localAddPath, localBody(t), 930556)
		close(silent)
		if all := d.pushes.all(); len(all) != 1 || all[0].Tries != 2 || !strings.Contains(all[0].Error, "no whole answer within") {
			t.Errorf("%+v", all)
		}
	})
}

// The platform's own failure has the family's code.
func TestLocalPlatformFails(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.JSON, "SFTC")
	d.o.Platform.Rand = badDice{}
	if got := d.call(localAddPath, localBody(t)); !strings.HasPrefix(got, `{"errcode":930555,"errmsg":"wechat system error rid: `) || c.count() != 0 {
		t.Errorf("%s", got)
	}
}

type badDice struct{}

func (badDice) Read([]byte) (int, error) { return 0, errors.New("no dice") }

// Where nobody knows whether the company took an order, it can be asked about; added
// again it has the same token, and what the company says settles it.
func TestLocalDoubt(t *testing.T) {
	t.Parallel()
	d, c := localDesk(t, wechat.JSON, "SFTC")
	d.unheard(c, localAddPath, localBody(t))
	token := c.lastOrder().WXToken
	c.refuses(1030, "订单已存在")
	d.wantResult(localAddPath, localBody(t), 1030)
	if again := c.lastOrder(); again.WXToken != token {
		t.Error("the order is added again with another token")
	}
	if got := d.send(http.MethodGet, d.control.URL+"/deliveries", ""); !strings.Contains(got, `"in_doubt":true,"attempts":[]`) {
		t.Errorf("%s", got)
	}
	c.says(func(r *wechat.TransportReply) { r.WaybillID, r.OrderStatus = "W1", statusWaiting })
	if got := d.wantResult(localGetPath, askBody(), 0); !strings.Contains(got, `"order_status":101,"waybill_id":"W1"`) {
		t.Errorf("%s", got)
	}
	if asked := c.lastAsk(); asked.WaybillID != "" {
		t.Errorf("in doubt the company is asked about %s", asked.WaybillID)
	}
	d.wantCode(localAddPath, localBody(t), 930562)
	d.wantResult(reportPath, reportBody(token, "order_status", "205"), 0)

	// The same with readd: the answer shows whether the new attempt is there.
	d.unheard(c, readdPath, localBody(t))
	second := c.lastOrder().WXToken
	if second == token {
		t.Error("placed again with the old token")
	}
	c.says(func(r *wechat.TransportReply) { r.WaybillID, r.OrderStatus = "W2", statusWaiting })
	d.wantResult(localCancelPath, askBody(), 0) // in doubt the order may be under way again
	d.wantResult(localGetPath, askBody(), 0)
	d.wantResult(reportPath, reportBody(second, "waybill_id", `"W2"`), 0)
	d.wantCode(reportPath, reportBody(token), 930565)
	got := d.send(http.MethodGet, d.control.URL+"/deliveries", "")
	if !strings.Contains(got, `"in_doubt":false`) || strings.Count(got, `"waybill_id"`) != 2 || !strings.Contains(got, `{"waybill_id":"W2","order_status":102,`) {
		t.Errorf("%s", got)
	}

	// And if it never arrived, the old attempt is the last.
	d.wantResult(reportPath, reportBody(second, "waybill_id", `"W2"`, "order_status", "501"), 0)
	d.carrier.answersLocal(nil)
	d.wantCode(readdPath, localBody(t), 930557)
	d.carrier.answersLocal(c.answer)
	c.says(func(r *wechat.TransportReply) { r.WaybillID, r.OrderStatus = "W2", 501 })
	d.wantResult(localGetPath, askBody(), 0)
	if got := d.send(http.MethodGet, d.control.URL+"/deliveries", ""); !strings.Contains(got, `"in_doubt":false`) || strings.Count(got, `"waybill_id"`) != 2 {
		t.Errorf("%s", got)
	}
	d.wantCode(localCancelPath, askBody(), 930565)
}

// An order in doubt is not taken to another company.
func TestLocalDoubtStays(t *testing.T) {
	t.Parallel()
	d, _ := localDesk(t, wechat.JSON, "SFTC")
	d.carrier.answersLocal(nil)
	d.wantCode(localAddPath, localBody(t, "shopid", `"test_shop_id"`), 930557)
	d.wantCode(localAddPath, localBody(t, "shopid", `"test_shop_id"`, "delivery_id", `"TEST"`, "delivery_sign", `"`+testSign(localOrder1)+`"`), 930562)
}

// Every fault that there is, on a readd: a push that must not be believed is refused,
// and one that arrives awkwardly is not noticed.
func TestLocalFaults(t *testing.T) {
	t.Parallel()
	for _, f := range bothFormats {
		d, _ := localDesk(t, f, "SFTC")
		d.wantResult(localAddPath, localBody(t), 0)
		for _, fault := range Faults() {
			if !fault.Fits(wechat.Secure, f) {
				continue
			}
			d.send(http.MethodPut, d.control.URL+"/fault", `{"fault":"`+string(fault)+`","pushes":1}`)
			switch {
			case fault == OverLimit, fault == StaleTimestamp, fault == ClockOff:
				d.call(readdPath, localBody(t)) // the test's receiver minds neither size nor time
			case fault.Lies():
				d.wantCode(readdPath, localBody(t), 930557)
			default:
				d.wantResult(readdPath, localBody(t), 0)
			}
			if got := d.send(http.MethodGet, d.control.URL+"/pushes", ""); !strings.Contains(got, `"fault":"`+string(fault)+`"`) {
				t.Errorf("%s is not in the list of pushes", fault)
			}
		}
	}
}

// The questions about one order do not overlap, and those about two do.
func TestLocalTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := memoryDesk(t, wechat.JSON, localAt("SFTC"))
		c := employ(d, wechat.JSON)
		d.wantResult(localAddPath, localBody(t), 0)
		var at, most atomic.Int32
		d.carrier.answersLocal(func(p *wechat.Push) []byte {
			if n := at.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Millisecond) // until whoever is to ask has asked
			defer at.Add(-1)
			return c.answer(p)
		})
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				switch i % 3 {
				case 0:
					d.call(readdPath, localBody(t))
				case 1:
					d.call(localGetPath, askBody())
				default:
					d.call(preAddPath, localBody(t))
				}
			})
		}
		all.Wait()
		if most.Load() != 1 {
			t.Errorf("%d questions at once", most.Load())
		}
		times := map[int64]bool{}
		for _, m := range c.orders {
			times[m.CreateTime] = true
		}
		for _, m := range c.asks {
			times[m.CreateTime] = true
		}
		if len(times) != c.count() {
			t.Errorf("%d pushes have %d times", c.count(), len(times))
		}
	})
}

// A reply of the right shape that no merchant could believe is a wrong answer, and
// the list of pushes says what is wrong with it.
func TestLocalReplyMakesNoSense(t *testing.T) {
	t.Parallel()
	for _, f := range bothFormats {
		d, c := localDesk(t, f, "SFTC")
		d.wantResult(localAddPath, localBody(t), 0)
		for _, tt := range []struct {
			path, says string
			change     func(*wechat.TransportReply)
		}{
			{readdPath, "fee of the reply is not deliverfee less couponfee", func(r *wechat.TransportReply) { r.Fee++ }},
			{preAddPath, "fee of the reply is not deliverfee less couponfee", func(r *wechat.TransportReply) { r.CouponFee = 0 }},
			{readdPath, "a fee of the reply is less than nothing", func(r *wechat.TransportReply) { r.Tips = -1 }},
			{readdPath, "a fee of the reply is less than nothing", func(r *wechat.TransportReply) { r.Fee, r.DeliverFee, r.CouponFee = -1, 0, 1 }},
			{readdPath, "distance or dispatch_duration", func(r *wechat.TransportReply) { r.Distance = -1 }},
			{preAddPath, "distance or dispatch_duration", func(r *wechat.TransportReply) { r.DispatchDuration = -1 }},
			{readdPath, "order_status of the reply is 100, which is none", func(r *wechat.TransportReply) { r.OrderStatus = 100 }},
			{readdPath, "order_status of the reply is 302, which is an end", func(r *wechat.TransportReply) { r.OrderStatus = 302 }},
			{readdPath, "finish_code or pickup_code", func(r *wechat.TransportReply) { r.PickupCode = -1 }},
			{readdPath, "waybill_id of the reply can be no waybill's", func(r *wechat.TransportReply) { r.WaybillID = strings.Repeat("x", 129) }},
			{localGetPath, "waybill_id of the reply can be no waybill's", func(r *wechat.TransportReply) { r.WaybillID = "" }},
			{localGetPath, "order_status of the reply is 0, which is none", func(r *wechat.TransportReply) { r.OrderStatus = 0 }},
			{localCancelPath, "deduct_fee of the reply is less than nothing", func(r *wechat.TransportReply) { r.DeductFee = -1 }},
			{tipsPath, `ToUserName of the reply is`, func(r *wechat.TransportReply) { r.ToUserName = "oOther" }},
			{confirmPath, `FromUserName of the reply is`, func(r *wechat.TransportReply) { r.FromUserName = "gh_other" }},
			{tipsPath, `Event`, func(r *wechat.TransportReply) { r.Event = wechat.EventConfirmReturn }},
		} {
			c.says(tt.change)
			body := askBody()
			if strings.HasSuffix(tt.path, "add") {
				body = localBody(t)
			}
			d.wantCode(tt.path, body, 930557)
			all := d.pushes.all()
			if last := all[len(all)-1]; !strings.Contains(last.Error, tt.says) || last.ResultCode != nil {
				t.Errorf("%v: %s: %s", f, tt.says, last.Error)
			}
		}
		c.says(func(r *wechat.TransportReply) { r.WaybillID, r.OrderStatus = strings.Repeat("x", 128), 501 })
		d.wantResult(localGetPath, askBody(), 0)
		c.says(func(r *wechat.TransportReply) { r.WaybillID = "" })
		if got := d.wantResult(readdPath, localBody(t), 0); !strings.Contains(got, `"waybill_id":"",`) {
			t.Errorf("without a waybill yet: %s", got)
		}
	}
}

// What is shown of a push has nothing of people, places, goods or keys, whatever the
// company makes of it.
func TestLocalPushesHide(t *testing.T) {
	t.Parallel()
	for _, f := range bothFormats {
		d, c := localDesk(t, f, "SFTC")
		body := localBody(t, "delivery_token", `"tokenOfThePrice"`, "delivery_sign", `"FINISH4711"`)
		ask := askBody("cancel_reason_id", "6", "cancel_reason", `"reasonInWords"`, "delivery_sign", `"FINISH4711"`)
		d.wantResult(preAddPath, body, 0)
		d.wantResult(localAddPath, body, 0)
		d.wantResult(localGetPath, ask, 0)
		d.wantResult(tipsPath, ask, 0)
		c.refuses(1010, "收件人老王电话18512345678不正确")
		d.wantResult(readdPath, body, 1010)
		c.refuses(1011, "在xx大厦")
		d.wantResult(readdPath, localBody(t, "sender.name", `"xx大"`), 1011)
		c.sends(func(string) []byte { return []byte(`<xml>老王 18512345678</xml>`) })
		d.wantCode(readdPath, body, 930557)
		c.sends(func(event string) []byte {
			return bytes.Replace(sampleReply(t, f, event), []byte("gh_abcdefg"), []byte("老王 18512345678"), 1)
		})
		d.wantCode(localCancelPath, ask, 930557)
		c.says(nil)
		d.wantResult(localCancelPath, ask, 0)
		got := d.send(http.MethodGet, d.control.URL+"/pushes", "") + d.send(http.MethodGet, d.control.URL+"/deliveries", "")
		for _, secret := range append(localSecrets, c.orders[1].WXToken) {
			if strings.Contains(got, secret) {
				t.Errorf("%v: %s is shown in %s", f, secret, got)
			}
		}
		for _, part := range []string{
			`"event":"transport_readd_order","biz_id":"122222222","order_id":"SFTC_001"`, `"result_code":1010,"result_msg":"收件人[hidden]电话[hidden]不正确"`,
			`"result_msg":"在[hidden]"`, "[hidden: ", "bytes that are no right reply]", `"waybill_id":"W1"`, "12.50", "1234",
		} {
			if !strings.Contains(got, part) {
				t.Errorf("%v: %s is not in %s", f, part, got)
			}
		}
	}
}
