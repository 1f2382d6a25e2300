package waybill

import "carrierhook/internal/ledger"

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
// none and there are pushes about it all the same; Booking is nil when no push has
// booked it.
type History struct {
	Waybill *Waybill
	Booking *Booking
	Scans   []RecordedScan // by the time when it happened, oldest first
	Pushes  []ledger.Entry // newest first
	More    bool           // there are older pushes than those in Pushes

	ScansCut bool // there are more scans than a parcel can have: Scans has the newest
}

// WaybillQuery says which waybills are looked for: by number, or by order.
type WaybillQuery struct {
	BizID     string // empty: any merchant
	WaybillID string
	OrderID   string
}
