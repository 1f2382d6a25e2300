package handler_test

import (
	"fmt"
	"slices"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/handler"
	"carrierhook/internal/ledger"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// documentedResult is a number with its text and the reasons that lead to it.
type documentedResult struct {
	code    int
	text    string
	reasons []string
}

// documented are WeChat's numbers and its texts for them, its full-width punctuation
// written as ASCII, and those of ours that it has no number for.
var documented = map[string][]documentedResult{
	"cancel_waybill": {
		{0, "success", texts(waybill.Accepted)},
		{30001, "参数错误(BizID、OrderID、WayBillID不存在)", texts(waybill.BadIDs, waybill.UnknownMerchant, waybill.WrongPassword,
			waybill.UnknownWaybill, waybill.IDsMismatch, waybill.ShopMismatch)},
		{30002, "已经揽收,不可取消", texts(waybill.NotBooked, waybill.SignedRecently, waybill.Charged)},
		{30003, "无效单(已经取消过)", texts(waybill.AlreadyCancelled)},
		{30003, "无效单(签收超过一定时间)", texts(waybill.SignedLongAgo)},
		{30003, "无效单(下单超过一定时间)", texts(waybill.WindowPassed)},
		{30004, "快递不支持取消运单", texts(waybill.MerchantContract, waybill.ServiceContract)},
	},
	"add_waybill": {
		{0, "success", texts(waybill.Accepted)},
		{-1, "其他错误(订单信息不正确)", texts(waybill.BadRequest)},
		{-1, "其他错误(订单已取消,请使用新的订单号)", texts(waybill.OrderCancelled)},
		{10001, "客户编码或者月结账户不存在", texts(waybill.BadIDs, waybill.UnknownMerchant)},
		{10002, "客户密码不正确", texts(waybill.WrongPassword)},
		{20001, "运单 ID 不正确(仅适用于微信生成运单 ID 的情况)", texts(waybill.NumberOutOfRange, waybill.NumberTaken)},
		{20002, "发件人信息不完整(包括姓名、电话、地址等不完整)", texts(waybill.SenderIncomplete)},
		{20003, "发件人地址不可达或者发货地址不在服务范围", texts(waybill.SenderNotServed)},
		{20004, "收件人信息不完整(包括姓名、电话、地址等不完整)", texts(waybill.ReceiverIncomplete)},
		{20005, "收件人地址不可达或者收货地址不在服务范围", texts(waybill.ReceiverNotServed)},
		{20006, "货物数量、重量、尺寸不正确或者不合理", texts(waybill.BadCargo)},
		{20007, "商户余额不足,需要充值后再进行下单", texts(waybill.QuotaUsedUp)},
		{20008, "保价信息不正确(金额不合理或者快递不支持)", texts(waybill.BadInsurance)},
		{20009, "服务信息不正确", texts(waybill.UnknownService, waybill.ServiceNotCovered)},
	},
	"check_biz": append([]documentedResult{
		{10001, "审核未通过", texts(waybill.FailedReview)},
		{-1, "审核中", texts(waybill.UnderReview)},
	}, documentedAccount...),
	"get_quota": documentedAccount,
}

var documentedAccount = []documentedResult{
	{0, "success", texts(waybill.Accepted)},
	{10001, "客户编码或者月结账户不存在", texts(waybill.BadIDs, waybill.UnknownMerchant)},
	{10002, "客户密码不正确", texts(waybill.WrongPassword)},
}

// documentedInstant are those of all events of instant delivery, each reason with a
// number of its own.
var documentedInstant = []documentedResult{
	{0, "ok", texts(delivery.Accepted)},
	{1001, "商户编号或者订单编号不正确", texts(delivery.BadIDs)},
	{1002, "商户不存在或者已停用", texts(delivery.UnknownShop)},
	{1003, "签名不正确", texts(delivery.WrongSign)},
	{1010, "收件人信息不正确", texts(delivery.ReceiverWrong)}, // WeChat's own
	{1011, "发件人信息不正确", texts(delivery.SenderWrong)},
	{1012, "货物信息不正确", texts(delivery.CargoWrong)},
	{1013, "订单信息不正确", texts(delivery.OrderInfoWrong)},
	{1014, "预约单的期望时间不正确(没有、已过或者过远)", texts(delivery.ExpectedTimeWrong)},
	{1015, "保价信息不正确", texts(delivery.InsuranceWrong)},
	{1016, "小费金额不正确", texts(delivery.TipsWrong)},
	{1017, "超出配送距离", texts(delivery.TooFar)},
	{1020, "delivery_token不正确或者不属于该订单", texts(delivery.TokenInvalid)},
	{1021, "delivery_token已过期,请重新查询运费", texts(delivery.TokenExpired)},
	{1030, "配送单已经存在,请使用重新下单", texts(delivery.OrderExists)},
	{1031, "配送单不存在", texts(delivery.UnknownOrder)},
	{1032, "运单号或者门店编号与配送单不符", texts(delivery.WaybillMismatch)},
	{1033, "配送单进行中,不可重新下单", texts(delivery.OrderUnderWay)},
	{1034, "配送单已送达,不可重新下单", texts(delivery.OrderDelivered)},
	{1035, "门店、发件人、收件人或者货物与原配送单不同,请使用新的订单号", texts(delivery.OrderChanged)},
	{1036, "原配送单信息已清除,请使用新的订单号", texts(delivery.OrderErased)},
	{1037, "配送单已结束或者已重新下单", texts(delivery.OrderEnded)},
	{1038, "已经取货,不可取消", texts(delivery.TooLateToCancel)},
	{1039, "骑手已接单,不可加小费", texts(delivery.RiderAssigned)},
	{1040, "小费必须高于原小费", texts(delivery.TipsNotMore)},
	{1041, "货物不在退回途中,不可确认收到", texts(delivery.NotReturning)},
	{1042, "重新下单次数过多,请使用新的订单号", texts(delivery.TooManyAttempts)},
}

// documentedFor is what a test knows of a reason of an event; our own failure where it
// is none of the event's.
func documentedFor(event, reason string) documentedResult {
	all := documented[event]
	if _, instant := orderEvents[event]; instant || followUpEvents[event] != "" {
		all = documentedInstant
	}
	for _, d := range all {
		if slices.Contains(d.reasons, reason) {
			return d
		}
	}
	return documentedResult{code: -1, text: "其他错误"}
}

// TestResultCode: what the ledger gets is the documented number, and that of a failure
// for what a table does not have, also for a reason of another event. In instant
// delivery no two reasons have one number, and none has that of a failure.
func TestResultCode(t *testing.T) {
	t.Parallel()
	reasons := append(slices.Concat(texts(waybill.Reasons()...), texts(delivery.Reasons()...)), "", "something new")
	for _, c := range append(eventCases(), eventCase{event: "add_single_waybill"}, eventCase{event: "get_auth_info"}) {
		for _, reason := range reasons {
			if got, want := handler.ResultCode(c.event, reason), documentedFor(c.event, reason).code; got != want {
				t.Errorf("%s, %q: %d, want %d", c.event, reason, got, want)
			}
		}
	}
	reasonOf := map[int]string{-1: "our failure"}
	for _, d := range documentedInstant {
		if other := reasonOf[d.code]; other != "" || len(d.reasons) != 1 {
			t.Errorf("%d: %s and %s", d.code, d.reasons, other)
		}
		reasonOf[d.code] = d.reasons[0]
	}
	if len(documentedInstant) != len(delivery.Reasons()) {
		t.Errorf("there are %d reasons, the test has %d", len(delivery.Reasons()), len(documentedInstant))
	}
}

// TestResults: the list for the documents has each reason of an event once, with
// WeChat's number and text, and our own failure at the end. The reply has the same, in
// both languages. A text stands for one result only.
func TestResults(t *testing.T) {
	t.Parallel()
	for _, c := range eventCases() {
		lines := handler.Results(c.event)
		var reasons []string
		seen := map[string]bool{}
		for _, l := range lines {
			if seen[l.Chinese] || seen[l.English] && l.English != l.Chinese || l.English == "" {
				t.Errorf("%s: two lines with %s, %s", c.event, l.Chinese, l.English)
			}
			seen[l.Chinese], seen[l.English] = true, true
			for _, reason := range l.Reasons {
				reasons = append(reasons, reason)
				if want := documentedFor(c.event, reason); l.Code != want.code || l.Chinese != want.text || !slices.Contains(want.reasons, reason) {
					t.Errorf("%s, %s: %d %s, want %d %s", c.event, reason, l.Code, l.Chinese, want.code, want.text)
				}
				for language, text := range map[handler.Language]string{handler.Chinese: l.Chinese, handler.English: l.English} {
					s := newServer(t, wechat.Plain, func(o *options) { o.Language = language })
					s.store.decides(always(reason))
					_, packet := s.push(t, wechat.JSON, wechat.Plain, c.packet(wechat.JSON))
					code, msg, err := c.decode(wechat.JSON, packet)
					must(t, err)
					if code != l.Code || msg != text {
						t.Errorf("%s, %s: listed as %d %s, answered %d %s", c.event, reason, l.Code, text, code, msg)
					}
				}
			}
		}
		slices.Sort(reasons)
		if want := slices.Sorted(slices.Values(c.reasons)); !slices.Equal(reasons, want) {
			t.Errorf("%s: listed are %q, want %q", c.event, reasons, want)
		}
		last := lines[len(lines)-1]
		if last.Code != -1 || last.Chinese != "其他错误" || last.English != "other error" || len(last.Reasons) > 0 {
			t.Errorf("%s: the last line is %+v", c.event, last)
		}
		if again := fmt.Sprint(handler.Results(c.event)); again != fmt.Sprint(lines) {
			t.Errorf("%s: another list the second time", c.event)
		}
	}
	if lines := handler.Results("add_single_waybill"); lines != nil {
		t.Errorf("an event that is not offered has %v", lines)
	}
}

// TestCancelTexts: what a merchant reads of the cost of cancelling, in its language.
func TestCancelTexts(t *testing.T) {
	t.Parallel()
	want := map[delivery.DescKind]map[handler.Language]string{
		delivery.DescFree:      {handler.Chinese: "取消免费", handler.English: "cancelling is free"},
		delivery.DescCancelFee: {handler.Chinese: "骑手已接单,扣除取消费用", handler.English: "a rider has taken the order, a fee is deducted"},
		delivery.DescWholeFee:  {handler.Chinese: "骑手已取货,扣除全部配送费,货物将退回", handler.English: "the rider has the goods and brings them back, the whole fee is deducted"},
	}
	for _, kind := range delivery.DescKinds() {
		for _, language := range languages {
			for _, event := range []string{"transport_cancel_order", "transport_precancel_order"} {
				s := newServer(t, wechat.Plain, func(o *options) { o.Language = language })
				s.store.decidesInstant(delivery.Decision{Reason: delivery.Accepted, Deduct: 305, Desc: kind})
				_, packet := s.push(t, wechat.JSON, wechat.Plain, wechat.EncodeInstantFollowUp(wechat.JSON, followUpOf(event)))
				r, err := wechat.DecodeInstantReply(wechat.JSON, event, packet)
				must(t, err)
				if r.Desc != want[kind][language] || r.Desc == "" || r.DeductFee != 305 {
					t.Errorf("%s, %s: %q, %d fen", event, kind, r.Desc, r.DeductFee)
				}
			}
		}
	}
}

// TestFamilies: WeChat's codec, the ledger and the table agree on which events are
// those of instant delivery.
func TestFamilies(t *testing.T) {
	t.Parallel()
	events := wechat.NotOfferedEvents()
	for _, c := range eventCases() {
		events = append(events, c.event)
	}
	for _, event := range events {
		push := wechat.Push{Header: wechat.Header{MsgType: "event", Event: event}}
		_, order := orderEvents[event]
		_, request := followUpEvents[event]
		instant := order || request || slices.Contains(repliedInstant, event)
		if push.Instant() != instant || ledger.Instant(event) != instant {
			t.Errorf("%s: instant for the codec: %v, for the ledger: %v", event, push.Instant(), ledger.Instant(event))
		}
	}
}
