package delivery

import (
	"slices"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/redacted"
)

// MaxAttempts is how often one order may be placed.
const MaxAttempts = 100

// Attempt is one placing of an order, and its status. It has codes and a token.
type Attempt struct {
	redacted.Struct
	Number    int // 1 is the first
	WaybillID string
	Push      ledger.PushID // the push that placed it
	Account   string        // the user name of the mini program that the push was for
	WXToken   string        // identifies it at WeChat
	PlacedAt  time.Time
	ExpiresAt time.Time // if it still waits then, the order may be placed again
	Quote     Quote
	Tips      Fen // as it was placed
	// FinishCode and PickupCode are 1000 to 9999; 0: not requested.
	FinishCode, PickupCode int

	Status   Status
	StatusAt time.Time
	Message  string // of the last status report; may have a rider's telephone number
	Expired  bool   // it was still waiting when the next attempt was placed

	TipsNow    Fen
	TipPush    ledger.PushID // the push of the last tip; zero: no tip push
	Deducted   Fen           // the cost of its cancel
	CancelPush ledger.PushID // the push that cancelled it; zero: not cancelled by push
	// CancelReason is that push's cancel_reason_id, 1 to 6; 0: missing or invalid.
	CancelReason int
	ReturnPush   ledger.PushID // the push that confirmed its return; zero: not confirmed
}

// expired reports whether an attempt has waited too long for a rider.
func (a *Attempt) expired(now time.Time) bool {
	return a.Status == Waiting && (a.Expired || !now.Before(a.ExpiresAt))
}

// asPlaced is the attempt as it was placed: the answer that the push got.
func (a Attempt) asPlaced() Attempt {
	return Attempt{
		Number: a.Number, WaybillID: a.WaybillID, Push: a.Push, Account: a.Account, WXToken: a.WXToken,
		PlacedAt: a.PlacedAt, ExpiresAt: a.ExpiresAt, Quote: a.Quote, Tips: a.Tips,
		FinishCode: a.FinishCode, PickupCode: a.PickupCode,
		Status: Waiting, StatusAt: a.PlacedAt, TipsNow: a.Tips,
	}
}

// PlacedOrder is an order that was placed.
type PlacedOrder struct {
	ShopNo   string
	Attempts []Attempt // oldest first, at least one
	Order    *Order    // of the last attempt; nil: erased
}

// Last is the last attempt, or nil.
func (o *PlacedOrder) Last() *Attempt {
	if o == nil || len(o.Attempts) == 0 {
		return nil
	}
	return &o.Attempts[len(o.Attempts)-1]
}

// attempt is the attempt with a waybill, or the last one for "". It may be nil.
func (o *PlacedOrder) attempt(waybillID string) *Attempt {
	if o == nil || waybillID == "" {
		return o.Last()
	}
	i := slices.IndexFunc(o.Attempts, func(a Attempt) bool { return a.WaybillID == waybillID })
	if i < 0 {
		return nil
	}
	return &o.Attempts[i]
}
