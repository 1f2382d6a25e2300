package main

import (
	"bytes"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unmaskedMember is a member of an order whose value a label shows as it is.
type unmaskedMember struct {
	Member string `json:"member"`
	Times  int    `json:"times"`
}

// The members of an order that name a person, or reach one, as merchants send them to
// addOrder: all but country. A post code is short, so that it counts only where it is a number
// of its own.
var (
	people         = []string{"sender", "receiver"}
	textMembers    = []string{"name", "company", "province", "city", "area", "address"}
	numericMembers = []string{"tel", "mobile"}
	codeMembers    = []string{"post_code"}
)

var tags = regexp.MustCompile(`<[^>]*>`)

// unmasked finds in a label what an order says of its people. A label may spread a text
// over elements, put spaces in it (##STRBLOAT), or have it in an attribute; telephone
// numbers are compared by their digits.
func unmasked(page string, custom []byte) []unmaskedMember {
	found := []unmaskedMember{}
	var order map[string]any
	d := json.NewDecoder(bytes.NewReader(custom))
	d.UseNumber()
	if d.Decode(&order) != nil {
		return found
	}
	readings := []string{html.UnescapeString(tags.ReplaceAllString(page, "")), html.UnescapeString(page)}
	find := func(who string, members []string, form func(string) string, count func(text, value string) int) {
		person, _ := order[who].(map[string]any)
		for _, member := range members {
			value := form(plain(person[member]))
			if utf8.RuneCountInString(value) < 2 {
				continue
			}
			n := 0
			for _, text := range readings {
				n = max(n, count(form(text), value))
			}
			if n > 0 {
				found = append(found, unmaskedMember{who + "." + member, n})
			}
		}
	}
	for _, who := range people {
		find(who, textMembers, withoutSpaces, strings.Count)
		find(who, numericMembers, withoutSeparators, strings.Count)
		find(who, codeMembers, strings.TrimSpace, countAlone)
	}
	return found
}

// countAlone counts a code where no other letter or digit stands beside it.
func countAlone(text, code string) (n int) {
	other := func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for word := range strings.FieldsFuncSeq(text, other) {
		if word == code {
			n++
		}
	}
	return n
}

// plain is the text of a text or a number.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func withoutSpaces(text string) string { return without(text, unicode.IsSpace) }

func withoutSeparators(text string) string {
	return without(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("-–()（）+.", r) })
}

func without(text string, drop func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if drop(r) {
			return -1
		}
		return r
	}, text)
}
