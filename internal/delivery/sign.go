package delivery

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"

	"carrierhook/internal/redacted"
)

// Secret is a shop's AppSecret, in clear: what a merchant signs with is not the
// secret itself, so that a hash of it would not do.
type Secret = redacted.String

// Shop is a merchant's account with the carrier.
type Shop struct {
	ID     string
	Secret Secret
	Active bool
}

// Sign is the delivery_sign of an order: SHA-1 over the shop's id, the order's
// and the secret, in lower-case hex. It signs nothing else of a push.
// Where there is no order id it is left out. WeChat's page for it is read_first of
// immediate-delivery.
func Sign(shopID, orderID string, s Secret) string {
	sum := sha1.Sum([]byte(shopID + orderID + string(s)))
	return hex.EncodeToString(sum[:])
}

// signedBy tells whether the request has the sign that the secret makes, in
// small or capital letters, without telling by its timing how much was right.
// No secret signs nothing.
func (r Request) signedBy(s Secret) bool {
	got, err := hex.DecodeString(r.Sign)
	want, _ := hex.DecodeString(Sign(r.ShopID, r.OrderID, s))
	return err == nil && s != "" && subtle.ConstantTimeCompare(got, want) == 1
}
