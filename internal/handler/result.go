package handler

import (
	"slices"

	"carrierhook/internal/delivery"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// Language is the language of the texts that reach the merchant.
type Language int

// The languages of the texts.
const (
	Chinese Language = iota
	English
)

// result is what goes over the wire. The text reaches the merchant word for
// word, so it says nothing of our insides.
type result struct {
	code    int
	chinese string
	english string
}

func (r result) text(l Language) string {
	if l == English {
		return r.english
	}
	return r.chinese
}

// The tables of this file, and that of instant delivery in its own, are the only
// place that knows the numbers. The Chinese texts are WeChat's own wherever it has
// one.

// cancelResults are those of the page Cancel_order_event.
var cancelResults = map[waybill.Reason]result{
	waybill.BadIDs:           unknownIDs,
	waybill.UnknownMerchant:  unknownIDs,
	waybill.WrongPassword:    unknownIDs,
	waybill.UnknownWaybill:   unknownIDs,
	waybill.IDsMismatch:      unknownIDs,
	waybill.ShopMismatch:     unknownIDs,
	waybill.AlreadyCancelled: {30003, "无效单(已经取消过)", "not a valid waybill (cancelled before)"},
	waybill.SignedLongAgo:    {30003, "无效单(签收超过一定时间)", "not a valid waybill (signed for too long ago)"},
	waybill.SignedRecently:   pickedUp,
	waybill.NotBooked:        pickedUp,
	waybill.Charged:          pickedUp,
	waybill.WindowPassed:     {30003, "无效单(下单超过一定时间)", "not a valid waybill (booked too long ago)"},
	waybill.MerchantContract: uncancellable,
	waybill.ServiceContract:  uncancellable,
	waybill.Accepted:         success,
}

// bookResults are those of the page Request_an_order_event. It has no number for
// an order that is none, nor for one that was cancelled: those are told apart
// from our own failure by their texts, and in the log by their reasons.
var bookResults = map[waybill.Reason]result{
	waybill.BadIDs:             noAccount,
	waybill.BadRequest:         {-1, "其他错误(订单信息不正确)", "other error (the order's data is wrong)"},
	waybill.UnknownMerchant:    noAccount,
	waybill.WrongPassword:      notTheMerchant,
	waybill.OrderCancelled:     {-1, "其他错误(订单已取消,请使用新的订单号)", "other error (the order was cancelled, use a new order id)"},
	waybill.NumberOutOfRange:   wrongNumber,
	waybill.NumberTaken:        wrongNumber,
	waybill.SenderIncomplete:   {20002, "发件人信息不完整(包括姓名、电话、地址等不完整)", "the sender's data is incomplete (name, telephone, address or other)"},
	waybill.SenderNotServed:    {20003, "发件人地址不可达或者发货地址不在服务范围", "the sender's address cannot be reached or is outside the service area"},
	waybill.ReceiverIncomplete: {20004, "收件人信息不完整(包括姓名、电话、地址等不完整)", "the receiver's data is incomplete (name, telephone, address or other)"},
	waybill.ReceiverNotServed:  {20005, "收件人地址不可达或者收货地址不在服务范围", "the receiver's address cannot be reached or is outside the service area"},
	waybill.UnknownService:     {20009, "服务信息不正确", "the service is wrong"},
	waybill.ServiceNotCovered:  {20009, "服务信息不正确", "the service is wrong"},
	waybill.BadCargo:           {20006, "货物数量、重量、尺寸不正确或者不合理", "the number, weight or size of the goods is wrong or implausible"},
	waybill.BadInsurance:       {20008, "保价信息不正确(金额不合理或者快递不支持)", "the insurance is wrong (implausible amount, or not supported)"},
	waybill.QuotaUsedUp:        {20007, "商户余额不足,需要充值后再进行下单", "the balance is too low, top up before ordering"},
	waybill.Accepted:           success,
}

// accountResults are those of the pages Review_merchant_events and
// Query_merchant_balance_events.
var accountResults = map[waybill.Reason]result{
	waybill.BadIDs:          noAccount,
	waybill.UnknownMerchant: noAccount,
	waybill.WrongPassword:   notTheMerchant,
	waybill.Accepted:        success,
}

// What several reasons lead to.
var (
	success        = result{0, "success", "success"}
	unknownIDs     = result{30001, "参数错误(BizID、OrderID、WayBillID不存在)", "bad parameter (BizID, OrderID or WayBillID does not exist)"}
	pickedUp       = result{30002, "已经揽收,不可取消", "already picked up, cannot be cancelled"}
	uncancellable  = result{30004, "快递不支持取消运单", "cancelling is not supported"}
	noAccount      = result{10001, "客户编码或者月结账户不存在", "the customer code or monthly account does not exist"}
	notTheMerchant = result{10002, "客户密码不正确", "the customer's password is wrong"}
	wrongNumber    = result{20001, "运单 ID 不正确(仅适用于微信生成运单 ID 的情况)", "the waybill id is wrong (only where WeChat makes it)"}
)

// failed is the answer when the server could not decide, unoffered the one to an
// event that is known and not offered.
var (
	failed    = result{-1, "其他错误", "other error"}
	unoffered = result{-1, "不支持该业务", "this service is not offered"}
)

// resultOf is the answer to an event that was decided for a reason; that of a
// failure where the event's table has no such reason.
func resultOf(event, why string) result {
	r, ok := failed, false
	switch event {
	case wechat.EventCancelWaybill:
		r, ok = cancelResults[waybill.Reason(why)]
	case wechat.EventAddWaybill:
		r, ok = bookResults[waybill.Reason(why)]
	case wechat.EventCheckBiz, wechat.EventGetQuota:
		r, ok = accountResults[waybill.Reason(why)]
	default:
		if _, ours := deliveryAsks[event]; ours {
			r, ok = deliveryResults[delivery.Reason(why)]
		}
	}
	if !ok {
		return failed
	}
	return r
}

// ResultCode is the number that WeChat is told when an event is decided for a
// reason; -1 for an event or a reason that the tables lack.
func ResultCode(event, reason string) int { return resultOf(event, reason).code }

// ResultLine is one answer that an event may get.
type ResultLine struct {
	Code             int
	Chinese, English string
	Reasons          []string // that lead to it; none: the server could not decide
}

// Results lists the answers that an event may get, in the order of the checks
// that lead to them; our own failure comes last. An event that is not decided
// has none.
func Results(event string) []ResultLine {
	reasons := reasonsOf(event)
	if reasons == nil {
		return nil
	}
	var lines []ResultLine
	for _, why := range reasons {
		r := resultOf(event, why)
		i := slices.IndexFunc(lines, func(l ResultLine) bool { return l.Code == r.code && l.Chinese == r.chinese })
		if i < 0 {
			i, lines = len(lines), append(lines, ResultLine{Code: r.code, Chinese: r.chinese, English: r.english})
		}
		lines[i].Reasons = append(lines[i].Reasons, why)
	}
	return append(lines, ResultLine{Code: failed.code, Chinese: failed.chinese, English: failed.english})
}

// reasonsOf are the reasons that an event's table has.
func reasonsOf(event string) []string {
	switch event {
	case wechat.EventCancelWaybill:
		return words(waybill.CancelReasons())
	case wechat.EventAddWaybill:
		return words(waybill.BookReasons())
	case wechat.EventCheckBiz, wechat.EventGetQuota:
		return words(waybill.AccountReasons())
	}
	if ask, ours := deliveryAsks[event]; ours {
		return words(ask.Reasons())
	}
	return nil
}

func words[R ~string](reasons []R) []string {
	all := make([]string, len(reasons))
	for i, r := range reasons {
		all[i] = string(r)
	}
	return all
}
