package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// privateWords are words of the right column of CONTRIBUTING's table that are never
// plain English in our documents.
var privateWords = regexp.MustCompile(`(?i)\b(clerk|desk|lane|gatherer|ticket|upkeep|keeper|sift|pace|ground)s?\b`)

// The documents use the words of CONTRIBUTING's table. The table itself, which names
// the others, is left out.
func TestPlainWords(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		text := read(t, page)
		if table := sectionOf(text, "## Words"); table != "" {
			text = strings.Replace(text, table, "", 1)
		}
		for i, line := range strings.Split(text, "\n") {
			if word := privateWords.FindString(line); word != "" {
				t.Errorf("%s, line %d, has the word %q: CONTRIBUTING.md, Words, has another", page, i+1, word)
			}
		}
	}
	// The table names each word that is not to be used.
	rows := sectionOf(read(t, "../../CONTRIBUTING.md"), "## Words")
	for _, word := range []string{"clerk", "desk", "lane", "gatherer", "ticket", "upkeep", "keeper", "sift", "pace", "ground"} {
		if !slices.Contains(regexp.MustCompile(`[a-z]+`).FindAllString(rows, -1), word) {
			t.Errorf("CONTRIBUTING.md, Words, lacks %q", word)
		}
	}
}
