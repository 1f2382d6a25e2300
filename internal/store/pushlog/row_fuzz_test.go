package pushlog

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// What goes into the ledger is text that Postgres keeps, cut between characters.
func FuzzPlainText(f *testing.F) {
	for _, s := range []string{"", "abc", "a\x00b", "\xff", strings.Repeat("单", 10), "\xe5\x8d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := storableText(s, 20)
		if len(got) > 20 || !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\n\x7f") {
			t.Errorf("%q became %q", s, got)
		}
		if storableText(got, 20) != got {
			t.Errorf("%q is not plain yet", got)
		}
	})
}
