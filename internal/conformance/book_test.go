package conformance

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// TestTidy: what a run books it cancels, and the merchant's balance is as before.
func TestTidy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCarrier(t, wechat.Secure, window)
		wantFailed(t, c.serve(t))
		if len(c.books.orders) < 12 || c.books.left != balance {
			t.Errorf("%d orders, and %d are left of %d", len(c.books.orders), c.books.left, balance)
		}
		for id, o := range c.books.orders {
			if _, done := c.cancelled[o.number]; !done {
				t.Errorf("%s has the waybill %s still", id, o.number)
			}
		}
	})
}

// atOnce counts the pushes of one event that are under way.
type atOnce struct {
	mu    sync.Mutex
	under map[[32]byte]int
}

// first answers a push, and reports whether it is the first of several at once.
func (a *atOnce) first(id [32]byte, answer func()) bool {
	a.mu.Lock()
	if a.under == nil {
		a.under = map[[32]byte]int{}
	}
	a.under[id]++
	turn := a.under[id]
	a.mu.Unlock()
	time.Sleep(20 * time.Millisecond)
	answer()
	a.mu.Lock()
	defer a.mu.Unlock()
	return turn == 1 && a.under[id] > 1
}

// TestTwoNumbersAtOnce: a server that gives one of two pushes at once another
// number is caught, whichever answer comes first, and though it makes up its mind.
func TestTwoNumbersAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCarrier(t, wechat.Plain, window)
		var pushes atOnce
		c.add = func(c *carrier, m wechat.AddWaybill) (r wechat.AddReply) {
			if pushes.first(m.Identity(), func() { r = c.book(m) }) && r.ResultCode == 0 {
				r.WayBillID += "0"
			}
			return r
		}
		wrong, _, report := failed(t, c.serve(t))
		wrong = slices.DeleteFunc(wrong, func(name string) bool { return name == "add_hang_up" }) // whose two may meet as well
		if !slices.Equal(wrong, []string{"add_twice"}) {
			t.Errorf("failed %v\n%s", wrong, lines(report))
		}
	})
}

// TestTokenNotShown: an order's token is a key to it, and no report shows one.
func TestTokenNotShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCarrier(t, wechat.Plain, window)
		var tokens sync.Map
		c.add = func(c *carrier, m wechat.AddWaybill) wechat.AddReply {
			r := c.book(m)
			r.Token = "not" + m.Token
			tokens.Store(m.Token, true)
			return r
		}
		report := wantFailed(t, c.serve(t), "reply_echoed")
		text := lines(report) + report.Summary()
		tokens.Range(func(token, _ any) bool {
			if strings.Contains(text, token.(string)) {
				t.Errorf("the report shows %s", token)
			}
			return true
		})
	})
}

// TestNumbersOfWeChatOnly: a carrier that gives no numbers gets WeChat's,
// and without any only what needs none is run.
func TestNumbersOfWeChatOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCarrier(t, wechat.Plain, window)
		c.add = func(c *carrier, m wechat.AddWaybill) wechat.AddReply {
			if m.WayBillID == "0" && c.knows(m.BizID, m.BizPwd) == 0 {
				return m.Reply("", 20001, "no", "")
			}
			return c.book(m)
		}
		o := c.serve(t)
		o.Merchant.Numbers.First = 7
		wantFailed(t, o, "add_0")
		for id, o := range c.books.orders {
			if !strings.HasPrefix(o.number, "WX00000000") {
				t.Errorf("%s has the number %s", id, o.number)
			}
		}
		o.Merchant.Numbers, o.Merchant.Quota, o.Formats, o.Waybills = sandbox.NumberRange{}, false, o.Formats[:1], nil
		wrong, skipped, report := failed(t, o)
		for _, name := range []string{"wechat_number", "20002", "repeat", "again", "slow_answer", "hang_up", "twice", "cancel", "cancelled", "quota"} {
			if !slices.Contains(skipped, "xml/add_"+name) {
				t.Errorf("add_%s was run\n%s", name, lines(report))
			}
		}
		if !slices.Equal(wrong, []string{"add_0"}) {
			t.Errorf("failed %v", wrong)
		}
		o.Merchant.Numbers.Width = 1
		if _, err := Run(t.Context(), o, nil); err == nil || !strings.Contains(err.Error(), "digits") {
			t.Errorf("a range that is none: %v", err)
		}
		o.Merchant = &Account{}
		if _, err := Run(t.Context(), o, nil); err == nil || !strings.Contains(err.Error(), "BizID") {
			t.Errorf("a merchant without an id: %v", err)
		}
	})
}

// FuzzAnswer: whatever a server answers to each event is examined, and what a
// strict reader would not take is noted.
func FuzzAnswer(f *testing.F) {
	s, err := newSession(Options{Account: account(wechat.Plain), Formats: []wechat.Format{wechat.JSON}, Now: time.Now}, wechat.JSON, "oUser", &pool{})
	must(f, err)
	full, err := shop().complete()
	must(f, err)
	s.Shop = &full
	add := s.order(unknownMerchant, "0")
	parcel := s.newOrder(wechat.EventAddOrder)
	probes := []probe{
		s.addProbe(add), s.check(unknownMerchant), s.quota(unknownMerchant), s.cancelProbe(s.unknownCancel()), s.otherProbe("remind_waybill", s.unknownCancel()),
		s.orderProbe(parcel), s.orderProbe(s.newOrder(wechat.EventPrecreateOrder)), s.followUpProbe(s.followUp(placement{order: parcel}, wechat.EventQueryOrder)),
	}
	for i := range probes {
		for _, seed := range []string{
			string(add.Reply("WC1", 0, "", "##a##b##").Encode(wechat.JSON)), `{"ResultCode":0,"Quota":1e3,"WaybillData":7}`,
			`{"ToUserName":"oUser","FromUserName":"gh_carrier","CreateTime":1,"MsgType":"event","Event":"check_biz","BizID":"no-such-merchant","ResultCode":10001,"ResultMsg":"","Quota":0}`,
			"<xml><Quota>1</Quota></xml>", "success", "",
			string(parcel.Reply(1010, "no").Encode(wechat.JSON)), `{"resultcode":0,"resultmsg":"","fee":1,"deliverfee":1.5,"couponfee":"0.50","finish_code":0}`,
		} {
			f.Add(i, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, i int, body []byte) {
		x, err := newExaminer(s.platform.Sender, s.Account, wechat.JSON)
		must(t, err)
		q := probes[uint(i)%uint(len(probes))]
		_, err = x.answer("fuzz", wechat.Query{}, q, sandbox.Answer{Status: 200, Body: body})
		if err != nil || q.decode == nil || q.decode(body) == nil {
			return
		}
		for _, found := range x.found {
			if found.lacking > 0 {
				return
			}
		}
		t.Errorf("%s is taken for a reply to %s", body, q.event)
	})
}
