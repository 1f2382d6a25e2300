package delivery

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineBreak is white space with a line break or a tab in it, of whatever kind.
var lineBreak = regexp.MustCompile(`\pZ*[\t\n\v\f\r\x{85}][\pZ\t\n\v\f\r\x{85}]*`)

// noBreaks takes the line breaks and tabs out of a text that may have them.
var noBreaks = strings.NewReplacer("\n", " ", "\r", " ", "\t", " ")

// cleanID trims the white space around an id and says why the rest cannot be one
// of at most most bytes.
func cleanID(id string, most int) (string, error) {
	id = strings.TrimSpace(id)
	if id == "" {
		return "", ErrEmpty
	}
	return id, checkBytes(id, most)
}

// cleanMessage is cleanID for a text that people write: it may be empty, and may
// have several lines, and tabs in them.
func cleanMessage(s string, most int) (string, error) {
	s = strings.TrimSpace(s)
	return s, checkBytes(noBreaks.Replace(s), most)
}

func checkBytes(s string, most int) error {
	switch {
	case len(s) > most:
		return ErrLong
	case !utf8.ValidString(s):
		return ErrNoText
	case strings.ContainsFunc(s, unicode.IsControl):
		return ErrControl
	}
	return nil
}

// onOneLine trims a text and makes a space of each line break and tab inside it:
// addresses are pasted, and a label has one line for them.
func onOneLine(s string) string {
	s = strings.TrimSpace(s)
	if !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	return lineBreak.ReplaceAllLiteralString(s, " ")
}

// fits tells whether a text has at most most characters, which are code points,
// and none that controls.
func fits(s string, most int) bool {
	return checkBytes(s, utf8.UTFMax*most) == nil && utf8.RuneCountInString(s) <= most
}
