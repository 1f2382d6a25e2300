package hostile

import (
	"strings"
	"unicode"

	"pgregory.net/rapid"
)

// Text draws strings that are hard on a codec: all of Unicode, and often what
// ends a CDATA section, a quote or a line.
func Text() *rapid.Generator[string] {
	hard := []string{"]]>", "]]", "]", ">", "<![CDATA[", "\r\n", "\r", "\n", "\t", " ", `"`, `\`, "&amp;", "<", "\u2028", "\u2029", "\x7f", "\u0085", "\ufeff", "中", "😀"}
	piece := rapid.OneOf(
		rapid.SampledFrom(hard),
		rapid.StringOfN(rapid.Rune(), 0, 8, -1),
		rapid.Map(rapid.RuneFrom(nil, unicode.Cc, unicode.Cf, unicode.Zs), func(r rune) string { return string(r) }),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 6), func(all []string) string { return strings.Join(all, "") })
}

// InXML reports whether XML has a way to carry s.
func InXML(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && !strings.ContainsRune("\t\n\r", r) || r == 0xFFFE || r == 0xFFFF
	})
}
