// Package event is what a carrier's systems are told of decided facts: the kinds, what an
// event is identified by, and its body. It knows no rule, no SQL and no way of delivery.
//
// Nothing personal is in an event: ids, states, reasons and times. Whoever may see more
// asks the API.
package event

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Kind is a kind of event.
type Kind string

// The kinds.
const (
	WaybillBooked           Kind = "waybill.booked"         // by a push of WeChat's
	WaybillCancelled        Kind = "waybill.cancelled"      // by a push: the parcel must not be collected
	WaybillCancelRefused    Kind = "waybill.cancel_refused" // of a waybill that the merchant has
	WaybillScanned          Kind = "waybill.scanned"
	WaybillScanRefused      Kind = "waybill.scan_refused" // the waybill is cancelled, and somebody has the parcel
	WaybillCharged          Kind = "waybill.charged"
	MerchantQuotaLow        Kind = "merchant.quota_low"        // a booking has taken it below the mark
	MerchantReviewRequested Kind = "merchant.review_requested" // it binds its account, and somebody has to decide
	MerchantReviewed        Kind = "merchant.reviewed"         // it may, or not
	NumbersLow              Kind = "numbers.low"               // a server has taken what was left of them below the mark
	OrderPlaced             Kind = "order.placed"              // of instant delivery, first and again
	OrderCancelled          Kind = "order.cancelled"
	OrderTipRaised          Kind = "order.tip_raised"
	OrderReturnConfirmed    Kind = "order.return_confirmed"
	OrderStatusChanged      Kind = "order.status_changed"
	OrderStatusRefused      Kind = "order.status_refused" // a rider is at work on what has ended
	PrivacyErased           Kind = "privacy.erased"
	Test                    Kind = "endpoint.test" // somebody asked for it; to one endpoint only
)

// Kinds lists the kinds that are decided, in the order of the documentation: all but Test.
func Kinds() []Kind {
	return []Kind{
		WaybillBooked, WaybillCancelled, WaybillCancelRefused, WaybillScanned, WaybillScanRefused, WaybillCharged,
		MerchantQuotaLow, MerchantReviewRequested, MerchantReviewed, NumbersLow, OrderPlaced, OrderCancelled, OrderTipRaised, OrderReturnConfirmed,
		OrderStatusChanged, OrderStatusRefused, PrivacyErased,
	}
}

// ID identifies an event: equal for the same fact, found out a second time.
type ID [16]byte

// NewID makes an id of the kind, what the fact is about, and what made it: the identity of
// a push or the key of a report.
func NewID(k Kind, parcel, cause string) ID {
	var room [512]byte
	b := append(append(append(room[:0], k...), 0), parcel...)
	sum := sha256.Sum256(append(append(b, 0), cause...))
	return ID(sum[:16])
}

// String is the id as receivers see it.
func (id ID) String() string { return "evt_" + hex.EncodeToString(id[:]) }

// Event is a decided fact. What is zero is not part of the body.
type Event struct {
	ID      ID
	Kind    Kind
	Parcel  string // events of one reach an endpoint in their order
	Time    time.Time
	Account string // the mini program's user name
	Body    Body
}

// Body is what an event says besides its id, kind, time and account. AppendJSON writes it as
// the tags say.
type Body struct {
	BizID       string `json:"biz_id,omitempty"`
	WaybillID   string `json:"waybill_id,omitempty"`
	OrderID     string `json:"order_id,omitempty"`
	ShopAppID   string `json:"shop_app_id,omitempty"`
	ShopID      string `json:"shop_id,omitempty"` // of instant delivery, as are all until Status
	ShopOrderID string `json:"shop_order_id,omitempty"`
	ShopNo      string `json:"shop_no,omitempty"`
	Attempt     int    `json:"attempt,omitempty"`

	StatusBefore      string `json:"status_before,omitempty"` // of a waybill
	Status            string `json:"status,omitempty"`
	OrderStatusBefore int    `json:"order_status_before,omitempty"` // of an order of instant delivery
	OrderStatus       int    `json:"order_status,omitempty"`

	Reason       string     `json:"reason,omitempty"`
	ResultCode   *int       `json:"result_code,omitempty"` // of the answer to the push; of a review, as WeChat is to have it
	ActionType   int        `json:"action_type,omitempty"` // of the scan
	ActionTime   int64      `json:"action_time,omitempty"` // Unix seconds
	Reported     int        `json:"reported_status,omitempty"`
	CancelledAt  *time.Time `json:"cancelled_at,omitempty"`
	ChargedAt    *time.Time `json:"charged_at,omitempty"`
	CancelReason int        `json:"cancel_reason_id,omitempty"`
	DeductFen    *int64     `json:"deduct_fee_fen,omitempty"`
	TipsFen      *int64     `json:"tips_fen,omitempty"`
	Remaining    *int64     `json:"remaining,omitempty"`
	Mark         *int64     `json:"mark,omitempty"`
	Erased       *int64     `json:"erased,omitempty"` // bookings and attempts
	Source       Source     `json:"source"`
}

// Source is what made a fact. One is set.
type Source struct {
	Push   string `json:"push,omitempty"`   // the identity of the push, in hexadecimal
	Token  string `json:"token,omitempty"`  // the name of the API token
	Server string `json:"server,omitempty"` // what the server did by itself
}
