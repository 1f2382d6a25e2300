package sandbox

import (
	"net/http"
	"slices"
	"time"
)

// What stable_token allows of force_refresh.
const (
	maxForced    = 20               // a day
	betweenForce = 30 * time.Second // sooner, the token is not refreshed
)

// forced is when an app last had its stable token refreshed by force, and how often that day.
type forced struct {
	last time.Time
	n    int
}

// force makes a new stable token, which ends the one before at once.
func (t *tokens) force(w way) (string, time.Duration, *Failure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, before := t.now(), t.forced[w.app]
	if _, g, known := t.read(t.latest[w]); known && now.Sub(before.last) < betweenForce {
		if left := g.expires().Sub(now); left > 0 {
			return t.latest[w], left, nil
		}
	}
	if dayOf(now) != dayOf(before.last) {
		before.n = 0
	}
	if before.n == maxForced {
		return "", 0, Fail(codeDaily, "force_refresh")
	}
	t.forced[w.app] = forced{now, before.n + 1}
	return t.issue(w, 0), t.life, nil
}

// app is whose a token is, or was; "" for one that is nobody's.
func (t *tokens) app(token string) string {
	if token == StandingToken {
		return t.apps[0].ID
	}
	w, _, _ := t.read(token)
	return w.app
}

// revoke ends a token at once. One of an earlier run takes all of its way with it.
func (t *tokens) revoke(token string) {
	w, g, known := t.read(token)
	if !known {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leaving = slices.DeleteFunc(t.leaving, func(l leaving) bool { return l.token == token })
	if t.latest[w] == token {
		delete(t.latest, w)
	}
	if g.run() != t.run {
		t.earlier[w] = t.now()
	}
}

// revokeAll ends every token but StandingToken.
func (t *tokens) revokeAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	clear(t.latest)
	t.leaving = nil
	for _, a := range t.apps {
		t.earlier[way{app: a.ID}], t.earlier[way{a.ID, true}] = now, now
	}
}

func (a *API) revokeTokens(*http.Request) (any, error) {
	a.tokens.revokeAll()
	return map[string]string{"status": "revoked"}, nil
}
