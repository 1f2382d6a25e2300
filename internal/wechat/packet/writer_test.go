package packet

import (
	"strings"
	"testing"
	"unicode/utf8"

	"carrierhook/internal/wechat/hostile"

	"pgregory.net/rapid"
)

// TestUnwritableText: bytes that are no text, and characters that XML lacks, are
// replaced, and never spoil the document.
func TestUnwritableText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		raw := strings.Join(rapid.SliceOf(rapid.OneOf(
			rapid.Map(rapid.Byte(), func(b byte) string { return string([]byte{b}) }),
			rapid.SampledFrom([]string{"\ufffe", "\uffff", "\x00", "\x1f", "\xed\xa0\x80", "]]"}),
		)).Draw(t, "pieces"), "")
		w := NewWriter(f, 0)
		w.Str("a", raw)
		w.BareStr("b", raw)
		w.Num("c", 1)
		doc, _, err := Parse(w.Bytes())
		if err != nil || len(doc.Children) != 3 {
			t.Fatalf("%q spoils the document: %v", raw, err)
		}
		want := string([]rune(raw)) // invalid bytes become U+FFFD
		if f == XML {
			want = strings.Map(func(r rune) rune {
				if !hostile.InXML(string(r)) {
					return utf8.RuneError
				}
				return r
			}, want)
		}
		for _, m := range doc.Children[:2] {
			if string(m.Text) != want {
				t.Fatalf("%s: got %q, want %q", m.Name, m.Text, want)
			}
		}
	})
}
