package delivery

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"

	"carrierhook/internal/redacted"
)

// Secret is a shop's AppSecret in clear: a hash of it could not check signs.
type Secret = redacted.String

// Shop is a merchant's account with the carrier.
type Shop struct {
	ID     string
	Secret Secret
	Active bool
}

// Sign is the delivery_sign of an order: SHA-1 over the shop's id, the order's, if there is
// one, and the secret, in lower-case hex. It signs nothing else of a push. WeChat's page
// about it is read_first of immediate-delivery.
func Sign(shopID, orderID string, s Secret) string {
	sum := sha1.Sum([]byte(shopID + orderID + string(s)))
	return hex.EncodeToString(sum[:])
}

// signedBy reports in constant time whether the request has the secret's sign, in small or
// capital letters. An empty secret signs nothing.
func (r Request) signedBy(s Secret) bool {
	got, err := hex.DecodeString(r.Sign)
	want, _ := hex.DecodeString(Sign(r.ShopID, r.OrderID, s))
	return err == nil && s != "" && subtle.ConstantTimeCompare(got, want) == 1
}
