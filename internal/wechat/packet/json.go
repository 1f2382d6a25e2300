package packet

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// jsonReader reads one JSON document. It exists because encoding/json, token by
// token, takes ten times the time of the cryptography around it; the tests compare
// it with that package. Into a struct that package would match names in
// any letter case, take the last of two equal members and turn down a number
// where a string is due, which WeChat itself sends.
type jsonReader struct {
	doc []byte
	pos int
	nodes
}

// readJSON reads one object and nothing after it: exact names, no repeats, and
// numbers kept as their own digits, for ids are longer than an int64.
func readJSON(doc []byte, n nodes) (Node, error) {
	if n.scratch == nil && !utf8.Valid(doc) { // Skim examines what it keeps
		if !n.tolerant {
			return Node{}, errNotUTF8
		}
		doc = bytes.ToValidUTF8(doc, noCharacter)
	}
	s := jsonReader{doc: doc, nodes: n}
	if s.space(); s.peek() != '{' {
		return Node{}, errors.New("the JSON is not an object")
	}
	var root Node
	if err := s.object(&root, 1, s.room(bytes.Count(s.doc, []byte(":")))); err != nil { // a member has one
		return root, err
	}
	if s.space(); s.pos < len(s.doc) {
		return root, errors.New("something follows the JSON object")
	}
	return root, nil
}

// node reads what stands behind a name, or in a list, into v, which is empty but
// for the name.
func (s *jsonReader) node(v *Node, depth int) (err error) {
	if depth > MaxDepth {
		return errDepth
	}
	s.space()
	switch s.peek() {
	case '{':
		return s.object(v, depth, nil)
	case '[':
		return s.list(v, depth)
	case '"':
		v.Text, err = s.str(v)
		return err
	case 't':
		v.Text, err = s.literal("true")
	case 'f':
		v.Text, err = s.literal("false")
	case 'n':
		_, err = s.literal("null") // it stands for nothing
	default:
		v.Text, err = s.number()
	}
	v.Bare = true
	return err
}

// object reads an object at its opening brace. room is for the members.
func (s *jsonReader) object(v *Node, depth int, room []Node) error {
	s.pos++
	v.Kind = Object
	if s.space(); s.skip('}') {
		return nil
	}
	b := builder{members: room}
	err := s.members(&b, depth)
	v.Children = b.members
	return err
}

// members reads those of an object, and its closing brace.
func (s *jsonReader) members(into *builder, depth int) error {
	for {
		if s.space(); s.peek() != '"' {
			return s.malformed()
		}
		name, err := s.name(depth)
		if err != nil {
			return err
		}
		if s.space(); !s.skip(':') {
			return s.malformed()
		}
		m, err := s.member(into, name, depth)
		if err == nil {
			err = s.node(m, depth+1)
		}
		if err != nil {
			into.drop(m)
			return err
		}
		if more, err := s.more('}'); !more {
			return err
		}
	}
}

func (s *jsonReader) list(v *Node, depth int) error {
	s.pos++ // the opening bracket
	v.Kind = List
	if s.space(); s.skip(']') {
		return nil
	}
	for {
		item, err := s.item(v, depth)
		if err != nil {
			return err
		}
		if err := s.node(item, depth+1); err != nil {
			return err
		}
		if more, err := s.more(']'); !more {
			return err
		}
	}
}

// item returns the node for a list's next item.
func (s *jsonReader) item(v *Node, depth int) (*Node, error) {
	if s.scratch != nil {
		return s.skim(nil, depth), nil
	}
	v.Children = append(v.Children, Node{})
	return &v.Children[len(v.Children)-1], s.one()
}

// member returns the node for an object's next member.
func (s *jsonReader) member(into *builder, name []byte, depth int) (*Node, error) {
	if s.scratch != nil && !s.keeps(name, depth) {
		return s.skim(name, depth), nil
	}
	if old := into.find(name); old == nil {
		return into.add(name), s.one()
	} else if s.tolerant {
		return into.again(old), s.one()
	}
	return nil, errRepeated
}

// more reads what stands behind a member or an item: a comma, or the end.
func (s *jsonReader) more(end byte) (bool, error) {
	s.space()
	switch {
	case s.skip(','):
		return true, nil
	case s.skip(end):
		return false, nil
	}
	return false, s.malformed()
}

func (s *jsonReader) literal(text string) ([]byte, error) {
	from := s.pos
	if !bytes.HasPrefix(s.doc[from:], []byte(text)) {
		return nil, s.malformed()
	}
	s.pos += len(text)
	return s.doc[from:s.pos], nil
}

// peek returns the next byte, 0 at the end. A 0 in the document is as much out
// of place.
func (s *jsonReader) peek() byte {
	if s.pos < len(s.doc) {
		return s.doc[s.pos]
	}
	return 0
}

func (s *jsonReader) skip(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

func (s *jsonReader) space() {
	for s.pos < len(s.doc) && isSpace(s.doc[s.pos]) {
		s.pos++
	}
}

// malformed says where and quotes nothing: the document is not for the log.
func (s *jsonReader) malformed() error {
	return fmt.Errorf("not well-formed JSON near byte %d", s.pos)
}
