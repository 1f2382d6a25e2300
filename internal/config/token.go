package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
)

// Token lets a system of the carrier's call the internal API: NAME:SCOPES:HASH,
// where HASH is the SHA-256 of what the system shows, in lower-case hex. It does
// not show the hash however it is printed or marshalled; only Value gives it away.
//
// A fast hash is right here: what it is made of is 32 random bytes, which nobody
// can guess however fast a try is.
type Token string

var (
	tokenForm = regexp.MustCompile(`^([a-z0-9_-]{1,32}):(read|write|read\+write):([0-9a-f]{64})$`)

	// ErrTokenForm says how a token of the configuration is written.
	ErrTokenForm = errors.New("is not NAME:SCOPES:HASH (a name of a-z, 0-9, _ and -; read, write or read+write; " +
		"64 hexadecimal digits in small letters)")
)

// NewToken is the token of the named system, which shows secret, in the form of
// the configuration. The scopes are read, write or read+write.
func NewToken(name, scopes, secret string) (Token, error) {
	sum := sha256.Sum256([]byte(secret))
	t := Token(name + ":" + scopes + ":" + hex.EncodeToString(sum[:]))
	if !tokenForm.MatchString(string(t)) {
		return "", ErrTokenForm
	}
	return t, nil
}

// Value is the whole token, for whoever compares with it.
func (t Token) Value() string { return string(t) }

// String is the token's name and scopes; of what is no token, nothing.
func (t Token) String() string {
	m := tokenForm.FindStringSubmatch(string(t))
	if m == nil {
		return redacted
	}
	return m[1] + ":" + m[2]
}

// Format does not show the hash under any verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// MarshalText does not show the hash.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// parseTokens reads tokens as a list, or one text with commas. The error shows
// nothing of them: somebody may have written the secret in the hash's place.
func parseTokens(raw any) ([]Token, error) {
	list, err := parseList(raw)
	if err != nil {
		return nil, errors.New("is not a list of texts; write [\"NAME:SCOPES:HASH\"]")
	}
	tokens := make([]Token, 0, len(list))
	for _, item := range list {
		tokens = append(tokens, Token(item))
	}
	return tokens, nil
}

// checkTokens looks at each token by itself, at all together, and at who could
// call without one.
func (c Config) checkTokens(need Need, f *faults) {
	const key = "api.tokens"
	names, hashes := map[string]bool{}, map[string]bool{}
	for i, t := range c.API.Tokens {
		m := tokenForm.FindStringSubmatch(string(t))
		switch {
		case m == nil:
			f.keyf(key, "has at place %d what %w; write what server token NAME prints last", i+1, ErrTokenForm)
			return
		case names[m[1]]:
			f.keyf(key, "has the name %s twice; give each token its own, such as %s-2", m[1], m[1])
		case hashes[m[3]]:
			f.keyf(key, "has one token under two names, the second %s; make each its own with server token NAME", m[1])
		}
		names[m[1]], hashes[m[3]] = true, true
	}
	if need != NeedServe || len(c.API.Tokens) > 0 || f.has(key, "internal_listen") {
		return
	}
	if host, _, ok := address(f, "internal_listen", c.InternalListen); ok && !loopback(host) {
		f.keyf(key, "is not set, and internal_listen (%s) can be reached from other machines; make a token with server token NAME, "+
			"or listen on 127.0.0.1", c.InternalListen)
	}
}
