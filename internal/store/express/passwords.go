package express

import (
	"context"
	"errors"
	"fmt"

	"carrierhook/internal/redacted"
	"carrierhook/internal/waybill"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/sync/singleflight"
)

// passwordCost makes one comparison cost about 7 ms on a small machine: slow
// for somebody who guesses, bearable once a merchant and process.
const passwordCost = 7

var (
	errPasswordLong  = errors.New("password is longer than 72 bytes")
	errPasswordEmpty = errors.New("password is empty")
)

// hashPassword gives the hash to store. Nothing that is hashed gives the empty hash,
// which needs no password.
func hashPassword(pwd string) (string, error) {
	if pwd == "" {
		return "", errPasswordEmpty
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

// HashFor gives the hash to store for a password: the present one, if the password
// opens that, for a new one would look like another password.
func HashFor(present, pwd string) (string, error) {
	if present != "" && passwordMatches(present, pwd) {
		return present, nil
	}
	return hashPassword(pwd)
}

// passwordMatches is the slow comparison with a hash that is not empty.
func passwordMatches(hash, pwd string) bool {
	// bcrypt would compare only the first 72 bytes.
	return len(pwd) <= waybill.MaxPassword && bcrypt.CompareHashAndPassword([]byte(hash), []byte(pwd)) == nil
}

// passwords tells which passwords open which hashes, with one slow comparison a
// merchant and process for the right ones.
type passwords struct {
	cache   *passwordCache
	limits  *comparisonLimits
	flight  singleflight.Group
	count   passwordCounters
	matches func(hash, pwd string) bool
}

func newPasswords(count passwordCounters, matches func(hash, pwd string) bool) *passwords {
	if matches == nil {
		matches = passwordMatches
	}
	return &passwords{cache: newPasswordCache(), limits: newComparisonLimits(), count: count, matches: matches}
}

// lookup answers from memory; known is false when only the slow comparison can
// tell.
func (p *passwords) lookup(bizID, hash, pwd string) (right, known bool) {
	right, known = p.cache.get(p.cache.key(bizID, hash, pwd))
	if known {
		p.count.cached(right)
	}
	return right, known
}

// verify does the slow comparison, once for all requests of the same time,
// and remembers it. It is waybill.ErrTooManyPasswords where the merchant has too many
// under way, or where its turn does not come before ctx ends.
func (p *passwords) verify(ctx context.Context, bizID, hash, pwd string) (bool, error) {
	k := p.cache.key(bizID, hash, pwd)
	for {
		compared := false // by this call, and not by another one or before
		done := p.flight.DoChan(string(k[:]), func() (_ any, err error) {
			defer func() { // a panic in this goroutine would end the program
				if fault := recover(); fault != nil {
					err = fmt.Errorf("panic: %s", redacted.Panic(fault))
				}
			}()
			if right, known := p.cache.get(k); known { // since it was looked up
				return right, nil
			}
			leave, err := p.limits.enter(ctx, bizID)
			if err != nil {
				return false, err
			}
			defer leave()
			right := p.matches(hash, pwd)
			p.cache.put(k, right)
			compared = true
			return right, nil
		})
		var r singleflight.Result
		select {
		case r = <-done:
		case <-ctx.Done():
			r.Err = errTurnTooLate
		}
		switch right, _ := r.Val.(bool); {
		case errors.Is(r.Err, errTurnTooLate) && ctx.Err() == nil:
			// The request that began the comparison had less time.
		case r.Err != nil:
			p.count.tooMany.Inc()
			return false, r.Err
		case compared:
			p.count.compared(right)
			return right, nil
		default:
			p.count.cached(right)
			return right, nil
		}
	}
}

// hashFor gives the hash to store for a password: the one that the merchant has, if
// the password opens it, or a new one, which this process then knows. It takes its
// turn among the comparisons of all, and not of the merchant's: the new password of
// one that is guessed at must get in.
func (p *passwords) hashFor(ctx context.Context, bizID, old, pwd string) (string, error) {
	done, err := p.limits.enterAny(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	if old != "" && p.matches(old, pwd) {
		return old, nil
	}
	hash, err := hashPassword(pwd)
	if err != nil {
		return "", err
	}
	p.cache.put(p.cache.key(bizID, hash, pwd), true)
	return hash, nil
}
