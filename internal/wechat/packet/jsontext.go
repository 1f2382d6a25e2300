package packet

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// number reads a number as RFC 8259 writes it and keeps its own digits.
func (s *jsonReader) number() ([]byte, error) {
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
func (s *jsonReader) digits() bool {
	from := s.pos
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.pos++
	}
	return s.pos > from
}

// str reads the string that is the text of v, at its opening quote. One without escapes, as
// nearly all are, is a part of the document and needs no copy; nor does one that is skimmed.
func (s *jsonReader) str(v *Node) ([]byte, error) {
	raw, escapes, err := s.quoted(s.tolerant || v.skimmed)
	if err == nil && escapes && !v.skimmed {
		raw = unescape(make([]byte, 0, len(raw)), raw) // an escape is longer than what it stands for
	}
	return raw, err
}

// name reads the name of a member of an object so deep. What is skimmed may have
// thousands that are escaped, of which none is kept.
func (s *jsonReader) name(depth int) ([]byte, error) {
	raw, escapes, err := s.quoted(s.tolerant || s.scratch != nil)
	if err != nil || !escapes {
		return raw, err
	}
	if s.scratch == nil {
		return unescape(make([]byte, 0, len(raw)), raw), nil
	}
	for _, kept := range s.names {
		if depth == 1 && spells(raw, kept) {
			return []byte(kept), nil
		}
	}
	return nil, nil
}

// spells reports whether a string that escaped has read stands for that text.
func spells(raw []byte, text string) bool {
	for len(raw) > 0 && text != "" {
		r, size := rune(raw[0]), 1
		if r == '\\' {
			if r, size = escape(raw); size == 0 {
				r, size = '\\', 1
			}
		} else if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(raw)
		}
		want, wantSize := utf8.DecodeRuneInString(text)
		if r != want {
			return false
		}
		raw, text = raw[size:], text[wantSize:]
	}
	return len(raw) == 0 && text == ""
}

// quoted reads a string, at its opening quote, and gives it as it is written. tolerant bears
// raw control characters and what only looks like an escape; where the string ends is the
// same either way.
func (s *jsonReader) quoted(tolerant bool) (raw []byte, escapes bool, err error) {
	rest := s.doc[s.pos+1:]
	size := bytes.IndexByte(rest, '"')
	if size < 0 {
		s.pos = len(s.doc)
		return nil, false, s.malformed()
	}
	raw = rest[:size]
	if bytes.IndexByte(raw, '\\') >= 0 {
		raw, err = s.escaped(tolerant)
		return raw, true, err
	}
	if !tolerant && hasControl(raw) {
		return nil, false, s.malformed()
	}
	s.pos += size + 2
	return raw, false, nil
}

// escaped is quoted for a string with escapes.
func (s *jsonReader) escaped(tolerant bool) ([]byte, error) {
	s.pos++
	for from := s.pos; s.pos < len(s.doc); {
		switch c := s.doc[s.pos]; {
		case c == '"':
			s.pos++
			return s.doc[from : s.pos-1], nil
		case c < ' ' && !tolerant:
			return nil, s.malformed()
		case c == '\\':
			_, size := escape(s.doc[s.pos:])
			if size == 0 && !tolerant {
				return nil, s.malformed()
			}
			s.pos += max(size, 1)
		default:
			s.pos++
		}
	}
	return nil, s.malformed()
}

// unescape appends what a string stands for that escaped has read. A backslash that
// escapes nothing stands for itself.
func unescape(b, raw []byte) []byte {
	for {
		size := bytes.IndexByte(raw, '\\')
		if size < 0 {
			return append(b, raw...)
		}
		b = append(b, raw[:size]...)
		r, escaped := escape(raw[size:])
		if escaped == 0 {
			r, escaped = '\\', 1
		}
		b, raw = utf8.AppendRune(b, r), raw[size+escaped:]
	}
}

// escape reads one escape, at its backslash: what it stands for, and its size, or
// 0 where it is none. Half a surrogate pair, which stands for nothing, becomes U+FFFD.
func escape(s []byte) (r rune, size int) {
	if r, size = hexEscape(s); size > 0 {
		if !utf16.IsSurrogate(r) {
			return r, size
		}
		second, more := hexEscape(s[size:])
		if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
			size += more
		}
		return r, size
	}
	const letters, meanings = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if len(s) < 2 {
		return 0, 0
	}
	i := strings.IndexByte(letters, s[1])
	if i < 0 {
		return 0, 0
	}
	return rune(meanings[i]), 2
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
