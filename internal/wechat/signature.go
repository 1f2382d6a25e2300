package wechat

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"io"
	"net/url"
	"slices"
)

// Sign is WeChat's signature: the lower-case hex SHA-1 of the parts, sorted by
// their bytes and joined without a separator. SHA-1 is the protocol's choice.
func Sign(parts ...string) string {
	sorted := slices.Clone(parts)
	slices.Sort(sorted)
	h := sha1.New()
	for _, part := range sorted {
		_, _ = io.WriteString(h, part) // a hash never fails to write
	}
	return hex.EncodeToString(h.Sum(nil))
}

// signer returns the index of the token that made signature over parts, or -1.
// Each token is tried, so that the time taken does not tell which one is right.
func signer(tokens []string, signature string, parts ...string) int {
	found := -1
	for i, token := range tokens {
		want := Sign(append([]string{token}, parts...)...)
		if subtle.ConstantTimeCompare([]byte(signature), []byte(want)) == 1 && found < 0 {
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

// QueryFrom reads the parameters we know; WeChat sends others (openid).
func QueryFrom(v url.Values) Query {
	return Query{
		Signature:    v.Get("signature"),
		MsgSignature: v.Get("msg_signature"),
		Timestamp:    v.Get("timestamp"),
		Nonce:        v.Get("nonce"),
		EncryptType:  v.Get("encrypt_type"),
		EchoStr:      v.Get("echostr"),
	}
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
