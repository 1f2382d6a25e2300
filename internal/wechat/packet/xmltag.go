package packet

import (
	"bytes"
	"errors"
)

// start reads a start tag, or one that is closed in itself. Its < is already
// read.
func (s *xmlReader) start() (name []byte, closed bool, err error) {
	if name = s.name(); name == nil {
		return nil, false, s.unwanted()
	}
	if bytes.IndexByte(name, ':') >= 0 {
		return nil, false, errNameSpace
	}
	for {
		s.space()
		switch {
		case s.skip(">"):
			return name, false, nil
		case s.skip("/>"):
			return name, true, nil
		}
		if err := s.attribute(); err != nil {
			return nil, false, err
		}
	}
}

// unwanted refuses what follows a < and is harmless at best.
func (s *xmlReader) unwanted() error {
	switch {
	case s.at("?"):
		return errors.New("the XML has a processing instruction, or is not declared as version 1.0 in UTF-8")
	case s.at("!--"): // it can split a text in two
		return errors.New("the XML has a comment")
	case s.at("!["):
		return errors.New("the XML has a section out of place")
	case s.at("!"): // it can declare entities
		return errors.New("the XML has a DOCTYPE or another declaration")
	}
	return s.malformed()
}

// end reads the end tag that belongs to name.
func (s *xmlReader) end(name []byte) error {
	if s.pos++; bytes.HasPrefix(s.rest(), name) { // skips the /
		s.pos += len(name)
		if s.space(); s.skip(">") {
			return nil
		}
	}
	return s.malformed()
}

// attribute reads what WeChat never sends, to ignore it. Whatever stands there
// must be well-formed, and must not move the element into a name space.
func (s *xmlReader) attribute() error {
	name := s.name()
	if name == nil || bytes.Count(name, []byte(":")) > 1 {
		return s.malformed()
	}
	if s.space(); !s.skip("=") {
		return s.malformed()
	}
	s.space()
	quote := s.peek()
	if quote != '"' && quote != '\'' {
		return s.malformed()
	}
	s.pos++
	size := bytes.IndexByte(s.rest(), quote)
	if size < 0 {
		s.pos = len(s.doc)
		return s.malformed()
	}
	raw := s.rest()[:size]
	if bytes.IndexByte(raw, '<') >= 0 {
		return s.malformed()
	}
	if !referencesHold(raw) {
		return s.malformed()
	}
	if string(name) == "xmlns" && len(raw) > 0 {
		return errNameSpace
	}
	s.pos += size + 1
	return nil
}

// name reads a name as far as ASCII goes, which is as far as WeChat's go, or
// nil where there is none. XML allows letters of most scripts.
func (s *xmlReader) name() []byte {
	rest, size := s.rest(), 0
	for size < len(rest) && inName[rest[size]] {
		size++
	}
	s.pos += size
	if name := rest[:size]; len(name) > 0 && name[0] != '-' && name[0] != '.' && (name[0] < '0' || name[0] > '9') {
		return name
	}
	return nil
}

// inName holds the ASCII characters of names.
var inName = func() (set [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:.-") {
		set[c] = true
	}
	return set
}()
