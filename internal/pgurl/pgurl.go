// Package pgurl reads database.url, for the check of the configuration and for whatever
// connects: what one takes the other takes too, and reads in the same way.
//
// Its errors name the part that is wrong and show nothing of the URL: a password whose
// special characters are not escaped can be in any part of it.
package pgurl

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5/pgxpool"
)

// pairs is how libpq's list of key=value begins.
var pairs = regexp.MustCompile(`^\s*\w+\s*=`)

// Parse reads a URL, or libpq's list of key=value, with what PG... variables, a service
// and certificates add. The error goes on after the setting's name, and is one of this
// package. Connections that are made by it show nothing of the parameters either.
func Parse(s string) (*pgxpool.Config, error) {
	rest, isURL := cutScheme(s)
	switch {
	case !isURL && !pairs.MatchString(s):
		return nil, ErrForm
	case isURL && strings.ContainsFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }):
		return nil, ErrInvisible
	case isURL && ambiguous(rest):
		return nil, ErrEscape
	}
	cfg, err := pgxpool.ParseConfig(s)
	if err != nil {
		return nil, fault(err)
	}
	hideParameters(cfg.ConnConfig)
	return cfg, nil
}

// HasPassword tells whether a URL, or a list of key=value, holds one itself.
func HasPassword(s string) bool {
	if rest, isURL := cutScheme(s); isURL {
		if user, _, has := strings.Cut(rest, "@"); has && strings.Contains(user, ":") {
			return true
		}
	}
	return strings.Contains(s, "password")
}

// pair is one of a list of key=value, whose values may be quoted.
var pair = regexp.MustCompile(`(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S*))`)

// SSLMode is the sslmode that a URL, or a list of key=value, says itself; "" if none.
// Parse has taken it.
func SSLMode(s string) (mode string) {
	if _, isURL := cutScheme(s); isURL {
		_, query, _ := strings.Cut(s, "?")
		values, _ := url.ParseQuery(query)
		if said := values["sslmode"]; len(said) > 0 {
			mode = said[len(said)-1] // the last one counts, as in a list
		}
		return mode
	}
	for _, p := range pair.FindAllStringSubmatch(s, -1) {
		if p[1] == "sslmode" {
			mode = p[2] + p[3]
		}
	}
	return mode
}

func cutScheme(s string) (rest string, isURL bool) {
	for _, scheme := range []string{"postgres://", "postgresql://"} {
		if rest, isURL = strings.CutPrefix(s, scheme); isURL {
			return rest, true
		}
	}
	return s, false
}

// ambiguous tells whether a special character ends a part early for one reader or
// another. The driver takes the first @ for the end of the password, and a / before it
// for the end of the host: the rest of the password would be looked up as a host's name,
// or stand in each line of the log as the database's.
func ambiguous(rest string) bool {
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority = rest[:i]
	}
	ats := strings.Count(rest, "@")
	return strings.Contains(rest, "#") || ats > 1 || ats != strings.Count(authority, "@")
}
