package event

// The parcels: what events are in order for, and how they are looked for.

// OfWaybill is the parcel of a waybill, whose number is unique for the carrier.
func OfWaybill(waybillID string) string { return "waybill " + waybillID }

// OfOrder is the parcel of an order of instant delivery, with all its attempts.
func OfOrder(shopID, orderID string) string { return "order " + shopID + " " + orderID }

// OfMerchant is that of a merchant's quota and reviews.
func OfMerchant(bizID string) string { return "merchant " + bizID }

// What belongs to the carrier as a whole.
const (
	OfNumbers = "numbers"
	OfPrivacy = "privacy"
)
