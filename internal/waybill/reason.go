package waybill

// Reason is why something was decided, for the ledger, the log and the carrier's support
// staff. The merchant never sees it.
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

// The reasons of a bind alone, in the order of the checks.
const (
	FailedReview Reason = "review_failed"
	UnderReview  Reason = "review_pending"
)

// The pushes that a reason may answer.
const (
	ofCancel = 1 << iota
	ofBooking
	ofAccount
	ofBind
	ofAny = ofCancel | ofBooking | ofAccount | ofBind
)

// reasons has every reason, for each push in the order of its checks, with its meaning for
// the carrier's support staff.
var reasons = []struct {
	reason Reason
	pushes int
	text   string
}{
	{BadIDs, ofAny, "an id is empty or too long, or has control characters or U+FFFD"},
	{BadRequest, ofBooking, "the order id is empty, or it, the ShopAppID or the token is too long or has control characters or U+FFFD, or the remark is too long"},
	{UnknownMerchant, ofAny, "no merchant has this BizID"},
	{WrongPassword, ofAny, "the merchant's password is wrong"},

	{UnknownWaybill, ofCancel, "this merchant has no such waybill"},
	{IDsMismatch, ofCancel, "the waybill belongs to another order"},
	{ShopMismatch, ofCancel, "the waybill belongs to another mini program of the merchant"},
	{AlreadyCancelled, ofCancel, "the waybill had been cancelled before"},
	{SignedLongAgo, ofCancel, "the parcel was signed for longer ago than cancel.signed_grace"},
	{SignedRecently, ofCancel, "the parcel was signed for"},
	{NotBooked, ofCancel, "the parcel had been collected"},
	{Charged, ofCancel, "the freight had been charged"},
	{WindowPassed, ofCancel, "the waybill was booked longer ago than cancel.window"},
	{MerchantContract, ofCancel, "the merchant's contract has no cancelling"},
	{ServiceContract, ofCancel, "the service has no cancelling"},

	{OrderCancelled, ofBooking, "the order had a waybill, which was cancelled; a new one needs a new order id"},
	{NumberOutOfRange, ofBooking, "the waybill number is in none of WeChat's ranges"},
	{NumberTaken, ofBooking, "the waybill number is another order's"},
	{SenderIncomplete, ofBooking, "the sender's name, telephone, province, city or address is missing, or a part is too long"},
	{SenderNotServed, ofBooking, "no parcels are collected at the sender's address"},
	{ReceiverIncomplete, ofBooking, "the receiver's name, telephone, province, city or address is missing, or a part is too long"},
	{ReceiverNotServed, ofBooking, "no parcels are delivered to the receiver's address"},
	{UnknownService, ofBooking, "there is no service of this type and name"},
	{ServiceNotCovered, ofBooking, "the service is not part of the merchant's contract"},
	{BadCargo, ofBooking, "the weight, a side, the count or a line of goods is missing, implausible or over the service's limits"},
	{BadInsurance, ofBooking, "the wish for insurance or its value is implausible, or the value is missing or more than the service insures"},
	{QuotaUsedUp, ofBooking, "the merchant has no waybills left"},

	{FailedReview, ofBind, "the carrier's people have decided against the merchant; the same push came again"},
	{UnderReview, ofBind, "the carrier's people decide first whether the merchant may bind its account"},

	{Accepted, ofAny, "done"},
}

func reasonsOf(pushes int) (all []Reason) {
	for _, r := range reasons {
		if r.pushes&pushes != 0 {
			all = append(all, r.reason)
		}
	}
	return all
}

// CancelReasons lists the reasons of a cancel in the order of the checks.
func CancelReasons() []Reason { return reasonsOf(ofCancel) }

// BookReasons lists the reasons of a booking in the order of the checks.
func BookReasons() []Reason { return reasonsOf(ofBooking) }

// AccountReasons lists the reasons of a query of an account in the order of the checks.
func AccountReasons() []Reason { return reasonsOf(ofAccount) }

// BindReasons lists the reasons of a bind in the order of the checks.
func BindReasons() []Reason { return reasonsOf(ofBind) }

// Reasons lists every reason once.
func Reasons() []Reason { return reasonsOf(ofAny) }

// Text is the reason's meaning in a sentence.
func (r Reason) Text() string {
	for _, row := range reasons {
		if row.reason == r {
			return row.text
		}
	}
	return string(r)
}
