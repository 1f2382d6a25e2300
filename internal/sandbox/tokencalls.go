package sandbox

import (
	"crypto/subtle"
	"net/http"
	"time"
)

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
	if f := a.allowed.check(r); f != nil {
		return nil, f
	}
	app := q.Get("appid")
	if f := t.login(q.Get("grant_type"), app, q.Get("secret")); f != nil {
		return nil, f
	}
	return granted(t.replace(way{app: app}, t.overlap()))
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
	if f := a.limits.take(app, stableTokenPath, a.Now()); f != nil {
		return nil, f
	}
	if !force {
		return granted(t.stable(way{app, true}))
	}
	token, left, f := t.force(way{app, true})
	if f != nil {
		return nil, f
	}
	return granted(token, left)
}
