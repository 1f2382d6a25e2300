package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"carrierhook/internal/origin"
)

// Scope is what a token lets its bearer do. Write does not include Read.
type Scope uint8

// The scopes. They are added up with |.
const (
	Read Scope = 1 << iota
	Write
)

// nobody is the scope of what needs no token.
const nobody Scope = 0

var scopes = map[string]Scope{"read": Read, "write": Write, "read+write": Read | Write}

// Token is known by its hash. It is random, so a fast hash is as good as a slow
// one.
type Token struct {
	Name   string
	Scopes Scope
	Hash   [sha256.Size]byte
}

// ErrToken says what a token looks like in the configuration.
var ErrToken = errors.New("is not NAME:SCOPES:HASH (a name of a-z, 0-9, _ and -; read, write or read+write; " +
	"the SHA-256 in 64 lower-case hexadecimal digits)")

var tokenForm = regexp.MustCompile(`^([a-z0-9_-]{1,32}):(read|write|read\+write):([0-9a-f]{64})$`)

// ParseToken reads a token as it stands in the configuration. The error is
// ErrToken, and shows nothing of it.
func ParseToken(s string) (Token, error) {
	parts := tokenForm.FindStringSubmatch(s)
	if parts == nil {
		return Token{}, ErrToken
	}
	t := Token{Name: parts[1], Scopes: scopes[parts[2]]}
	_, err := hex.Decode(t.Hash[:], []byte(parts[3]))
	return t, err
}

// local is the name of whoever calls where no tokens are needed.
const local = "local"

// bearer tells who calls, and refuses whoever may not.
func (a *API) bearer(r *http.Request, need Scope) (name string, err error) {
	if need == nobody {
		return "", nil
	}
	if len(a.Tokens) == 0 {
		return local, fromHere(r)
	}
	shown, ok := shownToken(r)
	if !ok {
		return "", problemOf(unauthorized, "the request needs the header Authorization: Bearer TOKEN")
	}
	t := a.find(shown)
	if t == nil {
		return "", problemOf(unauthorized, "the token is none of the configuration's")
	}
	if t.Scopes&need == 0 {
		return t.Name, problemOf(forbidden, "the token has not the scope that this needs: "+need.String())
	}
	return t.Name, nil
}

// find compares with every token, and with all of each, so that the time it takes
// says nothing about any.
func (a *API) find(shown string) *Token {
	hash := sha256.Sum256([]byte(shown))
	found := -1
	for i := range a.Tokens {
		same := subtle.ConstantTimeCompare(hash[:], a.Tokens[i].Hash[:])
		found = subtle.ConstantTimeSelect(same, i, found)
	}
	if found < 0 {
		return nil
	}
	return &a.Tokens[found]
}

// String is the scope's name in the configuration.
func (s Scope) String() string {
	for name, scope := range scopes {
		if scope == s {
			return name
		}
	}
	return "none"
}

func shownToken(r *http.Request) (string, bool) {
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return "", false
	}
	scheme, token, ok := strings.Cut(headers[0], " ")
	token = strings.Trim(token, " ")
	return token, ok && token != "" && strings.EqualFold(scheme, "Bearer")
}

// fromHere refuses, where no tokens are needed, what a web page made a browser on
// this machine send.
func fromHere(r *http.Request) error {
	switch err := (origin.Hosts{}).Check(r); {
	case errors.Is(err, origin.ErrHost):
		return problemOf(forbidden, "without tokens the host must be localhost or a loopback address")
	case err != nil:
		return problemOf(forbidden, "without tokens no other web page may send this")
	}
	return nil
}
