package sandbox

import (
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Hidden stands where a secret was.
const Hidden = "[hidden]"

// Conceal replaces texts that must not be shown, however a carrier repeats them.
func Conceal(s string, hidden ...string) string {
	// A text that is part of another one is replaced after that.
	for _, text := range slices.SortedFunc(slices.Values(hidden), func(a, b string) int { return len(b) - len(a) }) {
		if text == "" {
			continue
		}
		quoted, ascii := strconv.Quote(text), strconv.QuoteToASCII(text)
		for _, written := range []string{
			text,
			strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text), // inside JSON
			strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>"),      // inside XML
			quoted[1 : len(quoted)-1],                               // inside an error
			ascii[1 : len(ascii)-1],                                 // inside JSON in ASCII
			html.EscapeString(text),
			url.QueryEscape(text),
		} {
			s = strings.ReplaceAll(s, written, Hidden)
		}
	}
	return s
}
