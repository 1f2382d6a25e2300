package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"strings"

	"carrierhook/internal/origin"
)

// Scope is what a token allows. No scope includes another.
type Scope uint8

// The scopes. Combine them with |.
const (
	Read      Scope = 1 << iota // waybills, scans, pushes, contracts: without personal data
	Scans                       // scans and status reports
	Waybills                    // booked elsewhere, charged
	Merchants                   // contracts, passwords, quotas, reviews
	Events                      // the feed, deliveries, and care for them
	Personal                    // with Read: personal data
	Admin                       // nothing yet
)

// noScope is that of an operation that needs no token.
const noScope Scope = 0

// scopes are the names of the single scopes, from the lowest bit on.
var scopes = []string{"read", "scans", "waybills", "merchants", "events", "personal", "admin"}

// all is every scope.
var all = Scope(1<<len(scopes) - 1)

// has reports whether s includes all of need.
func (s Scope) has(need Scope) bool { return s&need == need }

// String is the scope's name in the configuration; of several, with + between them.
func (s Scope) String() string {
	var names []string
	for i, name := range scopes {
		if s.has(1 << i) {
			names = append(names, name)
		}
	}
	return strings.Join(names, "+")
}

// ParseScopes reads one or more scopes with + between them, each given once.
func ParseScopes(text string) (s Scope, ok bool) {
	for name := range strings.SplitSeq(text, "+") {
		i := slices.Index(scopes, name)
		if i < 0 || s.has(1<<i) {
			return 0, false
		}
		s |= 1 << i
	}
	return s, true
}

// Token is stored as its hash. It is random, so a fast hash is as good as a slow one.
type Token struct {
	Name   string
	Scopes Scope
	Hash   [sha256.Size]byte
}

// local is the caller's name where no tokens are needed.
const local = "local"

// authorize finds the caller, and refuses one without the scope. The refusal has the caller
// too, unless the token is unknown.
func (a *API) authorize(r *http.Request, need Scope) (*caller, error) {
	if need == noScope {
		return nil, nil
	}
	if len(a.Tokens) == 0 {
		if err := checkOrigin(r); err != nil {
			return nil, err
		}
		return a.callers[0], nil
	}
	shown, ok := bearerToken(r)
	if !ok {
		return nil, problemOf(unauthorized, "the request needs the header Authorization: Bearer TOKEN")
	}
	c := a.find(shown)
	if c == nil {
		return nil, problemOf(unauthorized, "the token is unknown")
	}
	if !c.Scopes.has(need) {
		p := problemOf(forbidden, "the token lacks the scope "+need.String())
		p.Scope = need.String()
		return c, p
	}
	return c, nil
}

// find compares every token as a whole, so that its time reveals nothing about any.
func (a *API) find(shown string) *caller {
	hash := sha256.Sum256([]byte(shown))
	found := -1
	for i := range a.Tokens {
		same := subtle.ConstantTimeCompare(hash[:], a.Tokens[i].Hash[:])
		found = subtle.ConstantTimeSelect(same, i, found)
	}
	if found < 0 {
		return nil
	}
	return a.callers[found]
}

func bearerToken(r *http.Request) (string, bool) {
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return "", false
	}
	scheme, token, ok := strings.Cut(headers[0], " ")
	token = strings.Trim(token, " ")
	return token, ok && token != "" && strings.EqualFold(scheme, "Bearer")
}

// checkOrigin refuses, where no tokens are needed, a request that a web page made a
// browser on this machine send.
func checkOrigin(r *http.Request) error {
	switch err := (origin.Hosts{}).Check(r); {
	case errors.Is(err, origin.ErrHost):
		return problemOf(forbidden, "without tokens the host must be localhost or a loopback address")
	case err != nil:
		return problemOf(forbidden, "without tokens no other site's page may send this")
	}
	return nil
}
