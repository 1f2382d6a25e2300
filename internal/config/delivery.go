package config

import (
	"encoding/base64"
	"regexp"
	"time"
)

// Delivery is instant delivery: whether it is offered, and what it costs.
type Delivery struct {
	// Key seals the shops' secrets and signs quoted prices: 32 random bytes in
	// base64. Without it instant delivery is not offered. PreviousKey is the one
	// before, as long as anything is sealed with it.
	Key         Secret `key:"key"`
	PreviousKey Secret `key:"previous_key"`

	QuoteValidity     time.Duration `key:"quote_validity"`    // how long a quoted price holds
	Expiry            time.Duration `key:"expiry"`            // of an order that is still waiting
	DispatchDuration  time.Duration `key:"dispatch_duration"` // until a rider takes an order, as merchants are told
	MaxDistance       int           `key:"max_distance"`      // kilometres
	CancelAfterPickup bool          `key:"cancel_after_pickup"`
	Tariff            Tariff        `key:"tariff"`
}

// Tariff is what a delivery costs.
type Tariff struct {
	Base              Money `key:"base"` // up to BaseKm and BaseKg
	BaseKm            int   `key:"base_km"`
	BaseKg            int   `key:"base_kg"`
	PerKm             Money `key:"per_km"`              // for each one begun beyond BaseKm
	PerKg             Money `key:"per_kg"`              // for each one begun beyond BaseKg
	InsurancePerMille int   `key:"insurance_per_mille"` // of the declared value
	Coupon            Money `key:"coupon"`              // taken off each delivery
	CancelFee         Money `key:"cancel_fee"`          // once a rider is on the way
}

// Keys are the keys of instant delivery, 32 bytes each, the present one first;
// none where it is not offered. The Config has passed its Check.
func (d Delivery) Keys() [][]byte {
	var keys [][]byte
	for _, s := range []Secret{d.Key, d.PreviousKey} {
		if k, ok := deliveryKey(s); ok {
			keys = append(keys, k)
		}
	}
	return keys
}

// keyPattern is 32 bytes in base64. The decoder alone would pass over line breaks.
var keyPattern = regexp.MustCompile(`^[A-Za-z0-9+/]{43}=$`)

func deliveryKey(s Secret) ([]byte, bool) {
	if !keyPattern.MatchString(s.Value()) {
		return nil, false
	}
	k, err := base64.StdEncoding.Strict().DecodeString(s.Value())
	return k, err == nil
}

// The limits of instant delivery, each with what it comes from.
const (
	minDeliveryTime = time.Second // tokens and times on the wire count in these
	maxQuote        = 24 * time.Hour
	maxExpiry       = 7 * 24 * time.Hour
	maxDispatch     = 24 * time.Hour
	maxKm           = 1000
	maxKg           = 50        // WeChat takes no heavier order
	maxTariff       = 10_000_00 // a misplaced point, or fen for yuan
	wholePerMille   = 1000
)

func (c Config) checkDelivery(need Need, f *problems) {
	d := c.Delivery
	checkDeliveryKey(f, "delivery.key", d.Key)
	checkDeliveryKey(f, "delivery.previous_key", d.PreviousKey)
	switch {
	case d.PreviousKey == "" || !need.database() || f.has("delivery.key"):
	case d.Key == "":
		f.keyf("delivery.previous_key", "is set, and delivery.key is not; set the new key there")
	case d.Key == d.PreviousKey:
		f.keyf("delivery.previous_key", "is the same as delivery.key; unset it, or set the key from before")
	}

	between(f, "delivery.quote_validity", d.QuoteValidity, minDeliveryTime, maxQuote)
	between(f, "delivery.expiry", d.Expiry, minDeliveryTime, maxExpiry)
	between(f, "delivery.dispatch_duration", d.DispatchDuration, 0, maxDispatch)
	if d.DispatchDuration%time.Second != 0 {
		f.keyf("delivery.dispatch_duration", "is %v: merchants read it in whole seconds; use whole seconds", d.DispatchDuration)
	}
	between(f, "delivery.max_distance", d.MaxDistance, 1, maxKm)

	t := d.Tariff
	between(f, "delivery.tariff.base_km", t.BaseKm, 0, maxKm)
	between(f, "delivery.tariff.base_kg", t.BaseKg, 0, maxKg)
	between(f, "delivery.tariff.insurance_per_mille", t.InsurancePerMille, 0, wholePerMille)
	for _, m := range []struct {
		name   string
		amount Money
	}{
		{"delivery.tariff.base", t.Base}, {"delivery.tariff.per_km", t.PerKm}, {"delivery.tariff.per_kg", t.PerKg},
		{"delivery.tariff.coupon", t.Coupon}, {"delivery.tariff.cancel_fee", t.CancelFee},
	} {
		if m.amount < 0 || m.amount > maxTariff {
			f.keyf(m.name, "is %v: out of range; use 0.00 to %v (yuan)", m.amount, Money(maxTariff))
		}
	}
}

func checkDeliveryKey(f *problems, name string, s Secret) {
	if _, ok := deliveryKey(s); s != "" && !ok {
		f.keyf(name, "is not 32 bytes in base64 (it has %d characters, and should have 44); make one with: openssl rand -base64 32", len(s))
	}
}
