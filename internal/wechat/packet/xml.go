package packet

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"unicode/utf8"
)

var errNameSpace = errors.New("the XML uses name spaces")

// declared is the only processing instruction that may stand in a packet,
// and only at its start. It is read as XML defines it; encoding/xml looks for
// `version=` and `encoding=` anywhere in it and overlooks what it does not find.
var declared = regexp.MustCompile(`^<\?xml` +
	`[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*("1\.0"|'1\.0')` +
	`([ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*("(?i:utf-8)"|'(?i:utf-8)'))?` +
	`([ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*("yes"|"no"|'yes'|'no'))?` +
	`[ \t\r\n]*\?>`)

// declaration is the one that doc starts with, or nothing. It is short: to match a
// quarter of a million spaces takes 15 ms, as long as to open some thousand pushes.
func declaration(doc []byte) []byte { return declared.Find(doc[:min(len(doc), 256)]) }

// xmlReader reads the XML that WeChat writes and refuses all that it has no
// use for. It exists because encoding/xml takes ten times the time of the
// cryptography around it; the tests compare it with that package.
type xmlReader struct {
	doc     []byte
	pos     int
	returns bool // there are carriage returns in it
	nodes
}

// readXML reads one document with the root element <xml> and nothing after it.
func readXML(doc []byte, n nodes) (Node, error) {
	s := xmlReader{doc: doc, returns: true, nodes: n}
	if n.scratch == nil { // Skim examines what it keeps
		allowed, ascii, returns := characters(doc)
		if !ascii && !utf8.Valid(doc) {
			if !n.tolerant {
				return Node{}, errNotUTF8
			}
			s.doc = bytes.ToValidUTF8(doc, noCharacter)
		}
		if !allowed && !n.tolerant {
			return Node{}, errCharacter
		}
		s.returns = returns || !allowed // where it is not allowed, the others were not made out
	}
	root, err := s.root()
	if err == nil && root.Kind == Scalar && (!root.Bare || !blank(root.Text)) {
		err = errors.New("the XML root holds text, not elements")
	}
	root.Kind, root.Text = Object, nil
	if s.space(); err == nil && s.pos < len(s.doc) {
		err = errors.New("something follows the XML root")
	}
	return root, err
}

// root reads what may stand before the root, and the root.
func (s *xmlReader) root() (Node, error) {
	s.space()
	if s.at("<?xml") {
		s.pos += len(declaration(s.rest())) // if that is nothing, start refuses it
		s.space()
	}
	if s.peek() != '<' {
		return Node{}, errors.New("text before the XML root")
	}
	s.pos++
	name, closed, err := s.start()
	if err != nil {
		return Node{}, err
	}
	if string(name) != "xml" {
		return Node{}, errors.New("the XML root is not <xml>")
	}
	root := Node{Name: name}
	// A member has three of these, or two if its text is bare.
	err = s.element(&root, closed, 1, s.room(bytes.Count(s.doc, []byte("<"))/3))
	return root, err
}

// element reads the content and the end tag of an element whose start tag is
// already read; a closed one has neither. room is for the children.
func (s *xmlReader) element(v *Node, closed bool, depth int, room []Node) error {
	if depth > MaxDepth {
		return errDepth
	}
	if !closed && s.onlySection(v) {
		return nil
	}
	c := content{text: pieces{skimmed: v.skimmed}, children: builder{members: room}}
	for !closed {
		var err error
		from := s.pos
		if s.space(); s.peek() == '<' { // mostly there is nothing but layout
			c.layout = s.doc[from:s.pos]
		} else {
			err = s.run(&c, from)
		}
		if err == nil {
			s.pos++ // the <
			switch s.peek() {
			case '/':
				closed, err = true, s.end(v.Name)
			case '!':
				err = s.cdata(&c)
			default:
				err = s.child(&c.children, depth)
			}
		}
		if err != nil {
			v.Children = c.children.members
			return err
		}
	}
	return c.fill(v)
}

// child reads an element into those of its parent. Equal names make a list
// where each of them has elements of its own or nothing at all, as an item of a
// merchant's list may be empty; a text may stand once.
func (s *xmlReader) child(into *builder, depth int) error {
	name, closed, err := s.start()
	if err != nil {
		return err
	}
	if s.scratch != nil && !s.keeps(name, depth) {
		into.any = true
		return s.element(s.skim(name, depth), closed, depth+1, nil)
	}
	if err := s.one(); err != nil {
		return err
	}
	old := into.find(name)
	if old == nil {
		v := into.add(name)
		err := s.element(v, closed, depth+1, nil)
		if err != nil {
			into.drop(v)
		}
		return err
	}
	if s.scratch != nil {
		return errRepeated
	}
	v := Node{Name: name}
	if err := s.element(&v, closed, depth+1, nil); err != nil {
		return err
	}
	switch {
	case old.repeated:
	case old.Kind == List && v.item():
		old.Children = append(old.Children, v)
		return nil
	case old.Kind != List && old.item() && v.item():
		*old = Node{Name: name, Kind: List, Children: []Node{*old, v}}
		return nil
	}
	if !s.tolerant {
		return errRepeated
	}
	v.repeated = true
	*into.again(old) = v
	return nil
}

// item makes an element an object, if it is one or is empty.
func (v *Node) item() bool {
	if v.Kind == Scalar && v.Bare && blank(v.Text) {
		*v = Node{Name: v.Name, Kind: Object}
	}
	return v.Kind == Object
}

func (s *xmlReader) rest() []byte { return s.doc[s.pos:] }

// peek returns the next byte, 0 at the end: no XML holds one.
func (s *xmlReader) peek() byte {
	if s.pos < len(s.doc) {
		return s.doc[s.pos]
	}
	return 0
}

// at says whether what comes next is that.
func (s *xmlReader) at(what string) bool {
	return len(s.doc)-s.pos >= len(what) && string(s.doc[s.pos:s.pos+len(what)]) == what
}

func (s *xmlReader) skip(what string) bool {
	if !s.at(what) {
		return false
	}
	s.pos += len(what)
	return true
}

func (s *xmlReader) space() {
	for s.pos < len(s.doc) && isSpace(s.doc[s.pos]) {
		s.pos++
	}
}

// malformed says where and quotes nothing: the document is not for the log.
func (s *xmlReader) malformed() error {
	if s.pos >= len(s.doc) {
		return errors.New("the XML ends early")
	}
	return fmt.Errorf("not well-formed XML near byte %d", s.pos)
}
