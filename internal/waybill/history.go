package waybill

import "carrierhook/internal/ledger"

// Booking is the figures and the label that a push booked, without personal data.
type Booking struct {
	Label       string // WaybillData as it was answered
	Pieces      int64
	Grams       int64
	InsuredFen  int64 // 0: not insured
	HasContacts bool  // contacts and goods are still stored
}

// History is all that is stored of a waybill. Waybill is nil if there are only pushes about
// it; Booking is nil unless a push booked it.
type History struct {
	Waybill *Waybill
	Booking *Booking
	Scans   []RecordedScan // by Scan.At, oldest first
	Pushes  []ledger.Entry // newest first
	More    bool           // there are older pushes than those in Pushes

	ScansCut bool // there are too many scans: Scans has the newest
}

// WaybillQuery finds waybills by number or by order.
type WaybillQuery struct {
	BizID     string // empty: any merchant
	WaybillID string
	OrderID   string
}
