package instant

import (
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// result is the company's answer, passed on. No errcode goes with it, as in
// WeChat's samples.
type result struct {
	ResultCode int    `json:"resultcode"`
	ResultMsg  string `json:"resultmsg"`
}

// failed is the company's refusal as it is, or the platform's.
func failed(f *sandbox.Failure, msg string) any {
	if f.ResultCode != 0 {
		return result{f.ResultCode, f.ResultMsg}
	}
	return sandbox.PlainFailure(f, msg)
}

func succeeded() (any, *sandbox.Failure) { return result{0, "ok"}, nil }

// yuan is fen that are written as yuan: a number with as many decimals as it takes.
type yuan int64

// MarshalJSON writes the amount. No float is in between.
func (y yuan) MarshalJSON() ([]byte, error) {
	return []byte(sandbox.DecimalText(int64(y), sandbox.CentsDecimals)), nil
}

// price is what an order costs. WeChat's pages spell the fee of the insurance in
// two ways, so it is there twice.
type price struct {
	Fee          yuan  `json:"fee"`
	DeliverFee   yuan  `json:"deliverfee"`
	CouponFee    yuan  `json:"couponfee"`
	Tips         yuan  `json:"tips"`
	InsurancFee  yuan  `json:"insurancfee"`
	InsuranceFee yuan  `json:"insurancefee"`
	Distance     int64 `json:"distance"` // metres
}

func priceOf(r wechat.InstantReply) price {
	insurance := yuan(r.InsuranceFee)
	return price{yuan(r.Fee), yuan(r.DeliverFee), yuan(r.CouponFee), yuan(r.Tips), insurance, insurance, r.Distance}
}

type pricedAnswer struct {
	result
	price
	DispatchDuration int64  `json:"dispatch_duration"` // seconds
	DeliveryToken    string `json:"delivery_token,omitempty"`
}

func priced(r wechat.InstantReply) pricedAnswer {
	return pricedAnswer{result{0, r.ResultMsg}, priceOf(r), r.DispatchDuration, r.DeliveryToken}
}

// placedAnswer has no codes if the order wants none.
type placedAnswer struct {
	result
	price
	WaybillID        string `json:"waybill_id"`
	OrderStatus      int    `json:"order_status"`
	FinishCode       int    `json:"finish_code,omitempty"`
	PickupCode       int    `json:"pickup_code,omitempty"`
	DispatchDuration int64  `json:"dispatch_duration"` // seconds
}

func placed(r wechat.InstantReply) placedAnswer {
	return placedAnswer{
		result{0, r.ResultMsg}, priceOf(r), r.WaybillID, r.OrderStatus, r.FinishCode, r.PickupCode, r.DispatchDuration,
	}
}

type cancelledAnswer struct {
	result
	DeductFee yuan   `json:"deduct_fee"`
	Desc      string `json:"desc"`
}

// queriedAnswer names the rider where the company has reported one.
type queriedAnswer struct {
	result
	OrderStatus int    `json:"order_status"`
	WaybillID   string `json:"waybill_id"`
	RiderName   string `json:"rider_name,omitempty"`
	RiderPhone  string `json:"rider_phone,omitempty"`
}
