package pgurl

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// given reads the URL in a file of testdata.
func given(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".env"))
	if err != nil {
		tb.Fatal(err)
	}
	_, url, found := strings.Cut(string(text), "CARRIERHOOK_DATABASE_URL=")
	if !found {
		tb.Fatalf("%s names no URL", name)
	}
	return strings.TrimRight(url, "\n")
}

// What the driver reads as it was meant is taken.
func TestTaken(t *testing.T) {
	t.Parallel()
	for s, want := range map[string][4]string{ // user, password, host, database
		given(t, "n16-socket-folder-as-host"):                {"app", "", "/var/run/postgresql", "carrierhook"},
		"postgres://app:pw@db:5432/hook":                     {"app", "pw", "db", "hook"},
		"postgresql://app:p%40s%2Fs%23%3F%25@a:1,b:2/x":      {"app", "p@s/s#?%", "a", "x"},
		"postgres://app:a:b,[c]&=+$!*'();~@db/x":             {"app", "a:b,[c]&=+$!*'();~", "db", "x"},
		"postgres://[::1]:5432/x?user=app&password=pw":       {"app", "pw", "::1", "x"},
		"postgres:///x?host=/run&user=me%40server":           {"me@server", "", "/run", "x"},
		"host=/run user=app password='a b@c/d' dbname=x":     {"app", "a b@c/d", "/run", "x"},
		"\tuser = app password=pw host=db dbname=x ":         {"app", "pw", "db", "x"},
		"postgres://app:pw@db/x?pool_max_conns=3&timezone=Z": {"app", "pw", "db", "x"},
	} {
		cfg, err := Parse(s)
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		c := cfg.ConnConfig
		if got := [4]string{c.User, c.Password, c.Host, c.Database}; got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

// What would be read in another way than it was meant is refused, with what to escape.
func TestNotEscaped(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]error{
		given(t, "11-at-sign-in-the-password"):      ErrEscape,
		given(t, "11-slash-in-the-password"):        ErrEscape,
		"postgres://app:a#b@db/x":                   ErrEscape,
		"postgres://app:a?b@db/x":                   ErrEscape,
		"postgres://app:a%zz@db/x":                  ErrEscape,
		"postgres://app:a%@db/x":                    ErrEscape,
		"postgres://app:12?x/y=z@db/x":              ErrEscape,
		"postgres://app:a@b/c@db/x":                 ErrEscape,
		"postgres://app:a/b?c=d#e@db/x":             ErrEscape,
		"postgres://app:a@b?sslrootcert=c@db/x":     ErrEscape,
		"postgres://me@server:pw@db/x":              ErrEscape,
		"postgres://db/x?user=me@server":            ErrEscape,
		"postgres://db/x?password=a#b":              ErrEscape,
		"postgres://app:a b@db/x":                   ErrInvisible,
		"postgres://app: a@db/x":                    ErrInvisible,
		"postgres://app:pw@db/x\r":                  ErrInvisible,
		"postgres://app:pw@db/x\u200b":              ErrInvisible,
		"":                                          ErrForm,
		"\ufeffpostgres://app:pw@db/x":              ErrForm,
		"Postgres://app:pw@db/x":                    ErrForm,
		"mysql://app:pw@db/x?a=b":                   ErrForm,
		"db.example.com":                            ErrForm,
		"postgres:/app:pw@db/x?sslmode=disable":     ErrForm,
		"host=db password=a b":                      ErrPairs,
		"host=db password='a":                       ErrPairs,
		"postgres://app:pw@db/x?sslcertmode=perhap": nil,
	} {
		if _, err := Parse(s); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", s, err, want)
		}
	}
}

// A list of key=value or a URL that has a password itself is a secret.
func TestHasPassword(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"postgres://app:pw@db/x":           true,
		"postgres://app:pw@a:1,b:2/x":      true,
		"postgres://app@db:5432/x":         false,
		"postgres://db:5432/x":             false,
		"postgres://db/x?password=pw":      true,
		"host=db password=pw":              true,
		"host=db user=app":                 false,
		"postgres://app:pw@%2Frun%2Fpg/db": true,
	} {
		if got := HasPassword(s); got != want {
			t.Errorf("%q: got %v", s, got)
		}
	}
}
