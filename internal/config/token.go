package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"carrierhook/internal/redacted"
)

// Token lets a system of the carrier's call the internal API: NAME:SCOPES:HASH,
// where SCOPES are what it may touch, with + between them, and HASH is the SHA-256
// of what the system shows, in lower-case hex. It does not show the hash however it
// is printed or marshalled; only Value gives it away.
//
// A fast hash is right here: what it is made of is 32 random bytes, which nobody
// can guess however fast a try is.
type Token string

var tokenPattern = regexp.MustCompile(`^([a-z0-9_-]{1,32}):([a-z+]+):([0-9a-f]{64})$`)

// oldScope is what there was before scopes said what is touched.
const oldScope = "write"

// scopes are what a token may let its bearer touch. None includes another.
var scopes = []string{"read", "scans", "waybills", "merchants", "events", "personal", "admin"}

var (
	// ErrTokenFormat says how a token of the configuration is written.
	ErrTokenFormat = fmt.Errorf("is not NAME:SCOPES:HASH (a name of a-z, 0-9, _ and -; one or more of %s, each once, with + between them; "+
		"64 hexadecimal digits in small letters)", strings.Join(scopes, ", "))

	// ErrOldScope says what is to be written for the scopes of before.
	ErrOldScope = errors.New("has the scope write, which no longer exists: instead of write name what the token is used for, scans (reported by couriers), " +
		"waybills (booked elsewhere, charged) or merchants (contracts, passwords, quotas), or several as scans+waybills+merchants; " +
		"instead of read+write name read+scans+waybills+merchants; and with personal beside read what may name people is shown")
)

// NewToken is the token of the named system, which shows secret, in the form of
// the configuration. The scopes have + between them.
func NewToken(name, scopes, secret string) (Token, error) {
	sum := sha256.Sum256([]byte(secret))
	t := Token(name + ":" + scopes + ":" + hex.EncodeToString(sum[:]))
	if _, _, _, err := t.parse(); err != nil {
		return "", err
	}
	return t, nil
}

// parse takes a token apart. The error shows nothing of it.
func (t Token) parse() (name, may, hash string, err error) {
	m := tokenPattern.FindStringSubmatch(string(t))
	if m == nil {
		return "", "", "", ErrTokenFormat
	}
	given := strings.Split(m[2], "+")
	if slices.Contains(given, oldScope) {
		return "", "", "", ErrOldScope
	}
	for i, s := range given {
		if !slices.Contains(scopes, s) || slices.Contains(given[:i], s) {
			return "", "", "", ErrTokenFormat
		}
	}
	return m[1], m[2], m[3], nil
}

// Parts are the name, the scopes with + between them and the hash of a token that has
// passed Check.
func (t Token) Parts() (name, scopes string, hash [sha256.Size]byte) {
	name, scopes, text, _ := t.parse()
	_, _ = hex.Decode(hash[:], []byte(text)) // which the pattern holds to be right
	return name, scopes, hash
}

// Value is the whole token, for comparing.
func (t Token) Value() string { return string(t) }

// String is the token's name and scopes; of what is no token, nothing.
func (t Token) String() string {
	name, may, _, err := t.parse()
	if err != nil {
		return redacted.Text
	}
	return name + ":" + may
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

// checkTokens checks each token by itself, at all together, and at who could
// call without one.
func (c Config) checkTokens(need Need, f *problems) {
	const key = "api.tokens"
	names, hashes := map[string]bool{}, map[string]bool{}
	var old []string // the places of tokens with scopes of before
	for i, t := range c.API.Tokens {
		name, _, hash, err := t.parse()
		switch {
		case errors.Is(err, ErrOldScope):
			old = append(old, strconv.Itoa(i+1))
			continue
		case err != nil:
			f.keyf(key, "entry %d %w; write what server token NAME prints last", i+1, err)
			return
		case names[name]:
			f.keyf(key, "has the name %s twice; give each token its own, such as %s-2", name, name)
		case hashes[hash]:
			f.keyf(key, "has one token under two names, the second %s; make each its own with server token NAME", name)
		}
		names[name], hashes[hash] = true, true
	}
	if len(old) > 0 {
		f.keyf(key, "entry %s %w", strings.Join(old, ", "), ErrOldScope)
	}
	if need != NeedServe || len(c.API.Tokens) > 0 || f.has(key, "internal_listen") {
		return
	}
	if host, _, ok := address(f, "internal_listen", c.InternalListen); ok && !loopback(host) {
		f.keyf(key, "is not set, and internal_listen (%s) can be reached from other machines; make a token with server token NAME, "+
			"or listen on 127.0.0.1", c.InternalListen)
	}
}
