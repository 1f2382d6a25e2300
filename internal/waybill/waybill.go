// Package waybill has the express rules: which status a waybill has, whether a merchant may
// book one, and whether the merchant may still cancel it.
//
// It has plain functions over plain values. It does not know SQL, HTTP, clocks or WeChat's
// result codes: the caller has locked the row, passes the time and translates the reason.
package waybill

import (
	"fmt"
	"slices"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/redacted"
)

// Status is the progress of a waybill.
type Status string

// The statuses in the order in which a parcel has them. Nothing follows Signed and Cancelled.
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

// CanFollow reports whether status next may follow status s: the same again, or a later one.
// Signed and Cancelled are final.
func (s Status) CanFollow(next Status) bool {
	final := s == Signed || s == Cancelled
	return s == next || !final && slices.Index(Statuses(), next) > slices.Index(Statuses(), s)
}

// Waybill is one parcel's booking and its status. A zero time has not come.
type Waybill struct {
	BizID     string
	ID        string
	OrderID   string
	ShopAppID string // the merchant's mini program; empty: any
	Service   string // the carrier's own name of the product; may be empty
	Status    Status

	// FromQuota says that the booking took one from the merchant's quota. A push that
	// cancels gives it back and leaves FromQuota set, as CancelledBy shows the cancel. A scan
	// that cancels gives it back if the parcel was not collected, and clears FromQuota.
	FromQuota bool

	// Account is the user name of the mini program whose push booked the waybill; empty: it
	// was booked elsewhere.
	Account string

	BookedAt    time.Time
	CollectedAt time.Time
	ChargedAt   time.Time
	SignedAt    time.Time
	CancelledAt time.Time
	ScannedAt   time.Time // when the first scan of it was recorded

	// CancelledBy is the push that cancelled the waybill; zero if none did.
	CancelledBy ledger.PushID
}

// Password is a merchant's password in clear.
type Password = redacted.String

// Merchant is a customer of the carrier.
type Merchant struct {
	BizID         string
	PasswordHash  string // empty: the merchant needs no password
	CancelAllowed bool   // the merchant's contract
	Prepaid       bool   // the merchant pays for waybills before booking
	Quota         int64  // waybills left; meaningless unless Prepaid

	// Services are the codes that the contract covers; nil: all services.
	Services []string
}

// covers reports whether a service is part of the merchant's contract.
func (m *Merchant) covers(code string) bool {
	return m.Services == nil || slices.Contains(m.Services, code)
}

// How many bytes ids, and the token and the remark of an order, may have at most. WeChat
// allows a merchant's order id 512, and the remark 1024.
const (
	MaxOrderID = 512
	MaxID      = 128
	MaxToken   = 1024
	MaxRemark  = 1024
)
