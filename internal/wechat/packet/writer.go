package packet

import (
	"bytes"
	"encoding/base64"
	"strconv"
)

// Writer appends one packet, member by member, without white space. Written by
// hand because every byte counts here: the order of members, CDATA, no HTML
// escapes, numbers as numbers, and a signature over the result.
type Writer struct {
	format Format
	b      []byte
}

// NewWriter starts a packet for which so many bytes are enough, mostly.
func NewWriter(f Format, size int) Writer {
	w := Writer{format: f, b: make([]byte, 0, size)}
	if f == JSON {
		w.b = append(w.b, '{')
	} else {
		w.b = append(w.b, "<xml>"...)
	}
	return w
}

// Reopen continues a packet of that format behind its last member.
func Reopen(f Format, doc []byte, size int) Writer {
	end := "</xml>"
	if f == JSON {
		end = "}"
	}
	doc = bytes.TrimRight(doc, WhiteSpace)
	doc = bytes.TrimRight(bytes.TrimSuffix(doc, []byte(end)), WhiteSpace)
	return Writer{format: f, b: append(make([]byte, 0, size), doc...)}
}

// Str writes a text member. name is one of ours and needs no escaping. The text is
// appended to a variable: each assignment to w.b costs a write barrier while the
// garbage collector works.
func (w *Writer) Str(name, text string) {
	b := w.appendOpen(w.b, name)
	if w.format == JSON {
		b = append(appendJSONText(append(b, '"'), text), '"')
	} else {
		b = append(appendCDATA(append(b, "<![CDATA["...), text), "]]>"...)
	}
	w.b = w.appendClose(b, name)
}

// StrOmitEmpty is Str for a text that is left out where it is empty.
func (w *Writer) StrOmitEmpty(name, text string) {
	if text != "" {
		w.Str(name, text)
	}
}

// BareStr writes a text member that is bare in XML. WeChat's samples have one such,
// the Token of an order, in what WeChat sends and in what it is answered. To a
// parser it is the same as CDATA; we keep to the samples, byte for byte, and what
// is markup in the text is written as references.
func (w *Writer) BareStr(name, text string) {
	if w.format == JSON {
		w.Str(name, text)
		return
	}
	w.open(name)
	w.b = appendXMLText(w.b, text)
	w.close(name)
}

// Figure writes a figure that came from outside: bare in both formats if it
// looks like a JSON number, else as the text that it is.
func (w *Writer) Figure(name, figure string) {
	if !IsNumber(figure) {
		w.Str(name, figure)
		return
	}
	w.open(name)
	w.b = append(w.b, figure...)
	w.close(name)
}

// FigureOmitEmpty is Figure for one that is left out where it is empty.
func (w *Writer) FigureOmitEmpty(name, figure string) {
	if figure != "" {
		w.Figure(name, figure)
	}
}

// IsNumber reports whether s is a number as JSON writes it.
func IsNumber(s string) bool {
	r := jsonReader{doc: []byte(s)}
	_, err := r.number()
	return err == nil && r.pos == len(s)
}

// Object and EndObject stand around the members of an object.
func (w *Writer) Object(name string) {
	w.open(name)
	if w.format == JSON {
		w.b = append(w.b, '{')
	}
}

func (w *Writer) EndObject(name string) {
	if w.format == JSON {
		w.b = append(w.b, '}')
	}
	w.close(name)
}

// List writes n objects of one name: elements that follow each other in XML.
func (w *Writer) List(name string, n int, members func(i int)) {
	if w.format != JSON {
		for i := range n {
			w.Object(name)
			members(i)
			w.EndObject(name)
		}
		return
	}
	w.open(name)
	w.b = append(w.b, '[')
	for i := range n {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = append(w.b, '{')
		members(i)
		w.b = append(w.b, '}')
	}
	w.b = append(w.b, ']')
}

// Plain writes a text of which the caller knows that neither format escapes anything
// in it, such as hexadecimal digits.
func (w *Writer) Plain(name string, text []byte) {
	w.begin(name)
	w.b = append(w.b, text...)
	w.finish(name)
}

// Base64 writes data as a text, and returns that text as it stands in the packet.
func (w *Writer) Base64(name string, data []byte) []byte {
	w.begin(name)
	from := len(w.b)
	w.b = base64.StdEncoding.AppendEncode(w.b, data)
	text := w.b[from:len(w.b):len(w.b)]
	w.finish(name)
	return text
}

// Bare writes a number that the caller made, bare in both formats.
func (w *Writer) Bare(name string, number []byte) {
	w.b = w.appendClose(append(w.appendOpen(w.b, name), number...), name)
}

func (w *Writer) begin(name string) {
	w.open(name)
	if w.format == JSON {
		w.b = append(w.b, '"')
	} else {
		w.b = append(w.b, "<![CDATA["...)
	}
}

func (w *Writer) finish(name string) {
	if w.format == JSON {
		w.b = append(w.b, '"')
	} else {
		w.b = append(w.b, "]]>"...)
	}
	w.close(name)
}

// Num writes a number member, bare in both formats.
func (w *Writer) Num(name string, n int64) {
	w.b = w.appendClose(strconv.AppendInt(w.appendOpen(w.b, name), n, 10), name)
}

// NumOmitZero is Num for a number that is left out where it is 0.
func (w *Writer) NumOmitZero(name string, n int64) {
	if n != 0 {
		w.Num(name, n)
	}
}

func (w *Writer) open(name string)  { w.b = w.appendOpen(w.b, name) }
func (w *Writer) close(name string) { w.b = w.appendClose(w.b, name) }

// appendOpen and appendClose write what stands before and behind a member.
func (w *Writer) appendOpen(b []byte, name string) []byte {
	if w.format != JSON {
		return append(append(append(b, '<'), name...), '>')
	}
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(append(append(b, '"'), name...), `":`...)
}

func (w *Writer) appendClose(b []byte, name string) []byte {
	if w.format != JSON {
		b = append(append(append(b, "</"...), name...), '>')
	}
	return b
}

// Bytes ends the packet and returns it.
func (w *Writer) Bytes() []byte {
	if w.format == JSON {
		return append(w.b, '}')
	}
	return append(w.b, "</xml>"...)
}
