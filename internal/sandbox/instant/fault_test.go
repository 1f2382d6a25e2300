package instant_test

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

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// unheard calls, and wants the code of a company that is silent: it does what it is
// to do, and nobody hears of it, for the connection breaks.
func unheard(d *Sandbox, c *Company, path, body string) (answer string) {
	d.TB.Helper()
	d.Carrier.AnswerInstant(func(p *wechat.Push) []byte {
		c.Answer(p)
		panic(http.ErrAbortHandler)
	})
	defer d.Carrier.AnswerInstant(c.Answer)
	was := c.Count()
	answer = d.Call(path, body)
	if n := c.Count() - was; d.Errcode(answer) != 930556 || n != 2 {
		d.TB.Errorf("%s, silence: %s after %d pushes", path, answer, n)
	}
	return answer
}

// A company that is silent, that fails and that answers wrongly, by each call.
func TestCompanyFails(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.XML, "SFTC")
	d.WantResult(PlacePath, PlaceBody(), 0)
	calls := map[string]string{
		PreAddPath: PlaceBody(), PlacePath: PlaceBody("shop_order_id", `"another"`), ReaddPath: PlaceBody(),
		InstantGetPath: QuestionBody(), PreCancelPath: QuestionBody(), TipsPath: QuestionBody(), ConfirmPath: QuestionBody(), InstantCancelPath: QuestionBody(),
	}
	for path, body := range calls {
		d.Carrier.AnswerInstant(nil)
		if got := d.Call(path, body); !strings.HasPrefix(got, `{"errcode":930557,"errmsg":"delivery system error rid: `) {
			t.Errorf("%s, HTTP status 500: %s", path, got)
		}
		d.Carrier.AnswerInstant(c.Answer)
		c.SendRaw(func(string) []byte { return []byte("<xml><resultcode>0</resultcode></xml>") })
		d.WantCode(path, body, 930557)
		c.SendRaw(func(string) []byte { return []byte("success") })
		d.WantCode(path, body, 930557)
		if last, _ := d.LastPush(); !strings.HasSuffix(last.Error, last.Event+" needs a reply with a resultcode") || last.Answers[0].Packet != "success" {
			t.Errorf("%s: %+v", path, last)
		}
		c.Change(nil)
		if got := unheard(d, c, path, body); !strings.HasPrefix(got, `{"errcode":930556,"errmsg":"delivery timeout rid: `) {
			t.Errorf("%s, silence: %s", path, got)
		}
		if last, _ := d.LastPush(); last.Tries != 2 {
			t.Errorf("%s: %d tries", path, last.Tries)
		}
	}
}

// So it is with a company that does not answer as long as the platform waits.
func TestCompanySilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := StartInMemory(t, wechat.XML, InstantAt("SFTC"))
		c := newCompany(d, wechat.XML)
		silent := make(chan struct{})
		d.Carrier.AnswerInstant(func(p *wechat.Push) []byte { <-silent; return c.Answer(p) })
		d.WantCode(PlacePath, PlaceBody(), 930556)
		close(silent)
		if last, n := d.LastPush(); n != 1 || last.Tries != 2 || !strings.Contains(last.Error, "no whole answer within") {
			t.Errorf("%d pushes, %+v", n, last)
		}
	})
}

// The platform's own failure has the family's code.
func TestPlatformFails(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	d.Platform.Rand = badDice{}
	if got := d.Call(PlacePath, PlaceBody()); !strings.HasPrefix(got, `{"errcode":930555,"errmsg":"wechat system error rid: `) || c.Count() != 0 {
		t.Errorf("%s", got)
	}
}

type badDice struct{}

func (badDice) Read([]byte) (int, error) { return 0, errors.New("no dice") }

// Where nobody knows whether the company took an order, queries are allowed; added
// again it has the same token, and what the company says ends the doubt.
func TestDoubt(t *testing.T) {
	t.Parallel()
	d, c := startInstant(t, wechat.JSON, "SFTC")
	unheard(d, c, PlacePath, PlaceBody())
	token := c.LastOrder().WXToken
	c.Refuse(1030, "订单已存在")
	d.WantResult(PlacePath, PlaceBody(), 1030)
	if again := c.LastOrder(); again.WXToken != token {
		t.Error("the order is added again with another token")
	}
	if got := d.Show("deliveries"); !strings.Contains(got, `"in_doubt":true,"attempts":[]`) {
		t.Errorf("%s", got)
	}
	c.Change(func(r *wechat.TransportReply) { r.WaybillID, r.OrderStatus = "W1", 101 })
	if got := d.WantResult(InstantGetPath, QuestionBody(), 0); !strings.Contains(got, `"order_status":101,"waybill_id":"W1"`) {
		t.Errorf("%s", got)
	}
	if last := c.LastQuestion(); last.WaybillID != "" {
		t.Errorf("in doubt the query is about %s", last.WaybillID)
	}
	d.WantCode(PlacePath, PlaceBody(), 930562)
	d.WantResult(StatusReportPath, StatusReportBody(token, "order_status", "205"), 0)

	// The same with readd: the answer shows whether the new attempt is there.
	unheard(d, c, ReaddPath, PlaceBody())
	second := c.LastOrder().WXToken
	if second == token {
		t.Error("placed again with the old token")
	}
	c.Change(func(r *wechat.TransportReply) { r.WaybillID, r.OrderStatus = "W2", 101 })
	d.WantResult(InstantCancelPath, QuestionBody(), 0) // in doubt the order may be under way again
	d.WantResult(InstantGetPath, QuestionBody(), 0)
	d.WantResult(StatusReportPath, StatusReportBody(second, "waybill_id", `"W2"`), 0)
	d.WantCode(StatusReportPath, StatusReportBody(token), 930565)
	got := d.Show("deliveries")
	if !strings.Contains(got, `"in_doubt":false`) || strings.Count(got, `"waybill_id"`) != 2 || !strings.Contains(got, `{"waybill_id":"W2","order_status":102,`) {
		t.Errorf("%s", got)
	}

	// And if it never arrived, the old attempt is the last.
	d.WantResult(StatusReportPath, StatusReportBody(second, "waybill_id", `"W2"`, "order_status", "501"), 0)
	d.Carrier.AnswerInstant(nil)
	d.WantCode(ReaddPath, PlaceBody(), 930557)
	d.Carrier.AnswerInstant(c.Answer)
	c.Change(func(r *wechat.TransportReply) { r.WaybillID, r.OrderStatus = "W2", 501 })
	d.WantResult(InstantGetPath, QuestionBody(), 0)
	if got := d.Show("deliveries"); !strings.Contains(got, `"in_doubt":false`) || strings.Count(got, `"waybill_id"`) != 2 {
		t.Errorf("%s", got)
	}
	d.WantCode(InstantCancelPath, QuestionBody(), 930565)
}

