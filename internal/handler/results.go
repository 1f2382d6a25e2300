package handler

import (
	"slices"

	"carrierhook/internal/delivery"
	"carrierhook/internal/waybill"
)

// Language is the language of the texts that reach the merchant.
type Language int

// The languages of the texts.
const (
	Chinese Language = iota
	English
)

// Result is what goes over the wire. The text reaches the merchant word for
// word, so it says nothing of our insides.
type Result struct {
	Code             int
	Chinese, English string
}

func (r Result) text(l Language) string {
	if l == English {
		return r.English
	}
	return r.Chinese
}

// otherError is the answer when the server could not decide, unoffered the one to an
// event that is known and not offered, and unreadable the one to a push that does not say
// clearly what it wants.
var (
	otherError = Result{-1, "其他错误", "other error"}
	unoffered  = Result{-1, "不支持该业务", "this service is not offered"}
	unreadable = Result{-1, "其他错误(推送内容不正确)", "other error (the push cannot be read)"}
)

// ResultCode is the result code of an event that was decided for a reason, for the
// store, which writes it with the decision; -1 for an event or a reason that the table
// lacks.
func ResultCode(event, reason string) int {
	if e := events[event]; e != nil {
		return e.result(reason).Code
	}
	return otherError.Code
}

// ResultLine is one answer that an event may get.
type ResultLine struct {
	Result
	Reasons []string // that lead to it; none: the server could not decide
}

// Results lists the answers that an event may get, in the order of the checks that
// lead to them; our own failure comes last. An event that is not decided has none.
func Results(name string) (lines []ResultLine) {
	e := events[name]
	if e == nil {
		return nil
	}
	for _, reason := range e.reasons {
		r := e.result(reason)
		i := slices.IndexFunc(lines, func(l ResultLine) bool { return l.Result == r })
		if i < 0 {
			i, lines = len(lines), append(lines, ResultLine{Result: r})
		}
		lines[i].Reasons = append(lines[i].Reasons, reason)
	}
	return append(lines, ResultLine{Result: otherError})
}

// The tables are the only place that knows the numbers. The Chinese texts are
// WeChat's own wherever it has one.

