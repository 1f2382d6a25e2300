package delivery

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

// A delivery_token has a price and the time until which it is valid. A MAC binds both to
// the shop, the order and all that the price depends on, so nothing is stored: the order
// can be placed at the quoted price, whatever the tariff is by then, and no other order
// can. While it is valid the token may be used to place the order, and to place it again.
//
//	version, 1 byte | until, 8 | deliver, 8 | coupon, 8 | insurance, 8 | metres, 8 | HMAC-SHA256, 32
//
// in base64 for URLs, numbers in big endian. The MAC covers the bytes before it and what the
// token is bound to.
const (
	tokenVersion = 1
	tokenPayload = 1 + 5*8
	tokenBytes   = tokenPayload + sha256.Size
)

// tokenPurpose separates this use of the key from any other.
const tokenPurpose = "carrierhook delivery_token 1"

var tokenText = base64.RawURLEncoding

// seal makes a token for a price; "" without a key.
func (p *Policy) seal(r *Request, q Quote, now time.Time) string {
	if len(p.Keys) == 0 {
		return ""
	}
	b := append(make([]byte, 0, tokenBytes), tokenVersion)
	for _, n := range []int64{now.Add(p.QuoteFor).Unix(), int64(q.Deliver), int64(q.Coupon), int64(q.Insurance), q.Metres} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return tokenText.EncodeToString(append(b, tokenMAC(p.Keys[0], b, r)...))
}

// open is the price in the request's token. A token whose MAC fits no key was made
// elsewhere, was changed, or is for another order or price: these cannot be told apart.
// Base64 has more than one text for some bytes; only the one that seal writes is valid.
func (p *Policy) open(r *Request, now time.Time) (Quote, Reason) {
	b, err := tokenText.DecodeString(r.Token)
	if err != nil || len(b) != tokenBytes || tokenText.EncodeToString(b) != r.Token || b[0] != tokenVersion {
		return Quote{}, TokenInvalid
	}
	fits := false
	for _, key := range p.Keys {
		fits = hmac.Equal(b[tokenPayload:], tokenMAC(key, b[:tokenPayload], r)) || fits
	}
	if !fits {
		return Quote{}, TokenInvalid
	}
	var n [5]int64
	for i := range n {
		n[i] = int64(binary.BigEndian.Uint64(b[1+8*i:]))
	}
	if !now.Before(time.Unix(n[0], 0)) {
		return Quote{}, TokenExpired
	}
	return Quote{Deliver: Fen(n[1]), Coupon: Fen(n[2]), Insurance: Fen(n[3]), Metres: n[4]}, ""
}

// tokenMAC is the MAC over a token's payload and what it is bound to. Each text is preceded
// by its length, so that no two requests have the same bytes.
func tokenMAC(key, payload []byte, r *Request) []byte {
	derived := hmac.New(sha256.New, key)
	derived.Write([]byte(tokenPurpose))
	mac := hmac.New(sha256.New, derived.Sum(nil))
	mac.Write(payload)
	var bound []byte
	for _, text := range []string{r.ShopID, r.OrderID, r.Order.ServiceCode} {
		bound = binary.BigEndian.AppendUint32(bound, uint32(len(text)))
		bound = append(bound, text...)
	}
	o := &r.Order
	insured := int64(0)
	if o.Insured {
		insured = int64(o.DeclaredValue) // more than 0, or the order has a fault
	}
	for _, n := range []int64{
		o.Sender.At.Lng, o.Sender.At.Lat, o.Receiver.At.Lng, o.Receiver.At.Lat, o.Cargo.Grams, insured,
	} {
		bound = binary.BigEndian.AppendUint64(bound, uint64(n))
	}
	mac.Write(bound)
	return mac.Sum(nil)
}
