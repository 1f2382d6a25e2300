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
}

// parseJSON reads one object and nothing after it: exact names, no repeats, and
// numbers kept as their own digits, for ids are longer than an int64. doc is
// UTF-8.
func parseJSON(doc []byte) (value, error) {
	s := jsonScanner{doc: doc}
	if s.space(); s.peek() != '{' {
		return value{}, errors.New("the JSON is not an object")
	}
	root, err := s.object(1, room(bytes.Count(s.doc, []byte(":")))) // a member has one
	if err != nil {
		return value{}, err
	}
	if s.space(); s.pos < len(s.doc) {
		return value{}, errors.New("something follows the JSON object")
	}
	return root, nil
}

func (s *jsonScanner) value(depth int) (value, error) {
	if depth > maxDepth {
		return value{}, errDepth
	}
	s.space()
	switch s.peek() {
	case '{':
		return s.object(depth, nil)
	case '[':
		return s.list(depth)
	case '"':
		text, err := s.str()
		return value{text: text}, err
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		_, err := s.literal("null")
		return value{bare: true}, err // it stands for nothing
	}
	return s.number()
}

// object reads an object at its opening brace. room is for the members.
func (s *jsonScanner) object(depth int, room []value) (value, error) {
	s.pos++
	b := builder{members: room}
	if s.space(); s.skip('}') {
		return value{kind: object}, nil
	}
	for {
		if s.space(); s.peek() != '"' {
			return value{}, s.malformed()
		}
		name, err := s.str()
		if err != nil {
			return value{}, err
		}
		if b.find(name) != nil {
			return value{}, errTwice
		}
		if s.space(); !s.skip(':') {
			return value{}, s.malformed()
		}
		v, err := s.value(depth + 1)
		if err != nil {
			return value{}, err
		}
		v.name = name
		b.add(v)
		if more, err := s.more('}'); !more {
			return value{kind: object, children: b.members}, err
		}
	}
}

func (s *jsonScanner) list(depth int) (value, error) {
	s.pos++ // the opening bracket
	v := value{kind: list}
	if s.space(); s.skip(']') {
		return v, nil
	}
	for {
		item, err := s.value(depth + 1)
		if err != nil {
			return value{}, err
		}
		v.children = append(v.children, item)
		if more, err := s.more(']'); !more {
			return v, err
		}
	}
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

func (s *jsonScanner) literal(word string) (value, error) {
	from := s.pos
	if !bytes.HasPrefix(s.doc[from:], []byte(word)) {
		return value{}, s.malformed()
	}
	s.pos += len(word)
	return value{text: s.doc[from:s.pos], bare: true}, nil
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
