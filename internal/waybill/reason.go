package waybill

// Outcome is what the merchant is told. Each has one text and one result code
// on the wire.
type Outcome string

// The outcomes of a cancel.
const (
	OK              Outcome = "ok"               // cancelled
	Unknown         Outcome = "unknown"          // merchant, order or waybill do not exist or do not belong together
	PickedUp        Outcome = "picked_up"        // too late: the parcel is with the carrier, or was signed for
	CancelledBefore Outcome = "cancelled_before" // nothing left to cancel
	SignedLongSince Outcome = "signed_long_since"
	Expired         Outcome = "expired"     // booked too long ago
	Unsupported     Outcome = "unsupported" // the contract has no cancelling
)

// Outcomes lists every outcome.
func Outcomes() []Outcome {
	return []Outcome{OK, Unknown, PickedUp, CancelledBefore, SignedLongSince, Expired, Unsupported}
}

// Reason is why an outcome was decided, for the ledger, the log and the
// carrier's support. The merchant never sees it.
type Reason string

// The reasons, in the order of the checks.
const (
	BadIDs           Reason = "bad_ids"
	UnknownMerchant  Reason = "unknown_merchant"
	WrongPassword    Reason = "wrong_password"
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
	Accepted         Reason = "accepted"
)

type meaning struct {
	outcome Outcome
	words   string
}

// meanings is the one table from reason to outcome and to words for people.
var meanings = map[Reason]meaning{
	BadIDs:           {Unknown, "an id is empty, too long or has control characters"},
	UnknownMerchant:  {Unknown, "no merchant has this BizID"},
	WrongPassword:    {Unknown, "the merchant's password is wrong"},
	UnknownWaybill:   {Unknown, "this merchant has no such waybill"},
	IDsMismatch:      {Unknown, "the waybill belongs to another order"},
	ShopMismatch:     {Unknown, "the waybill belongs to another mini program of the merchant"},
	AlreadyCancelled: {CancelledBefore, "the waybill had been cancelled before"},
	SignedLongAgo:    {SignedLongSince, "the parcel was signed for longer ago than cancel.signed_grace"},
	SignedRecently:   {PickedUp, "the parcel was signed for"},
	NotBooked:        {PickedUp, "the parcel had been collected"},
	Charged:          {PickedUp, "the freight had been charged"},
	WindowPassed:     {Expired, "the waybill was booked longer ago than cancel.window"},
	MerchantContract: {Unsupported, "the merchant's contract has no cancelling"},
	ServiceContract:  {Unsupported, "the service has no cancelling"},
	Accepted:         {OK, "cancelled"},
}

// Reasons lists every reason in the order of the checks.
func Reasons() []Reason {
	return []Reason{
		BadIDs, UnknownMerchant, WrongPassword, UnknownWaybill, IDsMismatch, ShopMismatch,
		AlreadyCancelled, SignedLongAgo, SignedRecently, NotBooked, Charged, WindowPassed,
		MerchantContract, ServiceContract, Accepted,
	}
}

// Outcome is what the merchant is told for this reason.
func (r Reason) Outcome() Outcome { return meanings[r].outcome }

// Words says the reason in a sentence for the carrier's support staff.
func (r Reason) Words() string {
	if m, ok := meanings[r]; ok {
		return m.words
	}
	return string(r)
}
