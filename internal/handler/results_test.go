package handler_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// documented are WeChat's numbers and its words for them, its full-width
// punctuation written as ASCII, and the two of ours that it has no number for.
var documented = map[string]map[waybill.Reason]struct {
	code int
	text string
}{
	"cancel_waybill": {
		waybill.Accepted:         {0, "success"},
		waybill.BadIDs:           {30001, "参数错误(BizID、OrderID、WayBillID不存在)"},
		waybill.UnknownMerchant:  {30001, "参数错误(BizID、OrderID、WayBillID不存在)"},
		waybill.WrongPassword:    {30001, "参数错误(BizID、OrderID、WayBillID不存在)"},
		waybill.UnknownWaybill:   {30001, "参数错误(BizID、OrderID、WayBillID不存在)"},
		waybill.IDsMismatch:      {30001, "参数错误(BizID、OrderID、WayBillID不存在)"},
		waybill.ShopMismatch:     {30001, "参数错误(BizID、OrderID、WayBillID不存在)"},
		waybill.NotBooked:        {30002, "已经揽收,不可取消"},
		waybill.SignedRecently:   {30002, "已经揽收,不可取消"},
		waybill.Charged:          {30002, "已经揽收,不可取消"},
		waybill.AlreadyCancelled: {30003, "无效单(已经取消过)"},
		waybill.SignedLongAgo:    {30003, "无效单(签收超过一定时间)"},
		waybill.WindowPassed:     {30003, "无效单(下单超过一定时间)"},
		waybill.MerchantContract: {30004, "快递不支持取消运单"},
		waybill.ServiceContract:  {30004, "快递不支持取消运单"},
	},
	"add_waybill": {
		waybill.Accepted:           {0, "success"},
		waybill.BadRequest:         {-1, "其他错误(订单信息不正确)"},
		waybill.OrderCancelled:     {-1, "其他错误(订单已取消,请使用新的订单号)"},
		waybill.BadIDs:             {10001, "客户编码或者月结账户不存在"},
		waybill.UnknownMerchant:    {10001, "客户编码或者月结账户不存在"},
		waybill.WrongPassword:      {10002, "客户密码不正确"},
		waybill.NumberOutOfRange:   {20001, "运单 ID 不正确(仅适用于微信生成运单 ID 的情况)"},
		waybill.NumberTaken:        {20001, "运单 ID 不正确(仅适用于微信生成运单 ID 的情况)"},
		waybill.SenderIncomplete:   {20002, "发件人信息不完整(包括姓名、电话、地址等不完整)"},
		waybill.SenderNotServed:    {20003, "发件人地址不可达或者发货地址不在服务范围"},
		waybill.ReceiverIncomplete: {20004, "收件人信息不完整(包括姓名、电话、地址等不完整)"},
		waybill.ReceiverNotServed:  {20005, "收件人地址不可达或者收货地址不在服务范围"},
		waybill.BadCargo:           {20006, "货物数量、重量、尺寸不正确或者不合理"},
		waybill.QuotaUsedUp:        {20007, "商户余额不足,需要充值后再进行下单"},
		waybill.BadInsurance:       {20008, "保价信息不正确(金额不合理或者快递不支持)"},
		waybill.UnknownService:     {20009, "服务信息不正确"},
		waybill.ServiceNotCovered:  {20009, "服务信息不正确"},
	},
	"check_biz": documentedAccount,
	"get_quota": documentedAccount,
}

// documentedFor is what a test knows of a reason of an event.
func documentedFor(event, why string) (want struct {
	code int
	text string
}, ok bool) {
	if express, there := documented[event]; there {
		want, ok = express[waybill.Reason(why)]
		return want, ok
	}
	want, ok = documentedDelivery[delivery.Reason(why)]
	return want, ok
}

var documentedAccount = map[waybill.Reason]struct {
	code int
	text string
}{
	waybill.Accepted:        {0, "success"},
	waybill.BadIDs:          {10001, "客户编码或者月结账户不存在"},
	waybill.UnknownMerchant: {10001, "客户编码或者月结账户不存在"},
	waybill.WrongPassword:   {10002, "客户密码不正确"},
}

