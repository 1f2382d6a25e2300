package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/sandboxtest"
	"carrierhook/internal/wechat"
)

func addMessage() wechat.AddWaybill {
	return wechat.AddWaybill{
		ToUserName: userName, FromUserName: "oTeam", CreateTime: 1533042556, Event: "add_waybill", Token: orderToken, OrderID: "0123", BizID: "xyz",
		BizPwd: password, ShopAppID: "wxABCD", WayBillID: "123456789", Sender: wechat.Contact{Name: "张三"},
	}
}

func checkMessage() wechat.CheckBiz {
	return wechat.CheckBiz{
		ToUserName: userName, FromUserName: "oTeam", CreateTime: 1533042556, Event: "check_biz", BizID: "xyz", BizPwd: password, ShopAppID: "wxABCD",
	}
}

func quotaMessage() wechat.GetQuota {
	return wechat.GetQuota{
		ToUserName: userName, FromUserName: "oTeam", CreateTime: 1533042556, Event: "get_quota", BizID: "xyz", BizPwd: password, ShopAppID: "wxABCD",
	}
}

// added is the right reply to an order, changed.
func added(t testing.TB, p *wechat.Push, change func(*wechat.AddReply)) []byte {
	m, err := p.AddWaybill()
	if err != nil {
		t.Error(err)
	}
	r := m.Reply(m.WayBillID, 0, "success", "##SF_mark##1##")
	change(&r)
	return r.Encode(p.Format)
}

// questioned is the right reply to a question about an account, changed.
func questioned(t testing.TB, p *wechat.Push, change func(*wechat.QuotaReply)) []byte {
	var r wechat.QuotaReply
	if m, err := p.CheckBiz(); err == nil {
		r = m.Reply(0, "success", 210)
	} else if m, err := p.GetQuota(); err == nil {
		r = m.Reply(0, "success", 210)
	} else {
		t.Error(err)
	}
	change(&r)
	return r.Encode(p.Format)
}

// TestPushEvents: the right answers are taken in every mode and format, and
// returned as they were given.
func TestPushEvents(t *testing.T) {
	t.Parallel()
	for _, m := range wechat.Modes() {
		for _, f := range sandboxtest.Formats {
			p := platform(t, replying(t, m, func(p *wechat.Push) []byte {
				if p.EventName() == wechat.EventAddWaybill {
					return added(t, p, func(r *wechat.AddReply) {})
				}
				return questioned(t, p, func(r *wechat.QuotaReply) { r.ResultCode, r.ResultMsg = 7, "no" })
			}), m, f)
			add, d, err := p.PushAdd(t.Context(), addMessage(), "")
			if want := addMessage().Reply("123456789", 0, "success", "##SF_mark##1##"); err != nil || add != want || string(d.Reply) != string(want.Encode(f)) {
				t.Errorf("%v %v: %q, %v", m, f, d.Reply, err)
			}
			check, d, err := p.PushCheckBiz(t.Context(), checkMessage(), "")
			if want := checkMessage().Reply(7, "no", 210); err != nil || check != want || string(d.Reply) != string(want.Encode(f)) {
				t.Errorf("%v %v: %q, %v", m, f, d.Reply, err)
			}
			quota, d, err := p.PushGetQuota(t.Context(), quotaMessage(), sandbox.Twice)
			if want := quotaMessage().Reply(7, "no", 210); err != nil || quota != want || d.Tries != 2 || len(d.Answers) != 2 {
				t.Errorf("%v %v: %+v, %v", m, f, quota, err)
			}
		}
	}
}

