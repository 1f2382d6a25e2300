package wechat

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// unixLines turns each line end of a document into \n, as XML wants it done
// before anything else.
func unixLines(doc []byte) []byte {
	if bytes.IndexByte(doc, '\r') < 0 {
		return doc
	}
	doc = bytes.ReplaceAll(doc, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(doc, []byte("\r"), []byte("\n"))
}

// expand turns references into what they stand for.
func expand(raw []byte) (text []byte, ok bool) {
	if bytes.IndexByte(raw, '&') < 0 {
		return raw, true
	}
	b := make([]byte, 0, len(raw))
	for {
		before, after, found := bytes.Cut(raw, []byte("&"))
		b = append(b, before...)
		if !found {
			return b, true
		}
		name, rest, found := bytes.Cut(after, []byte(";"))
		r, ok := reference(string(name))
		if !found || !ok {
			return nil, false
		}
		b, raw = utf8.AppendRune(b, r), rest
	}
}

// reference is the character behind what stands between & and ;. There are the
// five names that XML itself defines, and numbers.
func reference(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "apos":
		return '\'', true
	case "quot":
		return '"', true
	}
	digits, ok := strings.CutPrefix(name, "#")
	base := 10
	if hex, isHex := strings.CutPrefix(digits, "x"); isHex {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 64)
	if !ok || err != nil || n > utf8.MaxRune {
		return 0, false
	}
	return rune(n), isCharacter(rune(n))
}

// isCharacter says whether XML can carry r. Half a surrogate pair passes: as with
// encoding/xml, it ends as U+FFFD when it is encoded.
func isCharacter(r rune) bool {
	return r >= ' ' && r != 0xFFFE && r != 0xFFFF || r == '\t' || r == '\n' || r == '\r'
}

// allCharacters asks that of a whole document at once: what is not allowed in
// text is not allowed anywhere else either. doc is UTF-8.
func allCharacters(doc []byte) bool {
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; {
		case ' ' <= c && c < utf8.RuneSelf:
			i += printable(doc[i+1:])
		case c < ' ' && !isSpace(c):
			return false
		case c == 0xEF && doc[i+1] == 0xBF && doc[i+2] >= 0xBE: // U+FFFE, U+FFFF
			return false
		}
	}
	return true
}

// printable says how many bytes s starts with that are ASCII from the space on. Of
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