// TestEveryReasonHasAResult: each reason of an event has WeChat's
// number and WeChat's words, in the reply and for the record of pushes, and words
// in English too. What has words of its own has them alone.
func TestEveryReasonHasAResult(t *testing.T) {
	t.Parallel()
	for _, event := range questions() {
		english := make(map[string]string) // by the Chinese text
		for _, why := range event.reasons {
			want, ok := documentedFor(event.event, why)
			if got := handler.ResultCode(event.event, why); !ok || got != want.code {
				t.Errorf("%s, %s: recorded as %d, want %d (known: %v)", event.event, why, got, want.code, ok)
			}
			for name, language := range languages {
				s := newServer(t, wechat.Plain, func(o *options) { o.Language = language })
				s.desk.answers(always(why))
				w := s.post(wechatPush(t, wechat.JSON, wechat.Plain, event.ask(wechat.JSON)))
				code, msg, err := event.decode(wechat.JSON, w.Body.Bytes())
				must(t, err)
				if code != want.code {
					t.Errorf("%s, %s: told %d, want %d", event.event, why, code, want.code)
				}
				if name == "chinese" && msg != want.text {
					t.Errorf("%s, %s: told %q, want %q", event.event, why, msg, want.text)
				}
				if name == "english" {
					if before, ok := english[want.text]; msg == "" || ok && msg != before {
						t.Errorf("%s, %s: %q is said as %q and as %q", event.event, why, want.text, before, msg)
					}
					english[want.text] = msg
				}
			}
		}
		if n, express := documented[event.event]; express && len(n) != len(event.reasons) {
			t.Errorf("%s has %d reasons, the test %d", event.event, len(event.reasons), len(n))
		}
		said := make(map[string]string)
		for chinese, text := range english {
			if other, taken := said[text]; taken || text == "other error" {
				t.Errorf("%s: %q is said for %s and for %s", event.event, text, chinese, other)
			}
			said[text] = chinese
		}
	}
}

// TestUnknownReasons: what a table does not have is a failure, also a reason of
// another event.
func TestUnknownReasons(t *testing.T) {
	t.Parallel()
	for _, event := range append(questions(), question{event: "add_single_waybill"}) {
		for _, why := range append(slices.Concat(words(waybill.Reasons()), words(delivery.Reasons())), "", "something new") {
			code := handler.ResultCode(event.event, why)
			known := slices.Contains(event.reasons, why)
			if strings.HasPrefix(event.event, "transport_") { // which share a table
				known = slices.Contains(delivery.Reasons(), delivery.Reason(why))
			}
			if !known && code != -1 {
				t.Errorf("%s, %q: %d", event.event, why, code)
			}
		}
	}
}

// TestResults: the list for the documents says of each reason, once, what the
// merchant is told, and of our own failure at the end.
func TestResults(t *testing.T) {
	t.Parallel()
	for _, event := range questions() {
		lines := handler.Results(event.event)
		var reasons []string
		seen := make(map[string]bool)
		for _, l := range lines {
			for _, why := range l.Reasons {
				reasons = append(reasons, why)
				s := newServer(t, wechat.Plain)
				s.desk.answers(always(why))
				w := s.post(wechatPush(t, wechat.XML, wechat.Plain, event.ask(wechat.XML)))
				code, msg, err := event.decode(wechat.XML, w.Body.Bytes())
				must(t, err)
				if code != l.Code || msg != l.Chinese || l.English == "" {
					t.Errorf("%s, %s: listed as %d %s, told %d %s", event.event, why, l.Code, l.Chinese, code, msg)
				}
			}
			if seen[l.Chinese] {
				t.Errorf("%s: two lines with %s", event.event, l.Chinese)
			}
			seen[l.Chinese] = true
		}
		slices.Sort(reasons)
		if want := slices.Sorted(slices.Values(event.reasons)); !slices.Equal(reasons, want) {
			t.Errorf("%s: listed are %q, want %q", event.event, reasons, want)
		}
		last := lines[len(lines)-1]
		if last.Code != -1 || last.Chinese != "其他错误" || last.English != "other error" || len(last.Reasons) > 0 {
			t.Errorf("%s: the last line is %+v", event.event, last)
		}
		if again := fmt.Sprint(handler.Results(event.event)); again != fmt.Sprint(lines) {
			t.Errorf("%s: another list the second time", event.event)
		}
	}
	if lines := handler.Results("add_single_waybill"); lines != nil {
		t.Errorf("an event that is not offered has %v", lines)
	}
}

// TestRepliesOfQuestions compares the reply for every reason, in both languages,
// formats and with and without a seal, with a file for each event, byte for byte.
func TestRepliesOfQuestions(t *testing.T) {
	t.Parallel()
	for _, event := range expressQuestions()[1:] {
		var got bytes.Buffer
		for _, m := range []wechat.Mode{wechat.Plain, wechat.Secure} {
			for _, f := range formats {
				for _, language := range []string{"chinese", "english"} {
					for _, why := range append(event.reasons, "failed") {
						s := newServer(t, m, func(o *options) { o.Language = languages[language] })
						switch why {
						case "failed":
							s.desk.answers(fails(errAwayInside))
						case string(waybill.Accepted): // untold it accepts, with what belongs to that
						default:
							s.desk.answers(always(why))
						}
						w := s.post(wechatPush(t, f, m, event.ask(f)))
						fmt.Fprintf(&got, "%v %v %s %s: %d\n%s\n\n", m, f, language, why, w.Code, w.Body)
					}
				}
			}
		}
		golden(t, "replies."+event.event, got.Bytes())
	}
}
