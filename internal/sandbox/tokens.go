package sandbox

import (
	"io"
	"regexp"
	"slices"
	"sync"
	"time"
)

const (
	// Secret is the secret of every app of the sandbox. It protects nothing.
	Secret = "sandbox-secret-protects-nothing"
	// StandingToken is an access token that is always valid, so that one line of
	// curl is enough to try.
	StandingToken = "SANDBOX_TOKEN"

	maxLeaving = 1000 // that were replaced and still hold
	tokenSize  = 96   // bytes: a token is 131 characters, and clients must take 512
)

// tokens are the access tokens of cgi-bin/token and cgi-bin/stable_token. The
// two ways do not disturb each other, as WeChat says.
//
// A token says itself whose it is and when it ends, signed with the app's secret: so one
// of before a restart is still known. What was replaced before that is not.
type tokens struct {
	apps []App
	life time.Duration
	now  func() time.Time
	rand io.Reader
	run  [8]byte // tells the tokens of this run from those of earlier ones

	mu      sync.Mutex
	latest  map[way]string
	leaving []leaving         // the oldest first
	earlier map[way]time.Time // when the tokens of earlier runs end, if not by themselves
	forced  map[string]forced // by app
}

// leaving is a token that was replaced and holds a while longer.
type leaving struct {
	token string
	until time.Time
}

func newTokens(apps []App, life time.Duration, now func() time.Time, random io.Reader) *tokens {
	t := &tokens{apps: apps, life: life, now: now, rand: random, latest: map[way]string{}, earlier: map[way]time.Time{}, forced: map[string]forced{}}
	_, _ = io.ReadFull(random, t.run[:])
	return t
}

// App is a mini program that may have tokens.
type App struct {
	ID, Secret string
	Shop       Shop // what carriers get when it binds an account; may be empty
}

// Shop is what check_biz says of a merchant beside its account. WeChat sends it
// for EMS only; the sandbox sends what is not empty.
type Shop struct {
	Name, Telephone, Contact, ServiceName string
	Province, City, Area, Address         string
}

// way is how an app gets its tokens.
type way struct {
	app    string
	stable bool
}

// shape is what a token of ours looks like. What does not is 40014, what does
// and was never issued, or is no longer the current one, is 40001.
var shape = regexp.MustCompile(`^\d+_[A-Za-z0-9_-]{64,}$`)

// check returns the app that a token belongs to.
func (t *tokens) check(token string) (app string, f *Failure) {
	if token == StandingToken {
		return t.apps[0].ID, nil
	}
	w, g, known := t.read(token)
	now := t.now()
	switch {
	case token == "":
		return "", Fail(codeTokenMissing, "")
	case !shape.MatchString(token):
		return "", Fail(codeAccessToken, "")
	case !known:
		return "", Fail(codeCredential, "")
	case !now.Before(g.expires()):
		return "", Fail(codeTokenExpired, "")
	case !t.holds(w, g, token, now):
		return "", Fail(codeCredential, "")
	}
	return w.app, nil
}

// holds tells whether a token is the latest of its way, or was not replaced long ago.
func (t *tokens) holds(w way, g grant, token string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g.run() != t.run {
		until, replaced := t.earlier[w]
		return !replaced || now.Before(until)
	}
	return t.latest[w] == token || slices.ContainsFunc(t.leaving, func(l leaving) bool {
		return l.token == token && now.Before(l.until)
	})
}

// overlap is how long an old token holds beside the new one: five minutes of two hours.
func (t *tokens) overlap() time.Duration { return t.life / 24 }

// replace makes a token. The one before it holds for so much longer.
func (t *tokens) replace(w way, longer time.Duration) (string, time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.issue(w, longer), t.life
}

// stable returns the current token with what remains of its life. Shortly
// before its end there is a new one, and both are valid.
func (t *tokens) stable(w way) (string, time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, g, known := t.read(t.latest[w]); known {
		if left := g.expires().Sub(t.now()); left > t.overlap() {
			return t.latest[w], left
		}
	}
	return t.issue(w, t.life), t.life
}

// issue makes the latest token of a way. It needs the lock.
func (t *tokens) issue(w way, longer time.Duration) string {
	now := t.now()
	until := now.Add(longer)
	if old, ok := t.latest[w]; ok {
		t.leave(leaving{old, until}, now)
	}
	if sooner, ok := t.earlier[w]; longer < t.life && (!ok || until.Before(sooner)) {
		t.earlier[w] = until
	}
	token := t.sign(w, now.Add(t.life))
	t.latest[w] = token
	return token
}

// leave remembers a token that was replaced, and forgets those that have ended.
func (t *tokens) leave(old leaving, now time.Time) {
	t.leaving = slices.DeleteFunc(t.leaving, func(l leaving) bool { return !now.Before(l.until) })
	if len(t.leaving) >= maxLeaving {
		t.leaving = t.leaving[1:]
	}
	t.leaving = append(t.leaving, old)
}
