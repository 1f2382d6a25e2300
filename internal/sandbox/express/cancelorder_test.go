package express_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"carrierhook/internal/sandbox"
	. "carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

// A merchant's cancel reaches the carrier as WeChat's event, and its answer
// reaches the merchant as in WeChat's samples, byte for byte.
func TestCancelOrder(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d := StartSandbox(t, f, nil)
		d.Carrier.Reply(30004, "快递不支持取消运单")
		if got, want := d.Call(CancelPath, CancelBody()), Sample(t, "api.cancelOrder.response.carrier_refused.json"); got != want {
			t.Errorf("refused:\n got %s\nwant %s", got, want)
		}
		d.Carrier.Reply(0, "success")
		if got, want := d.Call(CancelPath, CancelBody()), Sample(t, "api.cancelOrder.response.json"); got != want {
			t.Errorf("cancelled:\n got %s\nwant %s", got, want)
		}
		d.WantCode(CancelPath, CancelBody(), 9300524)
		at := int64(0x6299e87e)
		want := wechat.CancelWaybill{
			ToUserName: "gh_abcdefg", FromUserName: User, CreateTime: at, Event: "cancel_waybill", BizID: "xyz", BizPwd: Password,
			ShopAppID: "wxABCD", OrderID: "order", WayBillID: "W1",
		}
		later := want
		later.CreateTime = at + 1 // the same second, but another push
		if !slices.Equal(d.Carrier.Cancels, []wechat.CancelWaybill{want, later}) {
			t.Errorf("the carrier got %+v", d.Carrier.Cancels)
		}
	}
}

// Every errcode by its cause; only the last two push to the carrier.
func TestCancelOrderRefusals(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.JSON, func(o *Options) {
		o.Express.Orders = append(o.Express.Orders, SampleOrder("moved", "W3"))
	})
	d.WantCode(UpdatePath, `{"token":"token-W3","waybill_id":"W3","action_time":1,"action_type":100001,"action_msg":"揽件"}`, 0)
	for _, tt := range []struct {
		name, body string
		code       int
	}{
		{"no body", "", 44002},
		{"no JSON", "order_id=1", 47001},
		{"no object", "[]", 47001},
		{"nothing", "null", 47001},
		{"something after it", CancelBody() + "{}", 47001},
		{"not UTF-8", strings.Replace(CancelBody(), "order\"", "\xff\"", 1), 47001},
		{"a number for a text", `{"order_id":1,"openid":"o","delivery_id":"SF","waybill_id":"W1"}`, 47001},
		{"too large", `{"x":"` + strings.Repeat("x", 1<<20) + `"}`, 47001},
		{"a wrong type before a wrong value", `{"order_id":"","openid":"o","delivery_id":"SF","waybill_id":[]}`, 47001},
		{"no order_id", CancelBody("order_id", ""), 930561},
		{"another letter case", strings.Replace(CancelBody(), "order_id", "Order_ID", 1), 930561},
		{"null", strings.Replace(CancelBody(), `"order"`, `null`, 1), 930561},
		{"order_id of 513 bytes", CancelBody("order_id", strings.Repeat("x", 513)), 930561},
		{"order_id of 512 bytes", CancelBody("order_id", strings.Repeat("x", 512)), 930563},
		{"a control character", CancelBody("order_id", "a\x01"), 930561},
		{"no delivery_id", CancelBody("delivery_id", ""), 930561},
		{"no waybill_id", CancelBody("waybill_id", ""), 930561},
		{"no such carrier", CancelBody("delivery_id", "NOBODY"), 9300503},
		{"another carrier's", CancelBody("delivery_id", "ZTO"), 930563},
		{"no such order", CancelBody("order_id", "absent"), 930563},
		{"no openid", CancelBody("openid", ""), 930561},
		{"another openid", CancelBody("openid", "oAnother"), 930561},
		{"no such waybill", CancelBody("waybill_id", "absent"), 40199},
		{"another order's waybill", CancelBody("waybill_id", "W2"), 40199},
		{"it has a path", CancelBody("order_id", "moved", "waybill_id", "W3"), 9300506},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := d.Call(CancelPath, tt.body)
			if c := d.Errcode(got); c != tt.code {
				t.Errorf("got %s, want %d", got, tt.code)
			}
			for _, member := range []string{`"errmsg":"`, `"delivery_resultcode":0`, `"delivery_resultmsg":""`, " rid: 6299e87e-"} {
				if !strings.Contains(got, member) {
					t.Errorf("%s lacks %s", got, member)
				}
			}
		})
	}
	if n := d.Carrier.Count(); n != 0 {
		t.Errorf("%d pushes", n)
	}
	d.WantCode(CancelPath, `{"order_id":"elsewhere","delivery_id":"SF","waybill_id":"W2"}`, 0)
	if m := d.Carrier.Cancels[0]; m.FromUserName != sandbox.TeamOpenID {
		t.Errorf("an order without a user comes from %q", m.FromUserName)
	}
	d.Carrier.Reply(-1, "其他错误")
	d.WantCode(CancelPath, CancelBody(), 9300501)
}

