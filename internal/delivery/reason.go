package delivery

import "slices"

// Reason is why something was decided. Package handler has the result code and the text
// on the wire of each.
type Reason string

// The reasons, in the order of the checks. The status of an order is checked before its
// fields: a merchant who places an order again that is under way must be told so,
// whatever else is wrong.
const (
	BadIDs      Reason = "bad_ids"
	UnknownShop Reason = "unknown_shop"
	WrongSign   Reason = "wrong_sign"

	OrderExists     Reason = "order_exists"
	UnknownOrder    Reason = "unknown_order"
	WaybillMismatch Reason = "waybill_mismatch"
	OrderUnderWay   Reason = "order_under_way"
	OrderDelivered  Reason = "order_delivered"
	TooManyAttempts Reason = "too_many_attempts"
	OrderEnded      Reason = "order_ended"
	TooLateToCancel Reason = "too_late_to_cancel"
	RiderAssigned   Reason = "rider_assigned"
	NotReturning    Reason = "not_returning"

	ReceiverWrong     Reason = "receiver_wrong"
	SenderWrong       Reason = "sender_wrong"
	CargoWrong        Reason = "cargo_wrong"
	OrderInfoWrong    Reason = "order_info_wrong"
	ExpectedTimeWrong Reason = "expected_time_wrong"
	InsuranceWrong    Reason = "insurance_wrong"
	TipsWrong         Reason = "tips_wrong"

	TipsNotMore  Reason = "tips_not_more"
	OrderErased  Reason = "order_erased"
	OrderChanged Reason = "order_changed"
	TokenInvalid Reason = "token_invalid"
	TokenExpired Reason = "token_expired"
	TooFar       Reason = "too_far"
	Accepted     Reason = "accepted"
)

// reasons has every reason in the order of the checks: the kinds of request that may be
// answered with it, and its meaning for the carrier's support staff.
var reasons = []struct {
	reason Reason
	kinds  []Kind
	text   string
}{
	{BadIDs, Kinds(), "an id or the wx_token is empty or too long, or has control characters or U+FFFD"},
	{UnknownShop, Kinds(), "no active shop has this shopid"},
	{WrongSign, Kinds(), "the delivery_sign is not the one that the shop's secret makes"},

	{OrderExists, []Kind{Add}, "the shop has an order with this id; transport_readd_order places one again"},
	{UnknownOrder, []Kind{Readd, Cancel, Precancel, Query, Tip, ConfirmReturn}, "the shop has no such order"},
	{WaybillMismatch, []Kind{Cancel, Precancel, Query, Tip, ConfirmReturn}, "the waybill_id or the shop_no is not the order's"},
	{OrderUnderWay, []Kind{Readd}, "the order is under way"},
	{OrderDelivered, []Kind{Readd}, "the order was delivered"},
	{TooManyAttempts, []Kind{Readd}, "the order has been placed 100 times"},
	{OrderEnded, []Kind{Cancel, Precancel, Tip, ConfirmReturn}, "the attempt has ended, or a later one took its place"},
	{TooLateToCancel, []Kind{Cancel, Precancel}, "the goods are with the rider, or on their way back"},
	{RiderAssigned, []Kind{Tip}, "a rider is assigned: the tip stays as it is"},
	{NotReturning, []Kind{ConfirmReturn}, "the goods are not on their way back"},

	{ReceiverWrong, []Kind{Precreate, Add, Readd}, "the receiver's name, telephone, city, address or coordinates are missing, too long or none"},
	{SenderWrong, []Kind{Precreate, Add, Readd}, "the sender's name, telephone, city, address or coordinates are missing, too long or none"},
	{CargoWrong, []Kind{Precreate, Add, Readd}, "the value, the weight, a side, the class or a line of goods is missing or beyond its limit"},
	{OrderInfoWrong, []Kind{Precreate, Add, Readd}, "a part of order_info is none of what it may be, or too long"},
	{ExpectedTimeWrong, []Kind{Precreate, Add, Readd}, "a booked order has no expected time, or one that is past or more than 31 days ahead"},
	{InsuranceWrong, []Kind{Precreate, Add, Readd}, "the wish for insurance or the declared value is missing, none or too high"},
	{TipsWrong, []Kind{Precreate, Add, Readd, Tip}, "the tip is no amount from 0 to 1000 yuan"},

	{TipsNotMore, []Kind{Tip}, "the tip is not more than the one that the order has"},
	{OrderErased, []Kind{Readd}, "what the order said was erased: nobody can tell whether it is the same"},
	{OrderChanged, []Kind{Readd}, "the shop_no, the sender, the receiver's name or telephone or the goods are not those of before"},
	{TokenInvalid, []Kind{Add, Readd}, "the delivery_token is not ours, or of another order or price"},
	{TokenExpired, []Kind{Add, Readd}, "the delivery_token is past its time"},
	{TooFar, []Kind{Precreate, Add, Readd}, "it is farther than delivery.max_distance"},
	{Accepted, Kinds(), "done"},
}

// Reasons lists every reason, in the order of the checks.
func Reasons() (all []Reason) {
	for _, r := range reasons {
		all = append(all, r.reason)
	}
	return all
}

// Reasons lists the reasons that a kind of request may be answered with, in the order of
// the checks.
func (k Kind) Reasons() (all []Reason) {
	for _, r := range reasons {
		if slices.Contains(r.kinds, k) {
			all = append(all, r.reason)
		}
	}
	return all
}

// Text is the reason's meaning in a sentence.
func (r Reason) Text() string {
	for _, row := range reasons {
		if row.reason == r {
			return row.text
		}
	}
	return string(r)
}
