package delivery

import "slices"

// Reason is why something was decided. Each has one result code and one text on
// the wire, which are not this package's.
type Reason string

// The reasons, in the order of the checks. How far an order has come goes before
// what is wrong with its form: a merchant who places an order again that is under
// way must hear of that, whatever else there is.
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

// meanings is the one table of words for people.
var meanings = map[Reason]string{
	BadIDs:      "an id or the wx_token is empty, too long or has control characters",
	UnknownShop: "no active shop has this shopid",
	WrongSign:   "the delivery_sign is not the one that the shop's secret makes",

	OrderExists:     "the shop has an order with this id; transport_readd_order places one again",
	UnknownOrder:    "the shop has no such order",
	WaybillMismatch: "the waybill_id or the shop_no is not the order's",
	OrderUnderWay:   "the order is under way",
	OrderDelivered:  "the order was delivered",
	TooManyAttempts: "the order has been placed 100 times",
	OrderEnded:      "the attempt has ended, or a later one took its place",
	TooLateToCancel: "the goods are with the rider, or on their way back",
	RiderAssigned:   "a rider is assigned: the tip stays as it is",
	NotReturning:    "the goods are not on their way back",

	ReceiverWrong:     "the receiver's name, telephone, city, address or coordinates are missing, too long or none",
	SenderWrong:       "the sender's name, telephone, city, address or coordinates are missing, too long or none",
	CargoWrong:        "the value, the weight, a side, the class or a line of goods is missing or beyond its limit",
	OrderInfoWrong:    "a part of order_info is none of what it may be, or too long",
	ExpectedTimeWrong: "a booked order has no expected time, or one that is past or more than 31 days ahead",
	InsuranceWrong:    "the wish for insurance or the declared value is missing, none or too high",
	TipsWrong:         "the tip is no amount from 0 to 1000 yuan",

	TipsNotMore:  "the tip is not more than the one that the order has",
	OrderErased:  "what the order said was erased: nobody can tell whether it is the same",
	OrderChanged: "the shop_no, the sender, the receiver's name or telephone or the goods are not those of before",
	TokenInvalid: "the delivery_token is not ours, or of another order or price",
	TokenExpired: "the delivery_token is past its time",
	TooFar:       "it is farther than delivery.max_distance",
	Accepted:     "done",
}

// Reasons lists every reason, in the order of the checks.
func Reasons() []Reason {
	return []Reason{
		BadIDs, UnknownShop, WrongSign,
		OrderExists, UnknownOrder, WaybillMismatch, OrderUnderWay, OrderDelivered, TooManyAttempts,
		OrderEnded, TooLateToCancel, RiderAssigned, NotReturning,
		ReceiverWrong, SenderWrong, CargoWrong, OrderInfoWrong, ExpectedTimeWrong, InsuranceWrong, TipsWrong,
		TipsNotMore, OrderErased, OrderChanged, TokenInvalid, TokenExpired, TooFar, Accepted,
	}
}

var (
	reasonsOfAll    = []Reason{BadIDs, UnknownShop, WrongSign, Accepted}
	reasonsOfFields = []Reason{ReceiverWrong, SenderWrong, CargoWrong, OrderInfoWrong, ExpectedTimeWrong, InsuranceWrong, TipsWrong, TooFar}
	reasonsOfTokens = []Reason{TokenInvalid, TokenExpired}
	reasonsOfOrders = []Reason{UnknownOrder, WaybillMismatch}
)

// own are the reasons that not every kind of request of its family has.
var own = map[Kind][]Reason{
	Precreate:     reasonsOfFields,
	Add:           slices.Concat([]Reason{OrderExists}, reasonsOfFields, reasonsOfTokens),
	Readd:         slices.Concat([]Reason{UnknownOrder, OrderUnderWay, OrderDelivered, TooManyAttempts, OrderErased, OrderChanged}, reasonsOfFields, reasonsOfTokens),
	Cancel:        slices.Concat([]Reason{OrderEnded, TooLateToCancel}, reasonsOfOrders),
	Precancel:     slices.Concat([]Reason{OrderEnded, TooLateToCancel}, reasonsOfOrders),
	Query:         reasonsOfOrders,
	Tip:           slices.Concat([]Reason{OrderEnded, RiderAssigned, TipsWrong, TipsNotMore}, reasonsOfOrders),
	ConfirmReturn: slices.Concat([]Reason{OrderEnded, NotReturning}, reasonsOfOrders),
}

// Reasons lists the reasons that a kind of request may be answered with, in the order of
// the checks.
func (k Kind) Reasons() []Reason {
	return slices.DeleteFunc(Reasons(), func(r Reason) bool {
		return !slices.Contains(reasonsOfAll, r) && !slices.Contains(own[k], r)
	})
}

// Text says the reason in a sentence for the carrier's support staff.
func (r Reason) Text() string {
	if text, ok := meanings[r]; ok {
		return text
	}
	return string(r)
}
