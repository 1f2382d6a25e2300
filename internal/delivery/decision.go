package delivery

import (
	"time"

	"carrierhook/internal/redacted"
)

// NewAttempt is what a new attempt is given.
type NewAttempt struct {
	redacted.Struct
	WaybillID              string // "" while no number is at hand
	FinishCode, PickupCode int    // 1000 to 9999; used if they are asked for
}

// DescKind says what a merchant hears of the cost of cancelling.
type DescKind string

// The kinds.
const (
	DescFree      DescKind = "free"       // nothing is deducted
	DescCancelFee DescKind = "cancel_fee" // tariff.cancel_fee is, because a rider was on the way
	DescWholeFee  DescKind = "whole_fee"  // the delivery is to be paid, and the goods are brought back
)

// DescKinds lists every kind.
func DescKinds() []DescKind { return []DescKind{DescFree, DescCancelFee, DescWholeFee} }

// Decision is the answer to a Request.
type Decision struct {
	redacted.Struct
	Reason Reason
	Repeat bool // the same push had been answered with this before
	// Attempt is the one that was placed, as it was placed, for Add and Readd; for
	// the others the one that it is about, as it stands after. Of a refusal it is
	// the one in the way, and zero when it is about none.
	Attempt Attempt
	Before  Status // of that attempt before; 0: it is new
	Expires bool   // Readd: the attempt before is to be marked expired
	Quote   Quote  // Precreate
	Token   string // Precreate: holds the quote; "": there is no key
	// Dispatch is how long it takes to find a rider, of Precreate, Add and Readd.
	Dispatch time.Duration
	Deduct   Fen      // Cancel, Precancel
	Desc     DescKind // Cancel, Precancel

	writes write
}

// write is what a decision has written.
type write int

const (
	nothing write = iota
	aNewAttempt
	thisAttempt
)

// Places reports whether the Attempt is a new one, to be written. It is without
// a waybill when NewAttempt had none: get one, and decide again.
func (d Decision) Places() bool { return d.writes == aNewAttempt }

// Changes reports whether the Attempt is an old one, to be written.
func (d Decision) Changes() bool { return d.writes == thisAttempt }
