// Package waybill holds the express rules: what a waybill is, how far it has
// come, whether a merchant may have one, and whether it may still cancel it.
//
// It is plain functions over plain values. It knows no SQL, no HTTP, no clock
// and none of WeChat's result codes: whoever calls it holds the row lock, brings
// the time, and translates the reason for the other side.
package waybill

import (
	"fmt"
	"slices"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/redacted"
)

// Status is how far a waybill has come.
type Status string

// The statuses in the order in which a parcel passes through them. Signed and
// Cancelled are ends: nothing follows them.
const (
	Booked         Status = "booked"
	Collected      Status = "collected"
	InTransit      Status = "in_transit"
	OutForDelivery Status = "out_for_delivery"
	Signed         Status = "signed"
	Cancelled      Status = "cancelled"
)

// Statuses lists every status, in order.
func Statuses() []Status {
	return []Status{Booked, Collected, InTransit, OutForDelivery, Signed, Cancelled}
}

// ParseStatus reads a status by its name.
func ParseStatus(name string) (Status, error) {
	if s := Status(name); slices.Contains(Statuses(), s) {
		return s, nil
	}
	return "", fmt.Errorf("unknown status %q; known are %v", name, Statuses())
}

// CanFollow reports whether a waybill in status s may be said to be in status
// next: the same again, or a later one. A parcel never moves backwards, a
// cancelled waybill has no second life, and a signed parcel is not cancelled
// after the fact.
func (s Status) CanFollow(next Status) bool {
	if s == next {
		return true
	}
	if s == Signed || s == Cancelled {
		return false
	}
	return slices.Index(Statuses(), next) > slices.Index(Statuses(), s)
}

// Waybill is one parcel's booking and what became of it. A time that is zero
// has not come.
type Waybill struct {
	BizID     string
	ID        string
	OrderID   string
	ShopAppID string // the merchant's mini program; empty: any
	Service   string // the carrier's own name of the product; may be empty
	Status    Status

	// FromQuota says that its booking took one from the merchant's quota. A push
	// that cancels gives it back and leaves this: CancelledBy tells of it. A scan
	// that cancels gives it back if the parcel was not collected, and clears this.
	FromQuota bool

	BookedAt    time.Time
	CollectedAt time.Time
	ChargedAt   time.Time
	SignedAt    time.Time
	CancelledAt time.Time
	ScannedAt   time.Time // when the first scan of it was recorded

	// CancelledBy is the identity of the push that cancelled the waybill; zero
	// when nobody did, or when the carrier's own systems did.
	CancelledBy ledger.PushID
}

// Password is a merchant's password in clear.
type Password = redacted.String

// Merchant is a customer of the carrier.
type Merchant struct {
	BizID         string
	PasswordHash  string // empty: the merchant needs no password
	CancelAllowed bool   // the merchant's contract
	Prepaid       bool   // the merchant buys waybills before it books them
	Quota         int64  // how many are left to it; means nothing unless Prepaid

	// Services are the codes of those that the contract covers; nil: all that
	// there are.
	Services []string
}

// covers tells whether a service is part of the merchant's contract.
func (m *Merchant) covers(code string) bool {
	return m.Services == nil || slices.Contains(m.Services, code)
}
