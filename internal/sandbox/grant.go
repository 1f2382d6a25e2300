package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"io"
	"strings"
	"time"
)

// grant is what an access token says: when it ends, how it was got, by which run, chance,
// and the signature of all that and of the app's id.
type grant [tokenSize]byte

// Where each begins.
const (
	grantWay  = 8
	grantRun  = grantWay + 1
	grantRand = grantRun + 8
	grantSign = tokenSize - sha256.Size

	tokenPrefix = "99_"
)

func (g grant) expires() time.Time { return time.Unix(0, int64(binary.BigEndian.Uint64(g[:]))) }
func (g grant) run() [8]byte       { return [8]byte(g[grantRun:]) }

func (g grant) signature(a App) []byte {
	h := hmac.New(sha256.New, []byte(a.Secret))
	h.Write(g[:grantSign])
	io.WriteString(h, a.ID)
	return h.Sum(nil)
}

// sign makes a token.
func (t *tokens) sign(w way, expires time.Time) string {
	var g grant
	binary.BigEndian.PutUint64(g[:], uint64(expires.UnixNano()))
	if w.stable {
		g[grantWay] = 1
	}
	copy(g[grantRun:], t.run[:])
	_, _ = io.ReadFull(t.rand, g[grantRand:grantSign])
	for _, a := range t.apps {
		if a.ID == w.app {
			copy(g[grantSign:], g.signature(a))
		}
	}
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(g[:])
}

// read reads a token of a sandbox's, this one or an earlier one.
func (t *tokens) read(token string) (w way, g grant, known bool) {
	text, ours := strings.CutPrefix(token, tokenPrefix)
	b, err := base64.RawURLEncoding.DecodeString(text)
	if !ours || err != nil || len(b) != tokenSize {
		return w, g, false
	}
	g = grant(b)
	for _, a := range t.apps {
		if hmac.Equal(g.signature(a), g[grantSign:]) {
			return way{a.ID, g[grantWay] == 1}, g, true
		}
	}
	return w, g, false
}