// An order in doubt is not taken to another company.
func TestDoubtStays(t *testing.T) {
	t.Parallel()
	d, _ := startInstant(t, wechat.JSON, "SFTC")
	d.Carrier.AnswerInstant(nil)
	d.WantCode(PlacePath, PlaceBody("shopid", `"test_shop_id"`), 930557)
	d.WantCode(PlacePath, TrialBody(ShopOrderID), 930562)
}

// Every fault that there is, on a readd: a push that must not be believed is refused,
// and one that arrives awkwardly is not noticed.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d, _ := startInstant(t, f, "SFTC")
		d.WantResult(PlacePath, PlaceBody(), 0)
		for _, fault := range sandbox.Faults() {
			if !fault.Fits(wechat.Secure, f) {
				continue
			}
			d.SetFault(fault, 1)
			switch {
			case fault == sandbox.OverLimit, fault == sandbox.StaleTimestamp, fault == sandbox.ClockOff:
				d.Call(ReaddPath, PlaceBody()) // the test's receiver minds neither size nor time
			case fault.Lies():
				d.WantCode(ReaddPath, PlaceBody(), 930557)
			default:
				d.WantResult(ReaddPath, PlaceBody(), 0)
			}
			if got := d.Show("pushes"); !strings.Contains(got, `"fault":"`+string(fault)+`"`) {
				t.Errorf("%s is not in the list of pushes", fault)
			}
		}
	}
}

// The questions about one order do not overlap, and those about two do.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := StartInMemory(t, wechat.JSON, InstantAt("SFTC"))
		c := newCompany(d, wechat.JSON)
		d.WantResult(PlacePath, PlaceBody(), 0)
		var at, peak atomic.Int32
		d.Carrier.AnswerInstant(func(p *wechat.Push) []byte {
			if n := at.Add(1); n > peak.Load() {
				peak.Store(n)
			}
			time.Sleep(time.Millisecond) // until every call waits
			defer at.Add(-1)
			return c.Answer(p)
		})
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				switch i % 3 {
				case 0:
					d.Call(ReaddPath, PlaceBody())
				case 1:
					d.Call(InstantGetPath, QuestionBody())
				default:
					d.Call(PreAddPath, PlaceBody())
				}
			})
		}
		all.Wait()
		if peak.Load() != 1 {
			t.Errorf("%d questions at once", peak.Load())
		}
		times := map[int64]bool{}
		for _, m := range c.Orders {
			times[m.CreateTime] = true
		}
		for _, m := range c.Questions {
			times[m.CreateTime] = true
		}
		if len(times) != c.Count() {
			t.Errorf("%d pushes have %d times", c.Count(), len(times))
		}
	})
}

// What is shown of a push has nothing of people, places, goods or keys, whatever the
// company makes of it.
func TestPushesHide(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d, c := startInstant(t, f, "SFTC")
		body := PlaceBody("delivery_token", `"tokenOfThePrice"`, "delivery_sign", `"FINISH4711"`)
		question := QuestionBody("cancel_reason_id", "6", "cancel_reason", `"reasonInWords"`, "delivery_sign", `"FINISH4711"`)
		d.WantResult(PreAddPath, body, 0)
		d.WantResult(PlacePath, body, 0)
		d.WantResult(InstantGetPath, question, 0)
		d.WantResult(TipsPath, question, 0)
		c.Refuse(1010, "收件人老王电话18512345678不正确")
		d.WantResult(ReaddPath, body, 1010)
		c.Refuse(1011, "在xx大厦")
		d.WantResult(ReaddPath, PlaceBody("sender.name", `"xx大"`), 1011)
		c.SendRaw(func(string) []byte { return []byte(`<xml>老王 18512345678</xml>`) })
		d.WantCode(ReaddPath, body, 930557)
		c.SendRaw(func(event string) []byte {
			return bytes.Replace(SampleReply(t, f, event), []byte("gh_abcdefg"), []byte("老王 18512345678"), 1)
		})
		d.WantCode(InstantCancelPath, question, 930557)
		c.Change(nil)
		d.WantResult(InstantCancelPath, question, 0)
		got := d.Show("pushes") + d.Show("deliveries")
		for _, secret := range append(InstantSecrets, c.Orders[1].WXToken) {
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
