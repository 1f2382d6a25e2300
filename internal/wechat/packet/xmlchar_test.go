package packet

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// oddities are characters around each border that the readers distinguish: what is
// allowed nowhere, what is white space, the ends of ASCII, and what XML leaves out.
var oddities = []string{
	"\x00", "\x08", "\t", "\n", "\x0b", "\r", "\x1f", " ", "~", "\x7f", "\u0080", "é", "揽",
	"\ufeff", "\uffbf", "\uffbe", "\ufffd", "\ufffe", "\uffff", "\U00010000",
}

// TestCharacters puts each oddity, and each pair, at each place of a document
// that is read in long strides, and compares with reading character by character.
func TestCharacters(t *testing.T) {
	t.Parallel()
	for at := range 45 {
		for _, behind := range []int{0, 1, 2, 7, 9} {
			for _, first := range oddities {
				for _, second := range append([]string{""}, oddities...) {
					doc := strings.Repeat("x", at) + first + "<" + second + strings.Repeat("]", behind)
					want := !strings.ContainsFunc(doc, func(r rune) bool { return !isCharacter(r) })
					allowed, ascii, returns := characters([]byte(doc))
					if allowed != want {
						t.Fatalf("%q: %v, want %v", doc, allowed, want)
					}
					beyond := strings.ContainsFunc(doc, func(r rune) bool { return r >= utf8.RuneSelf })
					if allowed && (ascii == beyond || returns != strings.Contains(doc, "\r")) {
						t.Fatalf("%q: ASCII %v, carriage returns %v", doc, ascii, returns)
					}
				}
			}
		}
	}
}

// TestPrintable: it never passes over a byte that is odd, and it stops early only
// among the last seven.
func TestPrintable(t *testing.T) {
	t.Parallel()
	for size := range 50 {
		for at := range size + 1 {
			for c := range 256 {
				s := bytes.Repeat([]byte{'x'}, size)
				for i := at; i < size; i += 5 { // more than one, for one may borrow from another
					s[i] = byte(c)
				}
				odd := func(c byte) bool { return c < ' ' || c >= 0x80 }
				want := slices.IndexFunc(s, odd)
				if want < 0 {
					want = size
				}
				if got := printable(s); got > want || got < min(want, size/8*8) {
					t.Fatalf("%q: %d, want %d", s, got, want)
				}
				control := slices.ContainsFunc(s, func(c byte) bool { return c < ' ' })
				if got := hasControl(s); got != control {
					t.Fatalf("%q: a control character: %v", s, got)
				}
			}
		}
	}
}
