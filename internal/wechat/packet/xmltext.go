package packet

import (
	"bytes"
	"errors"
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

// fill makes an element of it.
//
// The text of an element with a CDATA section is what the section holds: white
// space written around the section is layout. Without one, the text is all that
// stands between the tags. White space given as a character reference counts as
// content in both cases, for that is how \r travels.
func (c *content) fill(v *Node) error {
	v.Bare, v.Text = !c.section, c.text.bytes()
	switch {
	case c.children.any:
		v.Kind, v.Children = Object, c.children.members
		if len(v.Text) > 0 || c.section {
			return errors.New("text beside elements in XML")
		}
	case len(v.Text) == 0 && !c.section && len(c.layout) > 0:
		c.text.add(c.layout, bytes.IndexByte(c.layout, '\r') < 0, true)
		v.Text = c.text.bytes()
	}
	return nil
}

// run reads a text, which starts at from, up to the next tag or section. It is more
// than layout.
func (s *xmlReader) run(into *content, from int) error {
	size := bytes.IndexByte(s.doc[from:], '<')
	if size < 0 {
		s.pos = len(s.doc)
		return s.malformed()
	}
	raw := s.doc[from : from+size]
	if into.text.skimmed {
		into.text.one = raw // nobody reads it, but there is a text
		s.pos = from + size
		return nil
	}
	references := bytes.IndexByte(raw, '&') >= 0
	if !s.tolerant && references && !referencesHold(raw) {
		return s.malformed()
	}
	if bytes.Contains(raw, sectionEnd) {
		if !s.tolerant {
			return s.malformed()
		}
		// It came from a text that was put into a section as it was. What the text said is
		// not known any more, and no id has that character.
		raw = bytes.ReplaceAll(raw, sectionEnd, noCharacter)
	}
	into.text.add(raw, !references && s.asIs(raw), false)
	s.pos = from + size
	return nil
}

// asIs reports whether the line ends of a text need no decoding.
func (s *xmlReader) asIs(raw []byte) bool { return !s.returns || bytes.IndexByte(raw, '\r') < 0 }

// cdata reads a CDATA section, in which everything means what it says. Its < is
// already read.
func (s *xmlReader) cdata(into *content) error {
	if !s.skip("![CDATA[") {
		return s.unwanted()
	}
	size := bytes.Index(s.rest(), sectionEnd)
	if size < 0 {
		s.pos = len(s.doc)
		return s.malformed()
	}
	into.section = true
	raw := s.rest()[:size]
	into.text.add(raw, into.text.skimmed || s.asIs(raw), true)
	s.pos += size + len(sectionEnd)
	return nil
}

// onlySection reads the content and the end tag of an element that holds a CDATA
// section and nothing besides, as nearly all of WeChat's do. Of another it reads
// nothing: that is for run, cdata and end. They would read the same of this one.
func (s *xmlReader) onlySection(v *Node) bool {
	if !s.at(sectionStart) {
		return false
	}
	text := s.rest()[len(sectionStart):]
	size := bytes.IndexByte(text, ']')
	if size < 0 {
		return false
	}
	const end = "]]></"
	after, name := text[size:], len(end)+len(v.Name)
	if len(after) <= name || string(after[:len(end)]) != end || !bytes.Equal(after[len(end):name], v.Name) || after[name] != '>' {
		return false
	}
	v.Text = text[:size]
	if !v.skimmed && !s.asIs(v.Text) {
		v.Text = appendText(nil, v.Text, true)
	}
	s.pos += len(sectionStart) + size + name + 1
	return true
}

// pieces joins the parts of a text. There is nearly always one, which is kept
// where it is; there may be thousands. Of what is skimmed, one is enough to know that
// there is a text.
type pieces struct {
	one, many []byte
	skimmed   bool
}

// add adds a part: as is, where it means what it says, or else as appendText has it.
func (p *pieces) add(raw []byte, asIs, section bool) {
	if len(p.one) == 0 && p.many == nil && (asIs || p.skimmed) {
		p.one = raw
	} else if !p.skimmed {
		size := len(p.many) + len(raw)
		if p.many == nil {
			p.many = append(make([]byte, 0, len(p.one)+size), p.one...)
		} else if size > cap(p.many) {
			p.many = append(make([]byte, 0, 2*size), p.many...)
		}
		p.many = appendText(p.many, raw, section)
	}
}

func (p *pieces) bytes() []byte {
	if p.many != nil {
		return p.many
	}
	return p.one
}
