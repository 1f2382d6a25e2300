package api

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf16"
)

// unpairedSurrogate reports whether valid JSON has a surrogate without its other half.
func unpairedSurrogate(body []byte) bool {
	for i := bytes.IndexByte(body, '\\'); i >= 0; i = bytes.IndexByte(body, '\\') {
		r, size := escape(body[i:])
		body = body[i+size:]
		if !utf16.IsSurrogate(r) {
			continue
		}
		second, size := escape(body)
		if utf16.DecodeRune(r, second) == unicode.ReplacementChar {
			return true
		}
		body = body[size:]
	}
	return false
}

// escape is the character of the \u escape that b begins with, 0 for whatever else
// it begins with, and the bytes that the escape has.
func escape(b []byte) (r rune, size int) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, min(len(b), 2)
	}
	n, _ := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), 6
}
