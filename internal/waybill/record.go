package waybill

import (
	"errors"
	"time"
)

// ErrNotFound says that there is nothing of the kind on record.
var ErrNotFound = errors.New("not found")

// Asked is a push as it is on record: what was asked and what was answered.
type Asked struct {
	At         time.Time
	Serial     int64 // tells apart what was recorded at the same time; no order
	Event      string
	Format     string
	Mode       string
	BizID      string
	OrderID    string
	WaybillID  string
	Push       PushID
	ResultCode *int // what WeChat was told; nil: the event has no result code
	Reason     Reason
	Repeat     bool
	Took       time.Duration
}

// Mark is a place in the record: the next page has what is older.
type Mark struct {
	At     time.Time
	Serial int64
}

// AnyOfDelivery stands for all events of instant delivery.
const AnyOfDelivery = "transport_*"

// AskedQuery says which pushes are looked for. What is zero does not matter.
type AskedQuery struct {
	From, To  time.Time // from is included, to is not
	BizID     string
	WaybillID string
	OrderID   string
	Event     string // AnyOfDelivery: each of them
	Reason    Reason
	Result    *int
	Repeat    *bool

	Before *Mark // only what is older
	Limit  int   // at least 1
}

// Booking is the figures and the label that a push booked; nothing of who sends
// what to whom.
type Booking struct {
	Label       string // WaybillData as it was answered
	Pieces      int64
	Grams       int64
	InsuredFen  int64 // 0: not insured
	HasContacts bool  // who sends what to whom is still kept
}

// History is all that is on record of a waybill. Waybill is nil when there is
// none and somebody asked about it all the same; Booking is nil when no push has
// booked it.
type History struct {
	Waybill *Waybill
	Booking *Booking
	Trace   []Traced // by the time when it happened, oldest first
	Asked   []Asked  // newest first
	More    bool     // there are older pushes than those in Asked

	TraceCut bool // there are more scans than a parcel can have: Trace has the newest
}

// WaybillQuery says which waybills are looked for: by number, or by order.
type WaybillQuery struct {
	BizID     string // empty: any merchant
	WaybillID string
	OrderID   string
}
