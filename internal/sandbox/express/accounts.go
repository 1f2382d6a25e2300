package express

import (
	"slices"
	"sync"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// Account is a merchant's contract with a carrier, as bound at the platform. In JSON
// it is as the control endpoint takes it.
type Account struct {
	ShopAppID  string          `json:"shop_app_id"` // the merchant's mini program
	DeliveryID string          `json:"delivery_id"` // the carrier
	BizID      string          `json:"biz_id"`
	BizPwd     wechat.Password `json:"password"`
}

// accountKey names an account. In JSON it is as the control endpoint shows it.
type accountKey struct {
	ShopAppID  string `json:"shop_app_id"`
	DeliveryID string `json:"delivery_id"`
	BizID      string `json:"biz_id"`
}

func (c Account) key() accountKey { return accountKey{c.ShopAppID, c.DeliveryID, c.BizID} }

// account is an Account and what became of it. Its fields belong to the lock of
// accounts.
type account struct {
	Account
	bound     bool
	requested Account // what the merchant last wanted bound
	turn      *sandbox.Turn
}

// accounts are the contracts that the platform remembers. One that was unbound stays, for
// its orders can still be cancelled; the oldest are forgotten first.
type accounts struct {
	mu     sync.Mutex
	all    map[accountKey]*account
	oldest []accountKey
}

// clear forgets everything but the accounts that are bound from the start.
func (l *accounts) clear(bound []Account) {
	l.mu.Lock()
	l.all, l.oldest = map[accountKey]*account{}, nil
	l.mu.Unlock()
	for _, c := range bound {
		l.bind(l.find(c.key()), &c)
	}
}

// find returns the account, which is new and not bound if there was none.
func (l *accounts) find(key accountKey) *account {
	l.mu.Lock()
	defer l.mu.Unlock()
	if old := l.all[key]; old != nil {
		return old
	}
	n := &account{turn: sandbox.NewTurn()}
	l.all[key] = n
	if l.oldest = append(l.oldest, key); len(l.oldest) > maxAccounts {
		delete(l.all, l.oldest[0])
		l.oldest = l.oldest[1:]
	}
	return n
}

// get returns an account and whether it is bound; find would make it.
func (l *accounts) get(key accountKey) (Account, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := l.all[key]; n != nil {
		return n.Account, n.bound
	}
	return Account{}, false
}

// keys are those of all accounts, the oldest first.
func (l *accounts) keys() []accountKey {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.oldest)
}

// request notes what the merchant wants bound: the carrier may say no at first.
func (l *accounts) request(n *account, c Account) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n.requested = c
}

// review binds an account as it was wanted, or makes it not bound. It reports false for one
// that nobody wanted bound.
func (l *accounts) review(key accountKey, passed bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.all[key]
	if n == nil || n.requested == (Account{}) {
		return false
	}
	if n.bound = passed; passed {
		n.Account = n.requested
	}
	return true
}

// bind notes that the account is bound as c, or no longer if that is nil.
func (l *accounts) bind(n *account, c *Account) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n.bound = c != nil; n.bound {
		n.Account, n.requested = *c, *c
	}
}