// TestFaultyAddReplies: each fault of a reply to an order is named. The order's
// token is not.
func TestFaultyAddReplies(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*wechat.AddReply){
		"ToUserName of the reply":                  func(r *wechat.AddReply) { r.ToUserName, r.FromUserName = r.FromUserName, r.ToUserName },
		"FromUserName of the reply":                func(r *wechat.AddReply) { r.FromUserName = "gh_other" },
		"Token of the reply":                       func(r *wechat.AddReply) { r.Token = "AnotherToken" + r.Token },
		"OrderID of the reply":                     func(r *wechat.AddReply) { r.OrderID = "012" },
		"BizID of the reply":                       func(r *wechat.AddReply) { r.BizID = "" },
		`WayBillID of the reply is "12345"`:        func(r *wechat.AddReply) { r.WayBillID = "12345" },
		`WayBillID of the reply is ""`:             func(r *wechat.AddReply) { r.WayBillID = "" },
		"WaybillData is not of the form":           func(r *wechat.AddReply) { r.WaybillData = "SF_mark=1" },
		"WaybillData is too long":                  func(r *wechat.AddReply) { r.WaybillData = "##a##" + strings.Repeat("x", 1<<16) + "##" },
		"":                                         func(r *wechat.AddReply) { r.WaybillData, r.CreateTime, r.ResultMsg = "##", 1600000000, "" },
		"Token of the reply is not the push's":     func(r *wechat.AddReply) { r.Token = "" },
		"refused, which needs no number and label": func(r *wechat.AddReply) { r.ResultCode, r.WayBillID, r.WaybillData = 20006, "", "" },
	} {
		for _, f := range sandboxtest.Formats {
			p := platform(t, replying(t, wechat.Secure, func(p *wechat.Push) []byte { return added(t, p, change) }), wechat.Secure, f)
			_, _, err := p.PushAdd(t.Context(), addMessage(), "")
			if right := says == "" || strings.HasPrefix(says, "refused"); right != (err == nil) || err != nil && !strings.Contains(err.Error(), says) {
				t.Errorf("%v, %s: %v", f, says, err)
			}
			noSecret(t, err)
		}
	}
}

// TestNumberOfTheCarrier: where the push leaves the number to the carrier, any
// is taken that can be one.
func TestNumberOfTheCarrier(t *testing.T) {
	t.Parallel()
	for number, right := range map[string]bool{"SF1": true, strings.Repeat("7", 128): true, "": false, "0": false, "1\n2": false, strings.Repeat("7", 129): false} {
		p := platform(t, replying(t, wechat.Plain, func(p *wechat.Push) []byte {
			return added(t, p, func(r *wechat.AddReply) { r.WayBillID = number })
		}), wechat.Plain, wechat.JSON)
		m := addMessage()
		m.WayBillID = "0"
		if r, _, err := p.PushAdd(t.Context(), m, ""); right != (err == nil) || right && r.WayBillID != number {
			t.Errorf("%q: %v", number, err)
		}
	}
}

// TestFaultyQuotaReplies: each fault of a reply about an account is named.
func TestFaultyQuotaReplies(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*wechat.QuotaReply){
		"ToUserName of the reply":      func(r *wechat.QuotaReply) { r.ToUserName, r.FromUserName = r.FromUserName, r.ToUserName },
		"FromUserName of the reply":    func(r *wechat.QuotaReply) { r.FromUserName = "" },
		"BizID of the reply":           func(r *wechat.QuotaReply) { r.BizID = "zyx" },
		"Quota of the reply is -1":     func(r *wechat.QuotaReply) { r.Quota = -1 },
		"Event is not":                 func(r *wechat.QuotaReply) { r.Event = "add_waybill" },
		"":                             func(r *wechat.QuotaReply) { r.Quota, r.ResultCode = 0, 10001 },
		"needs a reply with a Result":  nil,
		"read the reply: ":             func(r *wechat.QuotaReply) { r.Event = "" },
		"check_biz needs a reply with": nil,
	} {
		reply := func(p *wechat.Push) []byte {
			if change == nil {
				return []byte("success")
			}
			return questioned(t, p, change)
		}
		p := platform(t, replying(t, wechat.Plain, reply), wechat.Plain, wechat.XML)
		_, _, checked := p.PushCheckBiz(t.Context(), checkMessage(), "")
		_, _, before := p.PushGetQuota(t.Context(), quotaMessage(), "")
		for _, err := range []error{checked, before}[:2-strings.Count(says, "check_biz")] {
			if (says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v", says, err)
			}
			noSecret(t, err)
		}
	}
}

// TestFirstRightReply: of two answers the first right one is the platform's.
func TestFirstRightReply(t *testing.T) {
	t.Parallel()
	answers := make(chan string, 2)
	answers <- "wrong"
	answers <- "##right##1##"
	p := platform(t, replying(t, wechat.Secure, func(p *wechat.Push) []byte {
		return added(t, p, func(r *wechat.AddReply) { r.WaybillData = <-answers })
	}), wechat.Secure, wechat.JSON)
	r, d, err := p.PushAdd(t.Context(), addMessage(), sandbox.Twice)
	if err != nil || r.WaybillData != "##right##1##" || !strings.Contains(string(d.Reply), "right") {
		t.Errorf("%q, %v", r.WaybillData, err)
	}
	if !slices.ContainsFunc(d.Answers, func(a sandbox.Answer) bool { return strings.Contains(string(a.Opened), "wrong") }) {
		t.Error(fmt.Sprint(len(d.Answers), " answers, and the wrong one is lost"))
	}
}
