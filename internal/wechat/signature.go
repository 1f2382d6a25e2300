package wechat

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
)

// Sign is WeChat's signature: the lower-case hex SHA-1 of the parts, sorted by
// their bytes and joined without a separator. SHA-1 is the protocol's choice.
func Sign(parts ...string) string {
	sorted := slices.Clone(parts)
	slices.Sort(sorted)
	sum := sha1.Sum([]byte(strings.Join(sorted, "")))
	return hex.EncodeToString(sum[:])
}

type signature [2 * sha1.Size]byte

// sign is Sign for the parts that a push has, without an allocation and without
// a copy of the ciphertext that outlives it. The signature that covers no
// ciphertext is the one over an empty one.
func sign(token, timestamp, nonce string, encrypt []byte) (s signature) {
	sorted := [...]string{min(token, timestamp), max(token, timestamp), nonce}
	for i := 2; i > 0 && sorted[i] < sorted[i-1]; i-- { // insert the nonce
		sorted[i], sorted[i-1] = sorted[i-1], sorted[i]
	}
	before := 0 // how many sort before the ciphertext; compared so, it is not copied
	for before < len(sorted) && sorted[before] < string(encrypt) {
		before++
	}
	h := sha1.New()
	for _, part := range sorted[:before] {
		h.Write([]byte(part))
	}
	h.Write(encrypt)
	for _, part := range sorted[before:] {
		h.Write([]byte(part))
	}
	var sum [sha1.Size]byte
	hex.Encode(s[:], h.Sum(sum[:0]))
	return s
}

// signer returns the index of the token that made the given signature over
// timestamp, nonce and encrypt, which may be nil, or -1. Each token is tried, so
// that the time taken does not show which one is right.
func signer(tokens []string, given string, q Query, encrypt []byte) int {
	found := -1
	for i, token := range tokens {
		want := sign(token, q.Timestamp, q.Nonce, encrypt)
		if subtle.ConstantTimeCompare([]byte(given), want[:]) == 1 && found < 0 {
			found = i
		}
	}
	return found
}

// Query is what WeChat puts in the URL of a push. Signature covers token,
// timestamp and nonce; MsgSignature covers the ciphertext as well. An encrypted
// push carries both, each correct in itself, and only the second protects it.
type Query struct {
	Signature, MsgSignature, Timestamp, Nonce, EncryptType, EchoStr string
}

// QueryFrom reads the parameters that we use from a URL's query as it came; WeChat sends
// others (openid). Of one that comes twice the first counts. The others
// cost nothing, for a stranger may send thousands.
func QueryFrom(raw string) (q Query) {
	parameters := [...]struct {
		name  string
		value *string
		given bool
	}{
		{name: "signature", value: &q.Signature}, {name: "msg_signature", value: &q.MsgSignature},
		{name: "timestamp", value: &q.Timestamp}, {name: "nonce", value: &q.Nonce},
		{name: "encrypt_type", value: &q.EncryptType}, {name: "echostr", value: &q.EchoStr},
	}
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		name, value, _ := strings.Cut(pair, "=")
		for i := range parameters {
			if p := &parameters[i]; p.name == name && !p.given {
				*p.value, _ = url.QueryUnescape(value) // what cannot be read is nothing
				p.given = true
			}
		}
	}
	return q
}

// Values is the inverse of QueryFrom. Empty members are left out.
func (q Query) Values() url.Values {
	v := make(url.Values)
	for name, value := range map[string]string{
		"signature":     q.Signature,
		"msg_signature": q.MsgSignature,
		"timestamp":     q.Timestamp,
		"nonce":         q.Nonce,
		"encrypt_type":  q.EncryptType,
		"echostr":       q.EchoStr,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}
