package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"carrierhook/internal/waybill"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/sync/singleflight"
)

// passwordCost makes one verification cost about 7 ms on a small machine: slow
// for somebody who guesses, bearable once a merchant and process.
const passwordCost = 7

var errPasswordLong = errors.New("password is longer than 72 bytes")

// hashPassword gives the hash to store. An empty password asks for none and has
// an empty hash.
func hashPassword(pwd string) (string, error) {
	if pwd == "" {
		return "", nil
	}
	if len(pwd) > waybill.MaxPassword {
		return "", errPasswordLong
	}
	h, err := bcrypt.GenerateFromPassword([]byte(pwd), passwordCost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return string(h), nil
}

// passwordMatches is the slow comparison. An empty hash matches every password.
func passwordMatches(hash, pwd string) bool {
	if hash == "" {
		return true
	}
	// bcrypt would compare only the first 72 bytes.
	return len(pwd) <= waybill.MaxPassword && bcrypt.CompareHashAndPassword([]byte(hash), []byte(pwd)) == nil
}

const (
	maxKnownPasswords = 20_000           // at about 100 bytes each
	wrongPasswordFor  = 10 * time.Second // how long a failure is remembered
	passwordWorkers   = 2                // slow comparisons at a time
)

// passwords remembers which passwords open which hashes, so that the slow
// comparison is paid once a merchant and process. It keeps no password: the key
// of an entry is an HMAC under a key that dies with the process. A changed
// password has another hash, and so is another entry at once.
type passwords struct {
	secret [32]byte
	slots  chan struct{}
	flight singleflight.Group

	mu    sync.Mutex
	known map[passwordKey]verdict
}

type passwordKey [sha256.Size]byte

type verdict struct {
	right bool
	until time.Time // zero: for ever
}

func newPasswords() *passwords {
	p := &passwords{slots: make(chan struct{}, passwordWorkers), known: map[passwordKey]verdict{}}
	rand.Read(p.secret[:]) // never fails; see crypto/rand
	return p
}

func (p *passwords) key(bizID, hash, pwd string) passwordKey {
	mac := hmac.New(sha256.New, p.secret[:])
	for _, part := range []string{bizID, hash, pwd} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		mac.Write(n[:])
		mac.Write([]byte(part))
	}
	return passwordKey(mac.Sum(nil))
}

// lookup answers from memory; known is false when only the slow comparison can
// tell.
func (p *passwords) lookup(bizID, hash, pwd string) (right, known bool) {
	if hash == "" {
		return true, true
	}
	k := p.key(bizID, hash, pwd)
	p.mu.Lock()
	defer p.mu.Unlock()
	v, ok := p.known[k]
	if ok && !v.until.IsZero() && time.Now().After(v.until) {
		delete(p.known, k)
		ok = false
	}
	return v.right, ok
}

// verify does the slow comparison, once for however many ask at the same time,
// and remembers it.
func (p *passwords) verify(ctx context.Context, bizID, hash, pwd string) (bool, error) {
	k := p.key(bizID, hash, pwd)
	ch := p.flight.DoChan(string(k[:]), func() (any, error) {
		p.slots <- struct{}{}
		defer func() { <-p.slots }()
		right := passwordMatches(hash, pwd)
		p.remember(k, right)
		return right, nil
	})
	select {
	case r := <-ch:
		return r.Val.(bool), nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// hash makes the hash to store for a password. It is as slow as a comparison, and
// takes its turn among those.
func (p *passwords) hash(ctx context.Context, pwd string) (string, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { <-p.slots }()
	return hashPassword(pwd)
}

func (p *passwords) remember(k passwordKey, right bool) {
	v := verdict{right: right}
	if !right {
		v.until = time.Now().Add(wrongPasswordFor)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= maxKnownPasswords {
		for old := range p.known { // any one: map order is random enough
			delete(p.known, old)
			break
		}
	}
	p.known[k] = v
}
