package waybill

import "slices"

// Reason is why something was decided, for the ledger, the log and the carrier's
// support. The merchant never sees it.
type Reason string

// The reasons of more than one event.
const (
	BadIDs          Reason = "bad_ids"
	UnknownMerchant Reason = "unknown_merchant"
	WrongPassword   Reason = "wrong_password"
	Accepted        Reason = "accepted"
)

// The reasons of a cancel alone, in the order of the checks.
const (
	UnknownWaybill   Reason = "unknown_waybill"
	IDsMismatch      Reason = "ids_mismatch"
	ShopMismatch     Reason = "shop_mismatch"
	AlreadyCancelled Reason = "already_cancelled"
	SignedLongAgo    Reason = "signed_long_ago"
	SignedRecently   Reason = "signed_recently"
	NotBooked        Reason = "collected"
	Charged          Reason = "charged"
	WindowPassed     Reason = "window_passed"
	MerchantContract Reason = "merchant_contract"
	ServiceContract  Reason = "service_contract"
)

// The reasons of a booking alone, in the order of the checks.
const (
	BadRequest         Reason = "bad_request"
	OrderCancelled     Reason = "order_cancelled"
	NumberOutOfRange   Reason = "number_out_of_range"
	NumberTaken        Reason = "number_taken"
	SenderIncomplete   Reason = "sender_incomplete"
	SenderNotServed    Reason = "sender_not_served"
	ReceiverIncomplete Reason = "receiver_incomplete"
	ReceiverNotServed  Reason = "receiver_not_served"
	UnknownService     Reason = "unknown_service"
	ServiceNotCovered  Reason = "service_not_covered"
	BadCargo           Reason = "bad_cargo"
	BadInsurance       Reason = "bad_insurance"
	QuotaUsedUp        Reason = "quota_used_up"
)

// meanings is the one table from reason to words for people.
var meanings = map[Reason]string{
	BadIDs:          "an id is empty, too long or has control characters",
	UnknownMerchant: "no merchant has this BizID",
	WrongPassword:   "the merchant's password is wrong",
	Accepted:        "done",

	UnknownWaybill:   "this merchant has no such waybill",
	IDsMismatch:      "the waybill belongs to another order",
	ShopMismatch:     "the waybill belongs to another mini program of the merchant",
	AlreadyCancelled: "the waybill had been cancelled before",
	SignedLongAgo:    "the parcel was signed for longer ago than cancel.signed_grace",
	SignedRecently:   "the parcel was signed for",
	NotBooked:        "the parcel had been collected",
	Charged:          "the freight had been charged",
	WindowPassed:     "the waybill was booked longer ago than cancel.window",
	MerchantContract: "the merchant's contract has no cancelling",
	ServiceContract:  "the service has no cancelling",

	BadRequest:         "the order id is empty, or it, the ShopAppID, the token or the remark is too long or has control characters",
	OrderCancelled:     "the order had a waybill, which was cancelled; a new one needs a new order id",
	NumberOutOfRange:   "the waybill number is in none of WeChat's ranges",
	NumberTaken:        "the waybill number is another order's",
	SenderIncomplete:   "the sender's name, telephone, province, city or address is missing, or a part is too long",
	SenderNotServed:    "no parcels are collected at the sender's address",
	ReceiverIncomplete: "the receiver's name, telephone, province, city or address is missing, or a part is too long",
	ReceiverNotServed:  "no parcels are delivered to the receiver's address",
	UnknownService:     "there is no service of this type and name",
	ServiceNotCovered:  "the service is not part of the merchant's contract",
	BadCargo:           "the weight, a side, the count or a line of goods is missing, implausible or over the service's limits",
	BadInsurance:       "the wish for insurance or its value is missing, implausible or more than the service insures",
	QuotaUsedUp:        "the merchant has no waybills left",
}

// CancelReasons lists the reasons of a cancel in the order of the checks.
func CancelReasons() []Reason {
	return []Reason{
		BadIDs, UnknownMerchant, WrongPassword, UnknownWaybill, IDsMismatch, ShopMismatch,
		AlreadyCancelled, SignedLongAgo, SignedRecently, NotBooked, Charged, WindowPassed,
		MerchantContract, ServiceContract, Accepted,
	}
}

// BookReasons lists the reasons of a booking in the order of the checks.
func BookReasons() []Reason {
	return []Reason{
		BadIDs, BadRequest, UnknownMerchant, WrongPassword, OrderCancelled, NumberOutOfRange, NumberTaken,
		SenderIncomplete, SenderNotServed, ReceiverIncomplete, ReceiverNotServed,
		UnknownService, ServiceNotCovered, BadCargo, BadInsurance, QuotaUsedUp, Accepted,
	}
}

// AccountReasons lists the reasons of a question about an account in the order
// of the checks.
func AccountReasons() []Reason {
	return []Reason{BadIDs, UnknownMerchant, WrongPassword, Accepted}
}

// Reasons lists every reason once.
func Reasons() []Reason {
	var all []Reason
	for _, r := range slices.Concat(CancelReasons(), BookReasons(), AccountReasons()) {
		if !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	return all
}

// Text says the reason in a sentence for the carrier's support staff.
func (r Reason) Text() string {
	if text, ok := meanings[r]; ok {
		return text
	}
	return string(r)
}
