package handler

import "carrierhook/internal/waybill"

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

// cancelResults is the only place that knows WeChat's numbers for
// cancel_waybill; they are those of the page Cancel_order_event.
var cancelResults = map[waybill.Outcome]result{
	waybill.OK:              {0, "success", "success"},
	waybill.Unknown:         {30001, "参数错误(BizID、OrderID、WayBillID不存在)", "bad parameter (BizID, OrderID or WayBillID does not exist)"},
	waybill.PickedUp:        {30002, "已经揽收,不可取消", "already picked up, cannot be cancelled"},
	waybill.CancelledBefore: {30003, "无效单(已经取消过)", "not a valid waybill (cancelled before)"},
	waybill.SignedLongSince: {30003, "无效单(签收超过一定时间)", "not a valid waybill (signed for too long ago)"},
	waybill.Expired:         {30003, "无效单(下单超过一定时间)", "not a valid waybill (booked too long ago)"},
	waybill.Unsupported:     {30004, "快递不支持取消运单", "cancelling is not supported"},
}

// failed is the answer when the server could not decide.
var failed = result{-1, "其他错误", "other error"}

// ResultCode is the number that WeChat is told for an outcome; -1 for one that
// the table lacks.
func ResultCode(o waybill.Outcome) int { return cancelResult(o).code }

func cancelResult(o waybill.Outcome) result {
	if r, ok := cancelResults[o]; ok {
		return r
	}
	return failed
}
