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
	ErrLost    = errors.New("has U+FFFD, which stands for a character that was lost, or what is no character")

	// ErrSeparator is a list of codes that was written where one belongs.
	ErrSeparator = errors.New("has a comma or a semicolon in it")
)

// CleanID trims white space around an id and reports whether the rest can be an id
// of at most limit bytes. Two ids that were different may be alike where a character was lost.
func CleanID(id string, limit int) (string, error) {
	id = strings.TrimSpace(id)
	if id == "" {
		return "", ErrEmpty
	}
	err := CheckText(id, limit)
	if err == nil && strings.ContainsFunc(id, lost) {
		err = ErrLost
	}
	return id, err
}

// CleanOptionalID is CleanID for an id that may be empty.
func CleanOptionalID(id string, limit int) (string, error) {
	id, err := CleanID(id, limit)
	if id == "" {
		err = nil
	}
	return id, err
}

func lost(r rune) bool { return utf8.RuneError <= r && r <= 0xFFFF }

// CleanCode is CleanID for a code that people write in lists: it has nothing in it that
// they put between two of them, Chinese punctuation included.
func CleanCode(code string, limit int) (string, error) {
	code, err := CleanID(code, limit)
	if err == nil && strings.ContainsAny(code, ",;，；、﹐﹑﹔､") {
		err = ErrSeparator
	}
	return code, err
}

// CleanText is CleanID for a value that may be empty.
func CleanText(s string, limit int) (string, error) {
	s = strings.TrimSpace(s)
	return s, CheckText(s, limit)
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

// unprintable is what no line of text shows: control characters, line breaks, and the two
// characters that no XML document can have. With it goes the white space around it.
var unprintable = regexp.MustCompile(`\pZ*[\p{Cc}\x{2028}\x{2029}\x{FFFE}\x{FFFF}][\pZ\p{Cc}\x{FFFE}\x{FFFF}]*`)

func isUnprintable(r rune) bool {
	return unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || r == 0xFFFE || r == 0xFFFF
}

// OneLine is a text that people read, on one line: it is trimmed, and each line break, tab
// and other control character in it becomes a blank. Such texts are pasted, and nobody decides
// on them: a title with a line break must not cost an order, nor a message a pickup. Ids
// are no such texts.
func OneLine(s string) string {
	if strings.ContainsFunc(s, isUnprintable) {
		s = unprintable.ReplaceAllLiteralString(s, " ")
	}
	return strings.TrimSpace(s)
}
