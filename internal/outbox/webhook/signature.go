package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	"carrierhook/internal/redacted"
)

// sign is the value of webhook-signature: a signature by each key.
func sign(keys []redacted.String, id string, timestamp int64, body []byte) string {
	signed := make([]byte, 0, 64)
	signed = append(append(signed, id...), '.')
	signed = append(strconv.AppendInt(signed, timestamp, 10), '.')
	var all []byte
	var sum [sha256.Size]byte
	for i, key := range keys {
		h := hmac.New(sha256.New, []byte(key.Value()))
		h.Write(signed)
		h.Write(body)
		if i > 0 {
			all = append(all, ' ')
		}
		all = append(all, "v1,"...)
		all = base64.StdEncoding.AppendEncode(all, h.Sum(sum[:0]))
	}
	return string(all)
}
