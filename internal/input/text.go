// Package input reads what others wrote: ids, texts, times and decimals from
// merchants, from the carrier's own systems and from files. Its errors say what is wrong
// and never show the value. It does not know what the values are for: every limit is an
// argument.
package input

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Why an id or another text is invalid.
var (
	ErrEmpty   = errors.New("is empty")
	ErrLong    = errors.New("is too long")
	ErrNotUTF8 = errors.New("is not UTF-8")
	ErrControl = errors.New("has a control character")
)

// CleanID trims white space around an id and reports whether the rest can be an id
// of at most limit bytes.
func CleanID(id string, limit int) (string, error) {
	id = strings.TrimSpace(id)
	if id == "" {
		return "", ErrEmpty
	}
	return id, CheckText(id, limit)
}

// CleanText is CleanID for a value that may be empty.
func CleanText(s string, limit int) (string, error) {
	s = strings.TrimSpace(s)
	return s, CheckText(s, limit)
}

// breaks takes the line breaks and tabs out of a text that may have them.
var breaks = strings.NewReplacer("\n", " ", "\r", " ", "\t", " ")

// CleanLines is CleanText for a text that people write: it may have several lines,
// and tabs in them.
func CleanLines(s string, limit int) (string, error) {
	s = strings.TrimSpace(s)
	return s, CheckText(breaks.Replace(s), limit)
}

// CheckText tells why a text cannot be one of at most limit bytes.
func CheckText(s string, limit int) error {
	switch {
	case !utf8.ValidString(s):
		return ErrNotUTF8
	case len(s) > limit:
		return ErrLong
	case strings.ContainsFunc(s, unicode.IsControl):
		return ErrControl
	}
	return nil
}

// lineBreak is white space with a line break or a tab in it, of whatever kind.
var lineBreak = regexp.MustCompile(`\pZ*[\t\n\v\f\r\x{85}][\pZ\t\n\v\f\r\x{85}]*`)

// OneLine trims a text and makes a space of each line break and tab inside it:
// addresses are pasted, and a label has one line for them.
func OneLine(s string) string {
	s = strings.TrimSpace(s)
	if !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	return lineBreak.ReplaceAllLiteralString(s, " ")
}