// The carrier's words reach the merchant as they are, whatever is in them.
func TestVerbatim(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		d := StartSandbox(t, f, nil)
		d.Carrier.Reply(-7, "<b>]]>&\"\\ 不可取消\r\n")
		const want = `{"errcode":9300501,"errmsg":"delivery logic fail","delivery_resultcode":-7,"delivery_resultmsg":"<b>]]>&\"\\ 不可取消\r\n"}`
		if got := d.Call(CancelPath, CancelBody()); got != want {
			t.Errorf("%v\n got %s\nwant %s", f, got, want)
		}
	}
}

// Another merchant's order is not there.
func TestCancelAnothersOrder(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	got := d.CallAs("wxOther", CancelPath, CancelBody())
	if d.Errcode(got) != 930563 || d.Carrier.Count() != 0 {
		t.Errorf("got %s", got)
	}
}

// Of many at once one cancels; the others wait for it and get what became of it. The
// carrier is pushed to once.
func TestCancelAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := StartInMemory(t, wechat.XML, nil)
		agree := make(chan struct{})
		d.Carrier.Cancel = func(wechat.CancelWaybill) (int, string) {
			<-agree
			return 0, "success"
		}
		atOnce(t, d, agree, d.Carrier.Count, CancelPath, CancelBody(), 9300524)
	})
}

// Eight calls that add the same order push it to the carrier once.
func TestAddAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := StartInMemory(t, wechat.XML, nil)
		agree := make(chan struct{})
		d.Carrier.AnswerAdd(0, "", func(reply string) string {
			<-agree
			return reply
		})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { d.Call(AddPath, AddBody()) })
		}
		synctest.Wait() // no call goes on by itself
		_, before := d.Carrier.Last()
		close(agree)
		wg.Wait()
		if _, n := d.Carrier.Last(); before != 1 || n != 1 {
			t.Errorf("%d pushes at once, %d in all", before, n)
		}
	})
}

// atOnce calls eight times at once: one is done, the others get the code, and the
// carrier, which waits for agree, gets one push.
func atOnce(t *testing.T, d *Sandbox, agree chan struct{}, pushes func() int, path, body string, code int) {
	t.Helper()
	codes := make([]int, 8)
	var wg sync.WaitGroup
	for i := range codes {
		wg.Go(func() { codes[i] = d.Errcode(d.Call(path, body)) })
	}
	synctest.Wait() // no call goes on by itself
	if n := pushes(); n != 1 {
		t.Errorf("%d pushes at once", n)
	}
	close(agree)
	wg.Wait()
	slices.Sort(codes)
	if want := append([]int{0}, slices.Repeat([]int{code}, 7)...); !slices.Equal(codes, want) || pushes() != 1 {
		t.Errorf("codes %v, %d pushes", codes, pushes())
	}
}

// A carrier that says nothing or something wrong makes the documented system
// error, and the order stays: the next cancel pushes again.
func TestCancelWithoutRightAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := StartInMemory(t, wechat.XML, func(o *Options) { o.Platform.Tries = 3 })
		silent := make(chan struct{})
		d.Carrier.Cancel = func(wechat.CancelWaybill) (int, string) { <-silent; return 0, "" }
		d.WantCode(CancelPath, CancelBody(), -1)
		close(silent)
		if n := d.Carrier.Count(); n != 3 {
			t.Errorf("%d pushes", n)
		}
		d.SetFault("wrong_msg_signature", 1)
		d.WantCode(CancelPath, CancelBody(), -1)
		d.Carrier.Reply(0, "success")
		d.WantCode(CancelPath, CancelBody(), 0)
	})
}

// An order whose merchant went away meanwhile is cancelled all the same.
func TestMerchantHangsUp(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, nil)
	pushed, agree := make(chan struct{}), make(chan struct{})
	d.Carrier.Cancel = func(wechat.CancelWaybill) (int, string) { close(pushed); <-agree; return 0, "success" }
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.MerchantURL+CancelPath+"?access_token="+sandbox.StandingToken, strings.NewReader(CancelBody()))
	if err != nil {
		t.Fatal(err)
	}
	go func() { <-pushed; hangUp() }()
	_, err = http.DefaultClient.Do(req)
	if err == nil {
		t.Fatal("the merchant did not hang up")
	}
	close(agree)
	d.WantCode(CancelPath, CancelBody(), 9300524)
}

func TestCancelGolden(t *testing.T) {
	t.Parallel()
	d := StartSandbox(t, wechat.XML, func(o *Options) { o.Platform.Rand = ridOfTheSample{} })
	got := d.Send(http.MethodPost, d.MerchantURL+GetPath+"?access_token=99_"+strings.Repeat("x", 128), "{}")
	if want := Sample(t, "api.error.40001.json"); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// ridOfTheSample is what WeChat's dice showed.
type ridOfTheSample struct{}

func (ridOfTheSample) Read(b []byte) (int, error) {
	return copy(b, []byte{0x5e, 0xd9, 0xe5, 0x99, 0x0d, 0x04, 0x6b, 0x47}), nil
}
