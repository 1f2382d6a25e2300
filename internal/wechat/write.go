package wechat

import "strconv"

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

// str writes a text member. name is one of ours and needs no escaping. The text is
// appended to a variable: each time that w.b is set anew, a collector at work wants to
// be told of the pointer.
func (w *writer) str(name, text string) {
	b := w.appendOpen(w.b, name)
	if w.format == JSON {
		b = append(appendJSONText(append(b, '"'), text), '"')
	} else {
		b = append(appendCDATA(append(b, "<![CDATA["...), text), "]]>"...)
	}
	w.b = w.appendClose(b, name)
}

// strAny is str for a text that is not sent where there is none.
func (w *writer) strAny(name, text string) {
	if text != "" {
		w.str(name, text)
	}
}

// text writes a text member that is bare in XML. WeChat's samples have one such,
// the Token of an order, in what WeChat sends and in what it is answered. To a
// parser it is the same as CDATA; we keep to the samples, byte for byte, and what
// is markup in the text is written as references.
func (w *writer) text(name, text string) {
	if w.format == JSON {
		w.str(name, text)
		return
	}
	w.open(name)
	w.b = appendXMLText(w.b, text)
	w.close(name)
}

// figure writes a figure that somebody else wrote: bare in both formats if it
// looks like a JSON number, else as the text that it is.
func (w *writer) figure(name, figure string) {
	if !isNumber(figure) {
		w.str(name, figure)
		return
	}
	w.open(name)
	w.b = append(w.b, figure...)
	w.close(name)
}

// figureAny is figure for one that is not sent where there is none.
func (w *writer) figureAny(name, figure string) {
	if figure != "" {
		w.figure(name, figure)
	}
}

func isNumber(s string) bool {
	scanner := jsonScanner{doc: []byte(s)}
	_, err := scanner.number()
	return err == nil && scanner.pos == len(s)
}

// object and objectEnd stand around the members of an object.
func (w *writer) object(name string) {
	w.open(name)
	if w.format == JSON {
		w.b = append(w.b, '{')
	}
}

func (w *writer) objectEnd(name string) {
	if w.format == JSON {
		w.b = append(w.b, '}')
	}
	w.close(name)
}

// list writes n objects of one name: elements that follow each other in XML.
func (w *writer) list(name string, n int, members func(i int)) {
	if w.format != JSON {
		for i := range n {
			w.object(name)
			members(i)
			w.objectEnd(name)
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
	w.b = w.appendClose(strconv.AppendInt(w.appendOpen(w.b, name), n, 10), name)
}

// numAny is num for a number that is not sent where it is 0.
func (w *writer) numAny(name string, n int64) {
	if n != 0 {
		w.num(name, n)
	}
}

// yuan writes an amount of fen, bare in both formats.
func (w *writer) yuan(name string, fen int64) {
	w.b = w.appendClose(appendYuan(w.appendOpen(w.b, name), fen), name)
}

func (w *writer) open(name string)  { w.b = w.appendOpen(w.b, name) }
func (w *writer) close(name string) { w.b = w.appendClose(w.b, name) }

// appendOpen and appendClose write what stands before and behind a member.
func (w *writer) appendOpen(b []byte, name string) []byte {
	if w.format != JSON {
		return append(append(append(b, '<'), name...), '>')
	}
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(append(append(b, '"'), name...), `":`...)
}

func (w *writer) appendClose(b []byte, name string) []byte {
	if w.format != JSON {
		b = append(append(append(b, "</"...), name...), '>')
	}
	return b
}

func (w *writer) bytes() []byte {
	if w.format == JSON {
		return append(w.b, '}')
	}
	return append(w.b, "</xml>"...)
}