// cancelResults are those of the page Cancel_order_event.
var cancelResults = map[waybill.Reason]Result{
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

// bookingResults are those of the page Request_an_order_event. It has no number for an
// invalid order, nor for one that was cancelled: they share -1 with our own failure,
// and differ from it by their texts and, in the log, by their reasons.
var bookingResults = map[waybill.Reason]Result{
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

// bindResults are those of the page Review_merchant_events. It has no number for a review
// that is under way, nor for one that failed: the first shares -1, which says nothing for
// good, and the second 10001, after which nobody tries again as it was.
var bindResults = map[waybill.Reason]Result{
	waybill.BadIDs:          noAccount,
	waybill.UnknownMerchant: noAccount,
	waybill.WrongPassword:   notTheMerchant,
	waybill.FailedReview:    {10001, "审核未通过", "the review was not passed"},
	waybill.UnderReview:     {-1, "审核中", "under review"},
	waybill.Accepted:        success,
}

// accountResults are those of the page Query_merchant_balance_events.
var accountResults = map[waybill.Reason]Result{
	waybill.BadIDs:          noAccount,
	waybill.UnknownMerchant: noAccount,
	waybill.WrongPassword:   notTheMerchant,
	waybill.Accepted:        success,
}

// What several reasons lead to.
var (
	success        = Result{0, "success", "success"}
	unknownIDs     = Result{30001, "参数错误(BizID、OrderID、WayBillID不存在)", "bad parameter (BizID, OrderID or WayBillID does not exist)"}
	pickedUp       = Result{30002, "已经揽收,不可取消", "already picked up, cannot be cancelled"}
	uncancellable  = Result{30004, "快递不支持取消运单", "cancelling is not supported"}
	noAccount      = Result{10001, "客户编码或者月结账户不存在", "the customer code or monthly account does not exist"}
	notTheMerchant = Result{10002, "客户密码不正确", "the customer's password is wrong"}
	wrongNumber    = Result{20001, "运单 ID 不正确(仅适用于微信生成运单 ID 的情况)", "the waybill id is wrong (only where WeChat makes it)"}
)

// instantResults are those of all events of instant delivery; no event has all of
// them. WeChat fixes 0 alone and passes the rest on to the merchant, code and text.
// All numbers except 1010, which is in WeChat's sample of a refusal, are ours.
var instantResults = map[delivery.Reason]Result{
	delivery.BadIDs:      {1001, "商户编号或者订单编号不正确", "the shop id or the order id is wrong"},
	delivery.UnknownShop: {1002, "商户不存在或者已停用", "the shop does not exist or is not active"},
	delivery.WrongSign:   {1003, "签名不正确", "the signature is wrong"},

	delivery.OrderExists:     {1030, "配送单已经存在,请使用重新下单", "the order exists already, it can be placed again"},
	delivery.UnknownOrder:    {1031, "配送单不存在", "the order does not exist"},
	delivery.WaybillMismatch: {1032, "运单号或者门店编号与配送单不符", "the waybill id or the shop_no is not the order's"},
	delivery.OrderUnderWay:   {1033, "配送单进行中,不可重新下单", "the order is under way and cannot be placed again"},
	delivery.OrderDelivered:  {1034, "配送单已送达,不可重新下单", "the order was delivered and cannot be placed again"},
	delivery.TooManyAttempts: {1042, "重新下单次数过多,请使用新的订单号", "the order was placed too often, use a new order id"},
	delivery.OrderEnded:      {1037, "配送单已结束或者已重新下单", "the order has ended or was placed again"},
	delivery.TooLateToCancel: {1038, "已经取货,不可取消", "already picked up, cannot be cancelled"},
	delivery.RiderAssigned:   {1039, "骑手已接单,不可加小费", "a rider has taken the order, no tip can be added"},
	delivery.NotReturning:    {1041, "货物不在退回途中,不可确认收到", "the goods are not on their way back"},

	delivery.ReceiverWrong:     {1010, "收件人信息不正确", "the receiver's data is wrong"},
	delivery.SenderWrong:       {1011, "发件人信息不正确", "the sender's data is wrong"},
	delivery.CargoWrong:        {1012, "货物信息不正确", "the data of the goods is wrong"},
	delivery.OrderInfoWrong:    {1013, "订单信息不正确", "the order's data is wrong"},
	delivery.ExpectedTimeWrong: {1014, "预约单的期望时间不正确(没有、已过或者过远)", "the booked order has no expected time, or one that is past or too far ahead"},
	delivery.InsuranceWrong:    {1015, "保价信息不正确", "the insurance is wrong"},
	delivery.TipsWrong:         {1016, "小费金额不正确", "the amount of the tip is wrong"},

	delivery.TipsNotMore:  {1040, "小费必须高于原小费", "the tip must be more than before"},
	delivery.OrderErased:  {1036, "原配送单信息已清除,请使用新的订单号", "the order's data has been erased, use a new order id"},
	delivery.OrderChanged: {1035, "门店、发件人、收件人或者货物与原配送单不同,请使用新的订单号", "the shop_no, sender, receiver or goods are not those of before, use a new order id"},
	delivery.TokenInvalid: {1020, "delivery_token不正确或者不属于该订单", "the delivery_token is wrong or not this order's"},
	delivery.TokenExpired: {1021, "delivery_token已过期,请重新查询运费", "the delivery_token has expired, ask for the price again"},
	delivery.TooFar:       {1017, "超出配送距离", "the way is too long"},
	delivery.Accepted:     {0, "ok", "ok"},
}

// deductions are what a merchant reads of the cost of cancelling.
var deductions = map[delivery.DescKind]Result{
	delivery.DescFree:      {Chinese: "取消免费", English: "cancelling is free"},
	delivery.DescCancelFee: {Chinese: "骑手已接单,扣除取消费用", English: "a rider has taken the order, a fee is deducted"},
	delivery.DescWholeFee:  {Chinese: "骑手已取货,扣除全部配送费,货物将退回", English: "the rider has the goods and brings them back, the whole fee is deducted"},
}
