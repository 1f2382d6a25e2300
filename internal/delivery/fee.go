package delivery

import (
	"time"

	"carrierhook/internal/redacted"
)

// Quote is the price of a delivery, without tips, and its distance.
type Quote struct {
	Deliver, Coupon, Insurance Fen
	Metres                     int64
}

// Fee is the price of the delivery itself.
func (q Quote) Fee() Fen { return q.Deliver - q.Coupon }

// Tariff is the carrier's prices. None is negative.
type Tariff struct {
	Base                  Fen
	BaseMetres, BaseGrams int64 // what the base includes
	PerKilometre          Fen   // for each further kilometre, a part counts as one
	PerKilogram           Fen   // likewise
	InsurancePerMille     int64 // of the declared value; a part of a fen counts as one
	Coupon                Fen   // discount, at most the price
	CancelFee             Fen   // once a rider is on the way, at most the fee
}

// Policy is the carrier's configuration of instant delivery, with the keys.
type Policy struct {
	redacted.Struct
	Tariff            Tariff
	QuoteFor          time.Duration // how long a quote's token is valid
	Expiry            time.Duration // how long an order waits for a rider before it may be placed again
	Dispatch          time.Duration // how long it takes to find one
	MaxMetres         int64         // 0: no limit
	CancelAfterPickup bool
	// Keys are the key and the one before it, 32 bytes each. Tokens are made with a key
	// derived from the first, and read with any. Without keys there are no tokens.
	Keys [][]byte
}

// Quote is the current price of an order, or TooFar.
func (p *Policy) Quote(o *Order) (Quote, Reason) {
	metres := Metres(o.Sender.At, o.Receiver.At)
	if p.MaxMetres > 0 && metres > p.MaxMetres {
		return Quote{}, TooFar
	}
	return p.Tariff.quote(metres, o), ""
}

func (t Tariff) quote(metres int64, o *Order) Quote {
	q := Quote{Metres: metres}
	q.Deliver = t.Base + t.PerKilometre*thousands(metres-t.BaseMetres) + t.PerKilogram*thousands(o.Cargo.Grams-t.BaseGrams)
	q.Coupon = min(t.Coupon, q.Deliver)
	if o.Insured {
		q.Insurance = thousands(int64(o.DeclaredValue) * t.InsurancePerMille)
	}
	return q
}

// thousands is n in thousands, rounded up; 0 for a negative n.
func thousands(n int64) Fen { return Fen((max(n, 0) + 999) / 1000) }
