package conformance

import (
	"net/http"
	"regexp"
	"strings"

	"carrierhook/internal/wechat"
)

var label = regexp.MustCompile(`<WaybillData>.*</WaybillData>|,"WaybillData":"[^"]*"`)

var quotaMember = regexp.MustCompile(`<Quota>(\d+)</Quota>|,"Quota":(\d+)`)

// bookDefects are those with orders and accounts.
var bookDefects = []defect{
	{"check_biz not answered", "check_answer", 0, func(c *carrier) { c.mute = wechat.EventCheckBiz }},
	{"get_quota not answered", "quota_answer", 0, func(c *carrier) { c.mute = wechat.EventGetQuota }},
	{"add_waybill not answered", "add_answer", 0, func(c *carrier) { c.mute = wechat.EventAddWaybill }},
	{"an unknown merchant taken for a wrong password", "check_10001 quota_10001 add_10001", 0, both(recodeAccount("", 10001, 10002), recodeOrder(10001, 10002))},
	{"any password taken", "check_10002 quota_10002 add_10002", 0, func(c *carrier) {
		c.account = func(c *carrier, _, bizID string, _ wechat.Password) (int, int64) { return c.balanceOf(bizID, password) }
		c.add = func(c *carrier, m wechat.AddWaybill) wechat.AddReply {
			m.BizPwd = password
			return c.book(m)
		}
	}},
	{"accounts bound by people only", "check_0", 0, recodeAccount(wechat.EventCheckBiz, 0, -1)},
	{"balances given by people only", "quota_0 add_quota", 0, recodeAccount(wechat.EventGetQuota, 0, -1)},
	{"an incomplete sender booked", "add_20002", 0, ordering(func(c *carrier, m wechat.AddWaybill) wechat.AddReply {
		if m.Sender.Name == "" {
			m.Sender.Name = "?"
		}
		return c.book(m)
	})},
	{"no numbers of its own", "add_0", 0, numbered(true, "0")},
	{"nothing for a number", "add_0", 0, numbered(true, "")},
	{"WeChat's numbers not known", "add_wechat_number", 0, afterwards(func(r *wechat.AddReply, m wechat.AddWaybill) {
		if m.WayBillID != "0" && r.ResultCode == 0 {
			r.ResultCode = 20001
		}
	})},
	{"a number of its own for WeChat's", "add_wechat_number", 0, numbered(false, "WC0000000")},
	{"a number for each push", "add_repeat add_again add_slow_answer add_hang_up add_twice add_cancelled add_quota", 0, func(c *carrier) {
		n := 0
		renumbering(func(wechat.AddWaybill) string { n++; return strings.Repeat("x", n) })(c)
	}},
	{"a number for each event", "add_again add_cancelled", 0, renumbering(func(m wechat.AddWaybill) string { i := m.Identity(); return string(i[:]) })},
	{"a repeated order refused", "add_repeat add_again add_slow_answer add_hang_up add_twice add_quota", 0, booksOnce},
	{"what was booked cannot be cancelled", "add_cancel add_quota", 0, deciding(func(c *carrier, m wechat.CancelWaybill) (int, string) {
		if strings.HasPrefix(m.OrderID, "conformance-") {
			return 30001, "no such waybill"
		}
		return c.cancel(m)
	})},
	{"a cancelled order booked again", "add_cancelled", 0, ordering(func(c *carrier, m wechat.AddWaybill) wechat.AddReply {
		r := c.book(m)
		if r.ResultCode == -1 {
			c.mu.Lock()
			delete(c.books.orders, m.OrderID)
			c.mu.Unlock()
			r = c.book(m)
		}
		return r
	})},
	{"a balance that nothing changes", "add_quota", 0, recount(func(_ string, _ wechat.Password, code int, quota int64) (int, int64) {
		return code, min(quota, 1)
	})},
	{"the balance taken for each push", "add_quota", 0, func(c *carrier) {
		taken := map[string]int64{} // besides the first, and given back with it
		c.add = func(c *carrier, m wechat.AddWaybill) wechat.AddReply {
			c.mu.Lock()
			defer c.mu.Unlock()
			if _, booked := c.books.orders[m.OrderID]; booked {
				c.books.left--
				taken[m.OrderID]++
			}
			return c.bookLocked(m)
		}
		c.decide = func(c *carrier, m wechat.CancelWaybill) (int, string) {
			code, msg := c.cancel(m)
			c.mu.Lock()
			defer c.mu.Unlock()
			if code == 0 {
				c.books.left += taken[m.OrderID]
				taken[m.OrderID] = 0
			}
			return code, msg
		}
	}},
	{"the balance not given back", "add_quota", 0, deciding(func(c *carrier, m wechat.CancelWaybill) (int, string) {
		code, msg := c.cancel(m)
		if strings.HasPrefix(m.OrderID, "conformance-") && code == 0 {
			c.mu.Lock()
			c.books.left--
			c.mu.Unlock()
		}
		return code, msg
	})},
	{"no Quota", "reply_quota", 0, inFormat(matched(quotaMember, ""), matched(quotaMember, ""))},
	{"Quota as a string", "reply_quota", 0, inFormat(matched(quotaMember, `,"Quota":"$2"`), matched(quotaMember, `<Quota><![CDATA[$1]]></Quota>`))},
	{"Quota below nothing", "reply_quota", 0, recount(func(event string, _ wechat.Password, code int, quota int64) (int, int64) {
		if event == wechat.EventCheckBiz {
			quota = -1
		}
		return code, quota
	})},
	{"a label of another form", "reply_label", 0, afterwards(func(r *wechat.AddReply, _ wechat.AddWaybill) {
		if r.ResultCode == 0 {
			r.WaybillData = "SF_mark=1"
		}
	})},
	{"no WaybillData", "reply_members", 0, inFormat(matched(label, ""), matched(label, ""))},
	{"Token not repeated", "reply_echoed", 0, afterwards(func(r *wechat.AddReply, _ wechat.AddWaybill) { r.Token = "" })},
	{"OrderID of an order cut", "reply_echoed", 0, afterwards(func(r *wechat.AddReply, _ wechat.AddWaybill) { r.OrderID = r.OrderID[:8] })},
	{"BizID of an account not repeated", "reply_echoed", 0, func(c *carrier) { c.quotaReply = func(r *wechat.QuotaReply) { r.BizID = "" } }},
	{"To and From of an order not swapped", "reply_swapped", 0, afterwards(func(r *wechat.AddReply, _ wechat.AddWaybill) {
		r.ToUserName, r.FromUserName = r.FromUserName, r.ToUserName
	})},
	{"To and From of an account not swapped", "reply_swapped", 0, func(c *carrier) {
		c.quotaReply = func(r *wechat.QuotaReply) { r.ToUserName, r.FromUserName = r.FromUserName, r.ToUserName }
	}},
	{"another event's name in the reply", "reply_members", 0, func(c *carrier) {
		c.quotaReply = func(r *wechat.QuotaReply) { r.Event = wechat.EventCancelWaybill }
	}},
	{"an order's members in the reply about an account", "reply_extra", 0, inFormat(matched(quotaMember, `$0,"OrderID":""`), matched(quotaMember, `$0<OrderID></OrderID>`))},
	{"a cancel's codes for orders", "reply_code add_10001", 0, recodeOrder(10001, 30001)},
	{"an order's codes for accounts", "reply_code check_10002 quota_10002", 0, recodeAccount("", 10002, 20001)},
	{"a breakdown at events of other products", "other_product", 0, accepting(func(c *carrier, q *wechat.Query, body []byte, _ http.Header) ([]byte, int) {
		if p, err := c.receiver.Open(*q, body); err == nil && strings.HasSuffix(p.EventName(), "_waybill_pay") {
			return nil, http.StatusInternalServerError
		}
		return body, 0
	})},
	{"no ResultCode to events of other products", "other_product", 0, products(func(packet string) string {
		return strings.NewReplacer("<ResultCode>-1</ResultCode>", "", `"ResultCode":-1,`, "").Replace(packet)
	})},
	{"other words to events of other products", "other_product", 0, products(func(string) string { return "ok" })},
}
