package express

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	maxRightPasswords = 20_000 // at about 150 bytes each
	maxWrongPasswords = 20_000
	wrongPasswordFor  = time.Minute // how long a failure is remembered
)

// passwordCache remembers the results of the slow comparisons. Right and wrong ones
// are kept separately, so that however many wrong ones push no right one out. It keeps no password:
// the key of an entry is an HMAC under a key that dies with the process. A changed
// password has another hash, and so is another entry at once.
type passwordCache struct {
	secret [32]byte
	right  *lru.Cache[passwordKey, struct{}]
	wrong  *lru.Cache[passwordKey, time.Time] // until when
}

type passwordKey [sha256.Size]byte

func newPasswordCache() *passwordCache {
	c := &passwordCache{}
	// They fail for sizes below 1. The library's cache with expiry has a goroutine
	// that nobody can stop.
	c.right, _ = lru.New[passwordKey, struct{}](maxRightPasswords)
	c.wrong, _ = lru.New[passwordKey, time.Time](maxWrongPasswords)
	rand.Read(c.secret[:]) // never fails; see crypto/rand
	return c
}

func (c *passwordCache) key(bizID, hash, pwd string) passwordKey {
	mac := hmac.New(sha256.New, c.secret[:])
	for _, part := range []string{bizID, hash, pwd} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		mac.Write(n[:])
		mac.Write([]byte(part))
	}
	return passwordKey(mac.Sum(nil))
}

func (c *passwordCache) get(k passwordKey) (right, known bool) {
	if _, ok := c.right.Get(k); ok {
		return true, true
	}
	until, ok := c.wrong.Get(k)
	return false, ok && time.Now().Before(until)
}

func (c *passwordCache) put(k passwordKey, right bool) {
	if right {
		c.right.Add(k, struct{}{})
	} else {
		c.wrong.Add(k, time.Now().Add(wrongPasswordFor))
	}
}
