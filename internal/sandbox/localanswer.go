package sandbox

import (
	"strings"

	"carrierhook/internal/wechat"
)

// localResult is what the company says, passed on. No errcode goes with it, as in
// WeChat's samples.
type localResult struct {
	ResultCode int    `json:"resultcode"`
	ResultMsg  string `json:"resultmsg"`
}

// localTexts are WeChat's words where express orders have others for the code, or the
// same for another code.
var localTexts = map[int]string{
	codeArgs: "args error", codeOrderUnknown: "order not exists", codeCompanyFailed: "delivery system error",
}

// localFailure is the company's no as it is, or the platform's.
func localFailure(f *failure, msg string) any {
	if f.resultCode != 0 {
		return localResult{f.resultCode, f.resultMsg}
	}
	if text := localTexts[f.code]; text != "" {
		msg = text + strings.TrimPrefix(msg, errtexts[f.code])
	}
	return plain{f.code, msg}
}

func localSuccess() (any, *failure) { return localResult{0, "ok"}, nil }

// yuan is fen that are written as yuan: a number with as many decimals as it takes.
type yuan int64

// MarshalJSON writes the amount. No float is in between.
func (y yuan) MarshalJSON() ([]byte, error) { return []byte(decimalText(int64(y), centsDecimals)), nil }

// localPrice is what an order costs. WeChat's pages spell the fee of the insurance in
// two ways, so it is there twice.
type localPrice struct {
	Fee          yuan  `json:"fee"`
	DeliverFee   yuan  `json:"deliverfee"`
	CouponFee    yuan  `json:"couponfee"`
	Tips         yuan  `json:"tips"`
	InsurancFee  yuan  `json:"insurancfee"`
	InsuranceFee yuan  `json:"insurancefee"`
	Distance     int64 `json:"distance"` // metres
}

func priceOf(r wechat.TransportReply) localPrice {
	insurance := yuan(r.InsuranceFee)
	return localPrice{yuan(r.Fee), yuan(r.DeliverFee), yuan(r.CouponFee), yuan(r.Tips), insurance, insurance, r.Distance}
}

type pricedAnswer struct {
	localResult
	localPrice
	DispatchDuration int64  `json:"dispatch_duration"` // seconds
	DeliveryToken    string `json:"delivery_token,omitempty"`
}

func priced(r wechat.TransportReply) pricedAnswer {
	return pricedAnswer{localResult{0, r.ResultMsg}, priceOf(r), r.DispatchDuration, r.DeliveryToken}
}

// placedAnswer has no codes if none were asked for.
type placedAnswer struct {
	localResult
	localPrice
	WaybillID        string `json:"waybill_id"`
	OrderStatus      int    `json:"order_status"`
	FinishCode       int    `json:"finish_code,omitempty"`
	PickupCode       int    `json:"pickup_code,omitempty"`
	DispatchDuration int64  `json:"dispatch_duration"` // seconds
}

func placed(r wechat.TransportReply) placedAnswer {
	return placedAnswer{
		localResult{0, r.ResultMsg}, priceOf(r), r.WaybillID, r.OrderStatus, r.FinishCode, r.PickupCode, r.DispatchDuration,
	}
}

type cancelledAnswer struct {
	localResult
	DeductFee yuan   `json:"deduct_fee"`
	Desc      string `json:"desc"`
}

// queriedAnswer names the rider where the company has reported one.
type queriedAnswer struct {
	localResult
	OrderStatus int    `json:"order_status"`
	WaybillID   string `json:"waybill_id"`
	RiderName   string `json:"rider_name,omitempty"`
	RiderPhone  string `json:"rider_phone,omitempty"`
}
