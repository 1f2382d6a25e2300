package sandbox

import (
	"net/http"
	"time"
)

// tokenAnswer has no errcode, like WeChat's.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"`
}

// granted rounds up: a token with half a second left must not be called
// expired.
func granted(token string, left time.Duration) (any, *failure) {
	return tokenAnswer{token, int64((left + time.Second - 1) / time.Second)}, nil
}

func (a *API) token(r *http.Request) (any, *failure) {
	q, t := r.URL.Query(), a.tokens
	app := q.Get("appid")
	if f := t.login(q.Get("grant_type"), app, q.Get("secret")); f != nil {
		return nil, f
	}
	return granted(t.fresh(way{app: app}))
}

func (a *API) stableToken(r request) (any, *failure) {
	grantType, app, secret := r.text("grant_type", maxID), r.text("appid", maxID), r.text("secret", maxID)
	force := r.flag("force_refresh")
	if r.wrong != nil {
		return nil, r.wrong
	}
	t := a.tokens
	if f := t.login(grantType, app, secret); f != nil {
		return nil, f
	}
	if force {
		return granted(t.fresh(way{app, true}))
	}
	return granted(t.stable(way{app, true}))
}
