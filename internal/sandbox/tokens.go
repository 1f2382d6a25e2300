package sandbox

import (
	"crypto/subtle"
	"encoding/base64"
	"io"
	"net/http"
	"regexp"
	"sync"
	"time"
)

const (
	// Secret is the secret of every app of the sandbox. It protects nothing.
	Secret = "sandbox-secret-protects-nothing"
	// StandingToken is an access token that is always valid, so that one line of
	// curl is enough to try.
	StandingToken = "SANDBOX_TOKEN"

	maxTokens = 1000 // remembered, so that an expired one differs from a wrong one
	tokenSize = 96   // bytes of randomness: a token is 131 characters, and clients must take 512
)

// tokens are the access tokens of cgi-bin/token and cgi-bin/stable_token. The
// two ways do not disturb each other, as WeChat says.
type tokens struct {
	apps []App
	life time.Duration
	now  func() time.Time
	rand io.Reader

	mu      sync.Mutex
	issued  map[string]*grant
	oldest  []string
	current map[way]string
}

func (t *tokens) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.issued, t.oldest, t.current = map[string]*grant{}, nil, map[way]string{}
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

type grant struct {
	app      string
	expires  time.Time
	replaced bool
}

// shape is what a token of ours looks like. What does not is 40014, what does
// and was never issued, or is no longer the current one, is 40001.
var shape = regexp.MustCompile(`^\d+_[A-Za-z0-9_-]{64,}$`)

// check returns the app that a token belongs to.
func (t *tokens) check(token string) (app string, f *Failure) {
	if token == StandingToken {
		return t.apps[0].ID, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.issued[token]
	switch {
	case token == "":
		return "", Fail(codeTokenMissing, "")
	case !shape.MatchString(token):
		return "", Fail(codeAccessToken, "")
	case g == nil || g.replaced:
		return "", Fail(codeCredential, "")
	case !t.now().Before(g.expires):
		return "", Fail(codeTokenExpired, "")
	}
	return g.app, nil
}

// login checks what a client says of itself. The order is ours.
func (t *tokens) login(grantType, app, secret string) *Failure {
	switch {
	case grantType != "client_credential":
		return Fail(codeGrantType, "")
	case app == "":
		return Fail(codeAppIDMissing, "")
	case secret == "":
		return Fail(codeSecretMissing, "")
	}
	for _, a := range t.apps {
		switch {
		case a.ID != app:
		case subtle.ConstantTimeCompare([]byte(a.Secret), []byte(secret)) != 1:
			return Fail(codeSecret, "")
		default:
			return nil
		}
	}
	return Fail(codeAppID, "")
}

// replace makes a token and ends the one before it at once, so that a client notices
// that two of its parts get tokens.
func (t *tokens) replace(w way) (string, time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g := t.issued[t.current[w]]; g != nil {
		g.replaced = true
	}
	return t.issue(w), t.life
}

// stable returns the current token with what remains of its life. Shortly
// before its end (five minutes of two hours) there is a new one, and both are valid.
func (t *tokens) stable(w way) (string, time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g := t.issued[t.current[w]]; g != nil {
		if left := g.expires.Sub(t.now()); left > t.life/24 {
			return t.current[w], left
		}
	}
	return t.issue(w), t.life
}

// issue needs the lock.
func (t *tokens) issue(w way) string {
	var b [tokenSize]byte
	_, _ = io.ReadFull(t.rand, b[:])
	token := "99_" + base64.RawURLEncoding.EncodeToString(b[:])
	t.issued[token] = &grant{app: w.app, expires: t.now().Add(t.life)}
	t.current[w] = token
	t.oldest = append(t.oldest, token)
	if len(t.oldest) > maxTokens {
		delete(t.issued, t.oldest[0])
		t.oldest = t.oldest[1:]
	}
	return token
}

// tokenAnswer has no errcode, like WeChat's.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"`
}

// granted rounds up: a token with half a second left must not be called
// expired.
func granted(token string, left time.Duration) (any, *Failure) {
	return tokenAnswer{token, int64((left + time.Second - 1) / time.Second)}, nil
}

func (a *API) token(r *http.Request) (any, *Failure) {
	q, t := r.URL.Query(), a.tokens
	app := q.Get("appid")
	if f := t.login(q.Get("grant_type"), app, q.Get("secret")); f != nil {
		return nil, f
	}
	return granted(t.replace(way{app: app}))
}

func (a *API) stableToken(r Request) (any, *Failure) {
	grantType, app, secret := r.Text("grant_type", MaxID), r.Text("appid", MaxID), r.Text("secret", MaxID)
	force := r.Flag("force_refresh")
	if r.Failure() != nil {
		return nil, r.Failure()
	}
	t := a.tokens
	if f := t.login(grantType, app, secret); f != nil {
		return nil, f
	}
	if force {
		return granted(t.replace(way{app, true}))
	}
	return granted(t.stable(way{app, true}))
}
