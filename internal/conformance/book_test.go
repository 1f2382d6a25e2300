package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// TestNumbersOfWeChatOnly: a carrier that gives no numbers gets WeChat's,
// and without any only what needs none is run.
func TestNumbersOfWeChatOnly(t *testing.T) {
	run(t, wechat.Plain, window, func(t *testing.T, c *carrier) {
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
		s.addProbe(add), aboutAccount(wechat.EventCheckBiz)(s, unknownMerchant), aboutAccount(wechat.EventGetQuota)(s, unknownMerchant), s.cancelProbe(s.unknownCancel()), s.otherProbe("remind_waybill", s.unknownCancel()),
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
		x, err := newExaminer(s.platform.Sender, s.Account, wechat.JSON, nil)
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
