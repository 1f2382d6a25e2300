package packet

import "unicode/utf8"

// appendCDATA writes text into a CDATA section so that a parser reads it back.
// ]]> would end the section, so it is spread over two. A parser turns \r into
// \n, also inside CDATA, so \r goes between two sections as a reference. What
// XML cannot carry at all becomes U+FFFD; that never comes from a push in XML.
func appendCDATA(b []byte, text string) []byte {
	done := 0 // text[:done] is written
	for i := 0; i < len(text); {
		if c := text[i]; c >= ' ' && c < utf8.RuneSelf && c != '>' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		var instead string
		switch {
		case r == '>' && i >= 2 && text[i-2:i] == "]]":
			instead = "]]><![CDATA[>"
		case r == '\r':
			instead = "]]>&#13;<![CDATA["
		case !isCharacter(r) || r == utf8.RuneError: // invalid UTF-8 arrives as U+FFFD
			instead = "\uFFFD"
		}
		if instead != "" {
			b = append(append(b, text[done:i]...), instead...)
			done = i + size
		}
		i += size
	}
	return append(b, text[done:]...)
}

// appendXMLText writes text as it stands between tags without a CDATA section, so
// that a parser reads it back. See appendCDATA for \r and for what XML lacks.
func appendXMLText(b []byte, text string) []byte {
	done := 0 // text[:done] is written
	for i, r := range text {
		var instead string
		switch {
		case r == '&':
			instead = "&amp;"
		case r == '<':
			instead = "&lt;"
		case r == '>':
			instead = "&gt;"
		case r == '\r':
			instead = "&#13;"
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
	for i := 0; i < len(text); {
		if c := text[i]; c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r < utf8.RuneSelf || r == utf8.RuneError {
			b = appendJSONEscape(append(b, text[done:i]...), r)
			done = i + size
		}
		i += size
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
