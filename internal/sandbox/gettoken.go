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
func granted(token string, left time.Duration) (any, *Failure) {
	return tokenAnswer{token, int64((left + time.Second - 1) / time.Second)}, nil
}

func (a *API) token(r *http.Request) (any, *Failure) {
	q, t := r.URL.Query(), a.tokens
	app := q.Get("appid")
	if f := t.login(q.Get("grant_type"), app, q.Get("secret")); f != nil {
		return nil, f
	}
	return granted(t.fresh(way{app: app}))
}

func (a *API) stableToken(r Request) (any, *Failure) {
	grantType, app, secret := r.Text("grant_type", MaxID), r.Text("appid", MaxID), r.Text("secret", MaxID)
	force := r.Flag("force_refresh")
	if r.Wrong != nil {
		return nil, r.Wrong
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
