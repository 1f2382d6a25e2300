package wechat

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// number reads a number as RFC 8259 writes it and keeps its own digits.
func (s *jsonScanner) number() ([]byte, error) {
	from := s.pos
	s.skip('-')
	ok := s.skip('0') || s.digits()
	if ok && s.skip('.') {
		ok = s.digits()
	}
	if ok && (s.skip('e') || s.skip('E')) {
		if !s.skip('+') {
			s.skip('-')
		}
		ok = s.digits()
	}
	if !ok {
		return nil, s.malformed()
	}
	return s.doc[from:s.pos], nil
}

// digits reads one or more.
func (s *jsonScanner) digits() bool {
	from := s.pos
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.pos++
	}
	return s.pos > from
}

// str reads a string, at its opening quote. One without escapes, as nearly all
// are, is a part of the document and needs no copy.
func (s *jsonScanner) str() ([]byte, error) {
	rest := s.doc[s.pos+1:]
	size := bytes.IndexByte(rest, '"')
	if size < 0 {
		s.pos = len(s.doc)
		return nil, s.malformed()
	}
	text := rest[:size]
	if bytes.IndexByte(text, '\\') >= 0 {
		return s.escaped()
	}
	if hasControl(text) {
		return nil, s.malformed()
	}
	s.pos += size + 2
	return text, nil
}

// escaped reads a string, at its opening quote, with escapes in it.
func (s *jsonScanner) escaped() ([]byte, error) {
	s.pos++
	b := []byte{}
	for {
		size := bytes.IndexAny(s.doc[s.pos:], `"\`)
		if size < 0 || hasControl(s.doc[s.pos:s.pos+size]) {
			return nil, s.malformed()
		}
		b = append(b, s.doc[s.pos:s.pos+size]...)
		s.pos += size
		if s.skip('"') {
			return b, nil
		}
		r, ok := s.escape()
		if !ok {
			return nil, s.malformed()
		}
		b = utf8.AppendRune(b, r)
	}
}

// escape reads one escape, at its backslash. Half a surrogate pair, which stands
// for nothing, becomes U+FFFD.
func (s *jsonScanner) escape() (rune, bool) {
	if r, size := hexEscape(s.doc[s.pos:]); size > 0 {
		s.pos += size
		if !utf16.IsSurrogate(r) {
			return r, true
		}
		second, size := hexEscape(s.doc[s.pos:])
		r = utf16.DecodeRune(r, second)
		if r != utf8.RuneError {
			s.pos += size
		}
		return r, true
	}
	if s.pos++; s.pos == len(s.doc) {
		return 0, false
	}
	const letters, meanings = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	i := strings.IndexByte(letters, s.doc[s.pos])
	if i < 0 {
		return 0, false
	}
	s.pos++
	return rune(meanings[i]), true
}

// hexEscape reads \u and four digits, or nothing.
func hexEscape(s []byte) (r rune, size int) {
	if len(s) < 6 || string(s[:2]) != `\u` {
		return 0, 0
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	if err != nil {
		return 0, 0
	}
	return rune(n), 6
}

// hasControl says whether there is a character that JSON wants escaped.
func hasControl(s []byte) bool {
	for _, c := range s[printable(s):] {
		if c < ' ' {
			return true
		}
	}
	return false
}
