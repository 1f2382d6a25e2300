package packet

import (
	"fmt"
	"slices"
	"strconv"
)

// Strict reads a document that excuses nothing: each member that is read must be
// there and of its type, and none besides. It keeps the first fault.
type Strict struct {
	doc    *Node
	format Format
	names  []string // of the members that were read
	err    error    // the first fault
}

// NewStrict is for a document that came in that format.
func NewStrict(doc *Node, f Format) Strict { return Strict{doc: doc, format: f} }

// Str reads a text. In XML it may be bare.
func (s *Strict) Str(name string) string {
	m := s.Member(name)
	if m == nil {
		return ""
	}
	if s.format == JSON && m.Bare {
		s.Fail("%s is not a string", name)
	}
	return string(m.Text)
}

// Num reads a bare whole number.
func (s *Strict) Num(name string) int64 {
	m := s.Member(name)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseInt(string(m.Text), 10, 64)
	if err != nil || !m.Bare || m.Text[0] == '+' {
		s.Fail("%s is not a bare whole number", name)
	}
	return n
}

// Member is a scalar whose type the caller checks; nil, and a fault, where there is
// none.
func (s *Strict) Member(name string) *Node {
	s.names = append(s.names, name)
	m := s.doc.Member(name)
	if m == nil || m.Kind != Scalar {
		s.Fail("%s is missing or not a scalar", name)
		return nil
	}
	return m
}

// Absent reports that a member is not there, which is then no fault. The member
// counts as read either way.
func (s *Strict) Absent(name string) bool {
	s.names = append(s.names, name)
	return s.doc.Member(name) == nil
}

// OptionalStr is Str for a text that may be absent, and is "" then.
func (s *Strict) OptionalStr(name string) string {
	if s.Absent(name) {
		return ""
	}
	return s.Str(name)
}

// OptionalNum is Num for a number that may be absent, and is 0 then.
func (s *Strict) OptionalNum(name string) int64 {
	if s.Absent(name) {
		return 0
	}
	return s.Num(name)
}

// Fail keeps a fault that the caller found, if it is the first one.
func (s *Strict) Fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
	}
}

// Done returns the first fault, or that there is a member that was not read.
func (s *Strict) Done() error {
	for _, m := range s.doc.Children {
		if !slices.Contains(s.names, string(m.Name)) {
			s.Fail("the reply has a member that WeChat does not document")
		}
	}
	return s.err
}
