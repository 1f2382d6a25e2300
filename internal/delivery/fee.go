package delivery

import (
	"time"

	"carrierhook/internal/redacted"
)

// Quote is what a delivery costs, and how far it is. Tips are not in it.
type Quote struct {
	Deliver, Coupon, Insurance Fen
	Metres                     int64
}

// Fee is what is paid for the delivery itself.
func (q Quote) Fee() Fen { return q.Deliver - q.Coupon }

// Tariff is what the carrier takes. No part of it is negative.
type Tariff struct {
	Base                  Fen
	BaseMetres, BaseGrams int64 // what the base includes
	PerKilometre          Fen   // for each one begun beyond it
	PerKilogram           Fen   // likewise
	InsurancePerMille     int64 // of the declared value; a part of a fen is a fen
	Coupon                Fen   // off, but never more than the delivery costs
	CancelFee             Fen   // once a rider is on the way, but never more than the fee
}

// Policy is what the carrier's configuration says about instant delivery. It holds
// the keys.
type Policy struct {
	redacted.Struct
	Tariff            Tariff
	QuoteFor          time.Duration // how long a quote's token holds
	Expiry            time.Duration // how long an order waits for a rider before it may be placed again
	Dispatch          time.Duration // how long it takes to find one
	MaxMetres         int64         // 0: no limit
	CancelAfterPickup bool
	// Keys are the key and the one before it, 32 bytes each. Tokens are made with
	// a key derived from the first, and read with any. None: no tokens.
	Keys [][]byte
}

// Quote is today's price of an order, or TooFar.
func (p *Policy) Quote(o *Order) (Quote, Reason) {
	metres := Metres(o.Sender.At, o.Receiver.At)
	if p.MaxMetres > 0 && metres > p.MaxMetres {
		return Quote{}, TooFar
	}
	return p.Tariff.quote(metres, o), ""
}

func (t Tariff) quote(metres int64, o *Order) Quote {
	q := Quote{Metres: metres}
	q.Deliver = t.Base + t.PerKilometre*begun(metres-t.BaseMetres) + t.PerKilogram*begun(o.Cargo.Grams-t.BaseGrams)
	q.Coupon = min(t.Coupon, q.Deliver)
	if o.Insured {
		q.Insurance = begun(int64(o.DeclaredValue) * t.InsurancePerMille)
	}
	return q
}

// begun is how many thousands are begun.
func begun(n int64) Fen {
	if n <= 0 {
		return 0
	}
	return Fen((n + 999) / 1000)
}
