package main

import (
	"carrierhook/internal/config"
	"carrierhook/internal/delivery"
)

// deliveryPolicy is how instant delivery is done; nil where it is not offered.
func deliveryPolicy(d config.Delivery) *delivery.Policy {
	keys := d.Keys()
	if len(keys) == 0 {
		return nil
	}
	const metres, grams = 1000, 1000 // of a kilometre, of a kilogram
	return &delivery.Policy{
		Tariff: delivery.Tariff{
			Base:              delivery.Fen(d.Tariff.Base),
			BaseMetres:        int64(d.Tariff.BaseKm) * metres,
			BaseGrams:         int64(d.Tariff.BaseKg) * grams,
			PerKilometre:      delivery.Fen(d.Tariff.PerKm),
			PerKilogram:       delivery.Fen(d.Tariff.PerKg),
			InsurancePerMille: int64(d.Tariff.InsurancePerMille),
			Coupon:            delivery.Fen(d.Tariff.Coupon),
			CancelFee:         delivery.Fen(d.Tariff.CancelFee),
		},
		QuoteFor:          d.QuoteValidity,
		Expiry:            d.Expiry,
		Dispatch:          d.DispatchDuration,
		MaxMetres:         int64(d.MaxDistance) * metres,
		CancelAfterPickup: d.CancelAfterPickup,
		Keys:              keys,
	}
}
