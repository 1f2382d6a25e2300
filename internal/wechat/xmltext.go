package wechat

import (
	"bytes"
	"errors"
	"slices"
)

const sectionStart = "<![CDATA["

var sectionEnd = []byte("]]>")

// content is what stands between the tags of an element.
type content struct {
	text     pieces
	layout   []byte // white space written as such
	section  bool   // a CDATA section is among it
	children builder
}

// settle makes an element of it.
//
// The text of an element with a CDATA section is what the section holds: white
// space written around the section is layout. Without one, the text is all that
// stands between the tags. White space given as a character reference counts as
// content in both cases, for that is how \r travels.
func (c *content) settle(v *value) error {
	v.bare, v.text = !c.section, c.text.bytes()
	switch {
	case c.children.any:
		if len(v.text) > 0 || c.section {
			return errors.New("text beside elements in XML")
		}
		v.kind, v.children = object, c.children.members
	case len(v.text) == 0 && !c.section:
		v.text = c.layout
	}
	return nil
}

// run reads a text, which starts at from, up to the next tag or section. It is more
// than layout.
func (s *xmlScanner) run(into *content, from int) error {
	size := bytes.IndexByte(s.doc[from:], '<')
	if size < 0 {
		s.pos = len(s.doc)
		return s.malformed()
	}
	raw := s.doc[from : from+size]
	text, ok := expand(raw)
	if !ok || bytes.Contains(raw, sectionEnd) {
		return s.malformed()
	}
	into.text.add(text)
	s.pos = from + size
	return nil
}

// cdata reads a CDATA section, in which everything means what it says. Its < is
// already read.
func (s *xmlScanner) cdata(into *content) error {
	if !s.skip("![CDATA[") {
		return s.unwanted()
	}
	size := bytes.Index(s.rest(), sectionEnd)
	if size < 0 {
		s.pos = len(s.doc)
		return s.malformed()
	}
	into.section = true
	into.text.add(s.rest()[:size])
	s.pos += size + len(sectionEnd)
	return nil
}

// onlySection reads the content and the end tag of an element that holds a CDATA
// section and nothing besides, as nearly all of WeChat's do. Of another it reads
// nothing: that is for run, cdata and end. They would read the same of this one.
func (s *xmlScanner) onlySection(v *value) bool {
	if !s.at(sectionStart) {
		return false
	}
	text := s.rest()[len(sectionStart):]
	size := bytes.IndexByte(text, ']')
	if size < 0 {
		return false
	}
	const end = "]]></"
	after, name := text[size:], len(end)+len(v.name)
	if len(after) <= name || string(after[:len(end)]) != end || !bytes.Equal(after[len(end):name], v.name) || after[name] != '>' {
		return false
	}
	v.text = text[:size]
	s.pos += len(sectionStart) + size + name + 1
	return true
}

// pieces joins the parts of a text. There is nearly always one, which is kept
// where it is; there may be thousands.
type pieces struct{ one, many []byte }

func (p *pieces) add(piece []byte) {
	switch {
	case len(p.one) == 0:
		p.one = piece
	case p.many == nil:
		p.many = slices.Concat(p.one, piece)
	default:
		p.many = append(p.many, piece...)
	}
}

func (p *pieces) bytes() []byte {
	if p.many != nil {
		return p.many
	}
	return p.one
}
