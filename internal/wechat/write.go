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
	w.open(name)
	if w.format == JSON {
		w.b = appendJSONString(w.b, text)
	} else {
		w.b = appendCDATA(w.b, text)
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

// appendCDATA writes text so that a parser reads it back. ]]> would end the
// section, so it is spread over two. A parser turns \r into \n, also inside
// CDATA, so \r goes between two sections as a reference. What XML cannot carry
// at all becomes U+FFFD; that never comes from a push in XML.
func appendCDATA(b []byte, text string) []byte {
	b = append(b, "<![CDATA["...)
	for i, r := range text { // invalid UTF-8 arrives as U+FFFD
		switch {
		case r == '>' && i >= 2 && text[i-2:i] == "]]":
			b = append(b, "]]><![CDATA[>"...)
		case r == '\r':
			b = append(b, "]]>&#13;<![CDATA["...)
		case r < ' ' && r != '\t' && r != '\n', r == 0xFFFE, r == 0xFFFF:
			b = utf8.AppendRune(b, utf8.RuneError)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, "]]>"...)
}

// appendJSONString escapes what JSON must have escaped and nothing else.
func appendJSONString(b []byte, text string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range text {
		switch {
		case r == '"', r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ':
			b = append(b, `\u00`...)
			b = append(b, hex[r>>4], hex[r&0xF])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
