package packet

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// appendText appends what a text that may be kept means: each of its line ends is a
// \n, and where it is not from a section, each of its references is a character. An
// ampersand that begins none stands for itself, and a number that is no character's for
// U+FFFD; unless the reader is tolerant, referencesHold has found neither.
func appendText(b, raw []byte, section bool) []byte {
	for {
		size := 0
		for size < len(raw) && raw[size] != '\r' && (section || raw[size] != '&') {
			size++
		}
		b = append(b, raw[:size]...)
		if size == len(raw) {
			return b
		}
		if raw[size] == '\r' {
			b, raw = append(b, '\n'), bytes.TrimPrefix(raw[size+1:], []byte("\n"))
			continue
		}
		raw = raw[size:]
		r, size := reference(raw)
		if size == 0 {
			r, size = '&', 1
		}
		b, raw = utf8.AppendRune(b, r), raw[size:]
	}
}

// referencesHold reports whether each reference of a text stands for a character.
func referencesHold(raw []byte) bool {
	for {
		at := bytes.IndexByte(raw, '&')
		if at < 0 {
			return true
		}
		r, size := reference(raw[at:])
		if size == 0 || !isCharacter(r) {
			return false
		}
		raw = raw[at+size:]
	}
}

// named are the five references that XML itself defines.
var named = [...]struct {
	name string
	r    rune
}{{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&apos;", '\''}, {"&quot;", '"'}}

// reference reads one reference, at its ampersand: what it stands for, and its size, or
// 0 where it is none. A number may be no character's.
func reference(s []byte) (r rune, size int) {
	if len(s) < 2 || s[1] != '#' {
		for i := range named {
			if n := &named[i]; len(s) >= len(n.name) && string(s[:len(n.name)]) == n.name {
				return n.r, len(n.name)
			}
		}
		return 0, 0
	}
	from, base := 2, rune(10)
	if len(s) > 2 && s[2] == 'x' {
		from, base = 3, 16
	}
	for size = from; size < len(s); size++ { // there may be any number of zeros
		digit := digitOf(s[size])
		if digit >= base {
			break
		}
		r = min(r*base+digit, utf8.MaxRune+1)
	}
	if size == from || size == len(s) || s[size] != ';' {
		return 0, 0
	}
	return r, size + 1
}

// digitOf is the value of a hexadecimal digit; of what is none, it is too large.
func digitOf(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return 16
}

// isCharacter says whether XML can carry r. Half a surrogate pair passes: as with
// encoding/xml, it ends as U+FFFD when it is encoded.
func isCharacter(r rune) bool {
	return r >= ' ' && r <= utf8.MaxRune && r != 0xFFFE && r != 0xFFFF || r == '\t' || r == '\n' || r == '\r'
}

// characters examines a document, or a text, in one pass: whether all of it is allowed (what
// is not allowed in text is not allowed anywhere else either), is ASCII, and has
// carriage returns. The first answer holds for UTF-8 only, which ASCII is; where it is
// no, the others are not made out.
func characters(doc []byte) (allowed, ascii, returns bool) {
	ascii = true
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; {
		case ' ' <= c && c < utf8.RuneSelf:
			i += printable(doc[i+1:])
		case c == '\r':
			returns = true
		case c < ' ' && !isSpace(c):
			return false, false, false
		case c >= utf8.RuneSelf:
			ascii = false
			if c == 0xEF && i+2 < len(doc) && doc[i+1] == 0xBF && doc[i+2] >= 0xBE { // U+FFFE, U+FFFF
				return false, false, false
			}
		}
	}
	return true, ascii, returns
}

// printable returns how many bytes s starts with that are ASCII from the space on. Of
// the last few it may say nothing, for it looks at many at once: nearly all of a
// packet is such.
func printable(s []byte) int {
	size := len(s)
	for len(s) >= 32 && odd(s[:8])|odd(s[8:16])|odd(s[16:24])|odd(s[24:32]) == 0 {
		s = s[32:]
	}
	for ; len(s) >= 8; s = s[8:] {
		if first := odd(s[:8]); first != 0 {
			return size - len(s) + bits.TrailingZeros64(first)/8
		}
	}
	return size - len(s)
}

// odd has a bit set in the first of eight bytes that is not ASCII from the space on,
// and none if all of them are.
func odd(s []byte) uint64 {
	const each, top = 0x0101010101010101, 0x8080808080808080
	// A byte below the space borrows from its top bit, and at worst from those of
	// the bytes above it, which come later.
	w := binary.LittleEndian.Uint64(s)
	return (w | (w - each*' ')) & top
}

func blank(s []byte) bool {
	for _, c := range s {
		if !isSpace(c) {
			return false
		}
	}
	return true
}
