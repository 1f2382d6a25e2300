package wechat

import (
	"bytes"
	"encoding/binary"
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
	for i := 0; i < len(doc); {
		if printable(doc[i:]) {
			i += 8
			continue
		}
		for end := min(i+8, len(doc)); i < end; i++ {
			switch c := doc[i]; {
			case c < ' ' && !isSpace(c):
				return false
			case c == 0xEF && doc[i+1] == 0xBF && doc[i+2] >= 0xBE: // U+FFFE, U+FFFF
				return false
			}
		}
	}
	return true
}

// printable says whether s starts with eight bytes of ASCII from the space on. It
// looks at all of them at once, for nearly all of a packet is such.
func printable(s []byte) bool {
	const each, top = 0x0101010101010101, 0x8080808080808080
	if len(s) < 8 {
		return false
	}
	// A byte below the space borrows from its top bit. At worst that makes a
	// byte above it look like one too.
	w := binary.LittleEndian.Uint64(s)
	return (w|(w-each*' '))&top == 0
}

func blank(s []byte) bool {
	for _, c := range s {
		if !isSpace(c) {
			return false
		}
	}
	return true
}
