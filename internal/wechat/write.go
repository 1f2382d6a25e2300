package wechat

import (
	"strconv"
	"unicode/utf8"
)

// writer appends one packet, member by member, without white space. Written by
// hand because every byte counts here: the order of members, CDATA, no HTML
// escapes, numbers as numbers, and a signature over the result.
type writer struct {
	format Format
	b      []byte
}

func newWriter(f Format, size int) *writer {
	w := &writer{format: f, b: make([]byte, 0, size)}
	if f == JSON {
		w.b = append(w.b, '{')
	} else {
		w.b = append(w.b, "<xml>"...)
	}
	return w
}

// str writes a text member. name is one of ours and needs no escaping.
func (w *writer) str(name, text string) {
	w.begin(name)
	if w.format == JSON {
		w.b = appendJSONText(w.b, text)
	} else {
		w.b = appendCDATA(w.b, text)
	}
	w.finish(name)
}

// begin and finish are for a text that is appended to w.b between them, and has
// nothing to escape in either format.
func (w *writer) begin(name string) {
	w.open(name)
	if w.format == JSON {
		w.b = append(w.b, '"')
	} else {
		w.b = append(w.b, "<![CDATA["...)
	}
}

func (w *writer) finish(name string) {
	if w.format == JSON {
		w.b = append(w.b, '"')
	} else {
		w.b = append(w.b, "]]>"...)
	}
	w.close(name)
}

// num writes a number member, bare in both formats.
func (w *writer) num(name string, n int64) {
	w.open(name)
	w.b = strconv.AppendInt(w.b, n, 10)
	w.close(name)
}

func (w *writer) open(name string) {
	if w.format != JSON {
		w.b = append(append(append(w.b, '<'), name...), '>')
		return
	}
	if len(w.b) > 1 {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), name...), `":`...)
}

func (w *writer) close(name string) {
	if w.format != JSON {
		w.b = append(append(append(w.b, "</"...), name...), '>')
	}
}

func (w *writer) bytes() []byte {
	if w.format == JSON {
		return append(w.b, '}')
	}
	return append(w.b, "</xml>"...)
}

// appendCDATA writes text into a CDATA section so that a parser reads it back.
// ]]> would end the section, so it is spread over two. A parser turns \r into
// \n, also inside CDATA, so \r goes between two sections as a reference. What
// XML cannot carry at all becomes U+FFFD; that never comes from a push in XML.
func appendCDATA(b []byte, text string) []byte {
	done := 0 // text[:done] is written
	for i, r := range text {
		var instead string
		switch {
		case r >= ' ' && r < utf8.RuneSelf && r != '>':
			continue
		case r == '>' && i >= 2 && text[i-2:i] == "]]":
			instead = "]]><![CDATA[>"
		case r == '\r':
			instead = "]]>&#13;<![CDATA["
		case !isCharacter(r) || r == utf8.RuneError: // invalid UTF-8 arrives as U+FFFD
			instead = "\uFFFD"
		default:
			continue
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		b = append(append(b, text[done:i]...), instead...)
		done = i + size
	}
	return append(b, text[done:]...)
}

// appendJSONText escapes what JSON must have escaped and nothing else.
func appendJSONText(b []byte, text string) []byte {
	done := 0 // text[:done] is written
	for i, r := range text {
		if r >= ' ' && r != '"' && r != '\\' && r != utf8.RuneError {
			continue
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		b = appendJSONEscape(append(b, text[done:i]...), r)
		done = i + size
	}
	return append(b, text[done:]...)
}

func appendJSONEscape(b []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	switch r {
	case '"', '\\':
		return append(b, '\\', byte(r))
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	case utf8.RuneError: // invalid UTF-8 arrives as U+FFFD
		return utf8.AppendRune(b, r)
	}
	return append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&0xF])
}
