package delivery

import (
	"time"

	"carrierhook/internal/redacted"
)

// NewAttempt is what a new attempt gets from the store.
type NewAttempt struct {
	redacted.Struct
	WaybillID              string // "": the number is still to be fetched
	FinishCode, PickupCode int    // 1000 to 9999; used if requested
}

// DescKind is how the cost of a cancel is described to the merchant.
type DescKind string

// The kinds.
const (
	DescFree      DescKind = "free"       // nothing is deducted
	DescCancelFee DescKind = "cancel_fee" // tariff.cancel_fee is deducted: a rider was on the way
	DescWholeFee  DescKind = "whole_fee"  // the whole fee is deducted, and the goods come back
)

// DescKinds lists every kind.
func DescKinds() []DescKind { return []DescKind{DescFree, DescCancelFee, DescWholeFee} }

// Decision is the answer to a Request.
type Decision struct {
	redacted.Struct
	Reason Reason
	Field  string // of a refused push, the first member that is invalid, as the push spells it
	Repeat bool   // the same push was answered so before
	// Attempt is, for Add and Readd, the new attempt as it was placed; for other kinds the
	// attempt that the request is about, as it is afterwards. A refusal has the attempt that
	// it is about, or zero.
	Attempt Attempt
	Before  Status // of that attempt before; 0: it is new
	Expires bool   // Readd: mark the attempt before as expired
	Quote   Quote  // Precreate
	Token   string // Precreate: has the quote; "": there is no key
	// Dispatch is how long it takes to find a rider, of Precreate, Add and Readd.
	Dispatch time.Duration
	Deduct   Fen      // Cancel, Precancel
	Desc     DescKind // Cancel, Precancel

	places, changes bool
}

// Places reports whether the Attempt is new, and must be written. It has no waybill if
// NewAttempt had none: get one, and decide again.
func (d Decision) Places() bool { return d.places }

// Changes reports whether the Attempt is an old one, and must be written.
func (d Decision) Changes() bool { return d.changes }
