package conformance

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"

	"carrierhook/internal/wechat"
)

// cancelsOnce answers a repeated cancel as if it were a new one.
func cancelsOnce(c *carrier) {
	var seen counts
	c.decide = func(c *carrier, m wechat.CancelWaybill) (int, string) {
		code, msg := c.cancel(m)
		if n := seen.next(m.WayBillID); code == 0 && n > 0 {
			return 30003, "cancelled before"
		}
		return code, msg
	}
}

func recode(from, to int) func(*carrier) {
	return deciding(func(c *carrier, m wechat.CancelWaybill) (int, string) {
		code, msg := c.cancel(m)
		if code == from {
			code = to
		}
		return code, msg
	})
}

// cancelDefects are those of what is said to right pushes: to cancels, to other events and to the URL check.
var cancelDefects = []defect{
	{"16-byte unpadding", "push_padding", 0, refusing(func(f frame) bool { return f.pad > 16 })},
	{"repeat answered 30003", "repeat slow_answer twice hang_up", 0, cancelsOnce},
	{"repeats refused by a server that takes its time", "repeat slow_answer twice hang_up add_repeat add_again add_slow_answer add_hang_up add_twice add_quota " +
		"instant_repeat instant_readd_repeat instant_slow_answer instant_hang_up instant_twice", 0, func(c *carrier) {
		both(cancelsOnce, booksOnce, repeated(wechat.EventAddOrder, wechat.EventReaddOrder))(c)
		var seen counts
		c.wait = func(_ *http.Request, id string) bool {
			if seen.next(id) == 0 { // so that a repeat that is sent too soon is decided first
				time.Sleep(100 * time.Millisecond)
			}
			return true
		}
	}},
	{"echostr in quotes", "url_check", 0, func(c *carrier) {
		right := c.verify
		c.verify = func(c *carrier, q wechat.Query) (int, string) {
			status, echo := right(c, q)
			if status == http.StatusOK {
				echo = `"` + echo + `"`
			}
			return status, echo
		}
	}},
	{"echostr read as a floating-point number", "url_check", 0, func(c *carrier) {
		right := c.verify
		c.verify = func(c *carrier, q wechat.Query) (int, string) {
			status, echo := right(c, q)
			if n, err := strconv.ParseFloat(echo, 64); err == nil {
				echo = strconv.FormatFloat(n, 'f', -1, 64)
			}
			return status, echo
		}
	}},
	{"nothing answered", "answer", 0, func(c *carrier) {
		c.accept = func(*carrier, *wechat.Query, []byte, http.Header) ([]byte, int) { return nil, http.StatusForbidden }
	}},
	{"unknown ids taken for an own fault", "code_30001 event_lower event_upper json_as_xml still_there", 0, recode(30001, -1)},
	{"a collected waybill taken for another", "code_30002", 0, recode(30002, 30003)},
	{"no contract taken for an own fault", "code_30004", 0, recode(30004, -1)},
	{"an own fault taken for the merchant's", "code_-1", 0, recode(-1, 30001)},
	{"cancelled taken for collected", "cancel_again code_30003", 0, recode(30003, 30002)},
	{"codes of its own", "reply_code code_30004", 0, recode(30004, 40004)},
	{"nothing can be cancelled", "code_0 hang_up slow_answer twice add_cancel add_quota", 0, recode(0, 30004)},
	{"Event compared by letter case", "event_upper", 0, refusing(func(f frame) bool { return bytes.Contains(f.msg, []byte("CANCEL_WAYBILL")) })},
	{"the label believed", "json_as_xml", 0, accepting(func(_ *carrier, _ *wechat.Query, body []byte, h http.Header) ([]byte, int) {
		if body[0] == '{' && h.Get("Content-Type") == "text/xml" {
			return nil, http.StatusBadRequest
		}
		return body, 0
	})},
	{"the message's length counted in characters", "chinese_text add_answer instant_answer", 0, refusing(func(f frame) bool {
		return len([]rune(string(f.msg))) != len(f.msg)
	})},
	{"text escaped twice", "markup_text reply_echoed", 0, func(c *carrier) {
		c.reply = func(r *wechat.CancelReply, _ wechat.CancelWaybill) {
			r.OrderID = strings.ReplaceAll(r.OrderID, "&", "&amp;")
		}
	}},
	{"every event answered in structure", "other_event", 0, func(c *carrier) { c.other = "<xml><ResultCode>0</ResultCode></xml>" }},
}
