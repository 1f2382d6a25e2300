package wechat

import (
	"bytes"
	"errors"
	"fmt"
)

// jsonScanner reads one JSON document. It exists because encoding/json, token by
// token, takes ten times the time of the cryptography around it; the tests hold
// it to what that package reads. Into a struct that package would match names in
// any letter case, take the last of two equal members and turn down a number
// where a string is due, which WeChat itself sends.
type jsonScanner struct {
	doc []byte
	pos int
	nodes
}

// parseJSON reads one object and nothing after it: exact names, no repeats, and
// numbers kept as their own digits, for ids are longer than an int64. doc is
// UTF-8.
func parseJSON(doc []byte) (value, error) { return readJSON(jsonScanner{doc: doc}) }

// skimJSON reads no more of it than an envelope has.
func skimJSON(doc []byte) (value, error) {
	n := skimming()
	defer n.end()
	return readJSON(jsonScanner{doc: doc, nodes: n})
}

func readJSON(s jsonScanner) (value, error) {
	if s.space(); s.peek() != '{' {
		return value{}, errors.New("the JSON is not an object")
	}
	var root value
	if err := s.object(&root, 1, room(bytes.Count(s.doc, []byte(":")))); err != nil { // a member has one
		return value{}, err
	}
	if s.space(); s.pos < len(s.doc) {
		return value{}, errors.New("something follows the JSON object")
	}
	return root, nil
}

// value reads what stands behind a name, or in a list, into v, which is empty but
// for the name.
func (s *jsonScanner) value(v *value, depth int) (err error) {
	if depth > maxDepth {
		return errDepth
	}
	s.space()
	switch s.peek() {
	case '{':
		return s.object(v, depth, nil)
	case '[':
		return s.list(v, depth)
	case '"':
		v.text, err = s.str(!v.skimmed)
		return err
	case 't':
		v.text, err = s.literal("true")
	case 'f':
		v.text, err = s.literal("false")
	case 'n':
		_, err = s.literal("null") // it stands for nothing
	default:
		v.text, err = s.number()
	}
	v.bare = true
	return err
}

// object reads an object at its opening brace. room is for the members.
func (s *jsonScanner) object(v *value, depth int, room []value) error {
	s.pos++
	v.kind = object
	if s.space(); s.skip('}') {
		return nil
	}
	b := builder{members: room}
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
		m, err := s.member(&b, name, depth)
		if err != nil {
			return err
		}
		if err := s.value(m, depth+1); err != nil {
			return err
		}
		if more, err := s.more('}'); !more {
			v.children = b.members
			return err
		}
	}
}

func (s *jsonScanner) list(v *value, depth int) error {
	s.pos++ // the opening bracket
	v.kind = list
	if s.space(); s.skip(']') {
		return nil
	}
	for {
		item, err := s.item(v, depth)
		if err != nil {
			return err
		}
		if err := s.value(item, depth+1); err != nil {
			return err
		}
		if more, err := s.more(']'); !more {
			return err
		}
	}
}

// item is the place of a list's next item.
func (s *jsonScanner) item(v *value, depth int) (*value, error) {
	if s.scratch != nil {
		return s.skim(nil, depth), nil
	}
	v.children = append(v.children, value{})
	return &v.children[len(v.children)-1], s.one()
}

// member is the place of an object's next member.
func (s *jsonScanner) member(into *builder, name []byte, depth int) (*value, error) {
	if !s.keeps(name, depth) {
		return s.skim(name, depth), nil
	}
	if into.find(name) != nil {
		return nil, errTwice
	}
	return into.add(name), s.one()
}

// more reads what stands behind a member or an item: a comma, or the end.
func (s *jsonScanner) more(end byte) (bool, error) {
	s.space()
	switch {
	case s.skip(','):
		return true, nil
	case s.skip(end):
		return false, nil
	}
	return false, s.malformed()
}

func (s *jsonScanner) literal(word string) ([]byte, error) {
	from := s.pos
	if !bytes.HasPrefix(s.doc[from:], []byte(word)) {
		return nil, s.malformed()
	}
	s.pos += len(word)
	return s.doc[from:s.pos], nil
}

// peek returns the next byte, 0 at the end. A 0 in the document is as much out
// of place.
func (s *jsonScanner) peek() byte {
	if s.pos < len(s.doc) {
		return s.doc[s.pos]
	}
	return 0
}

func (s *jsonScanner) skip(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

func (s *jsonScanner) space() {
	for s.pos < len(s.doc) && isSpace(s.doc[s.pos]) {
		s.pos++
	}
}

// malformed tells where, and not what: the document is not for the log.
func (s *jsonScanner) malformed() error {
	return fmt.Errorf("not well-formed JSON near byte %d", s.pos)
}
