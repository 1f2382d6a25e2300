package delivery

import (
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/redacted"
)

// MaxAttempts is how often one order may be placed.
const MaxAttempts = 100

// Attempt is one time that an order was placed, and what became of it. It holds
// codes and a token.
type Attempt struct {
	redacted.Struct
	Number    int // 1 is the first
	WaybillID string
	Push      ledger.PushID // the push that placed it
	WXToken   string        // under which WeChat wants to hear of it
	PlacedAt  time.Time
	ExpiresAt time.Time // from when on one that still waits may be placed again
	Quote     Quote
	Tips      Fen // as it was placed
	// FinishCode and PickupCode are 1000 to 9999; 0: none was asked for.
	FinishCode, PickupCode int

	Status   Status
	StatusAt time.Time
	Message  string // of the last report; may hold a rider's telephone number
	Expired  bool   // it was waiting in vain when the next one was placed

	TipsNow    Fen
	TipPush    ledger.PushID // the push of the last tip, and of no earlier one; zero: none
	Deducted   Fen           // what its cancelling cost
	CancelPush ledger.PushID // the push that cancelled it; zero: none did
	// CancelReason is why, by that push: WeChat's cancel_reason_id, 1 to 6; 0: none,
	// or none that is known.
	CancelReason int
	ReturnPush   ledger.PushID // the push that confirmed its return; zero: none did
}

// expired tells whether an attempt has waited for a rider in vain.
func (a *Attempt) expired(now time.Time) bool {
	return a.Status == Waiting && (a.Expired || !now.Before(a.ExpiresAt))
}

// asPlaced is the attempt as it was when it was placed: the answer that the push got.
func (a Attempt) asPlaced() Attempt {
	return Attempt{
		Number: a.Number, WaybillID: a.WaybillID, Push: a.Push, WXToken: a.WXToken,
		PlacedAt: a.PlacedAt, ExpiresAt: a.ExpiresAt, Quote: a.Quote, Tips: a.Tips,
		FinishCode: a.FinishCode, PickupCode: a.PickupCode,
		Status: Waiting, StatusAt: a.PlacedAt, TipsNow: a.Tips,
	}
}

// PlacedOrder is an order that was placed before.
type PlacedOrder struct {
	ShopNo   string
	Attempts []Attempt // oldest first, at least one
	Order    *Order    // of the last attempt; nil: erased
}

// Last is the last attempt; nil when there is none.
func (k *PlacedOrder) Last() *Attempt {
	if k == nil || len(k.Attempts) == 0 {
		return nil
	}
	return &k.Attempts[len(k.Attempts)-1]
}

// attempt is the attempt with a waybill, or the last one for "". Nil: no attempt
// has this waybill.
func (k *PlacedOrder) attempt(waybillID string) *Attempt {
	if k == nil || waybillID == "" {
		return k.Last()
	}
	for i := range k.Attempts {
		if k.Attempts[i].WaybillID == waybillID {
			return &k.Attempts[i]
		}
	}
	return nil
}
