package wechat

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep a packet may nest. The deepest that WeChat documents
// (add_waybill: root, Cargo, DetailList, an item, its Name) has five levels.
const maxDepth = 8

// What XML and JSON both call white space. Anything wider is content.
const whiteSpace = " \t\r\n"

var (
	errDepth = errors.New("the document nests deeper than any of WeChat's")
	errTwice = errors.New("a member is given twice under one parent")
)

// value is one element of a packet, whichever format it came in.
type value struct {
	kind    kind
	text    string            // of a scalar
	bare    bool              // a scalar without quotes (JSON) or CDATA (XML), as numbers are
	members map[string]*value // of an object; names are case-sensitive
	items   []*value          // of a list
}

type kind uint8

const (
	scalar kind = iota // text, a number, or nothing at all
	object
	list
)

// parse reads a whole packet, in the format that its first byte shows. Every
// error is a *Refusal by check, and none quotes the document.
func parse(doc []byte, check Check) (*value, Format, error) {
	format, read := XML, parseXML
	switch first := bytes.TrimLeft(doc, whiteSpace); {
	case len(first) == 0:
		return nil, 0, refuse(check, "the document is empty")
	case first[0] == '<':
	case first[0] == '{':
		format, read = JSON, parseJSON
	default:
		return nil, 0, refuse(check, "the document starts neither with < nor with {: it is not XML or JSON, or has a byte order mark")
	}
	if !utf8.Valid(doc) {
		return nil, 0, refuse(check, "the document is not UTF-8")
	}
	root, err := read(doc)
	if err != nil {
		return nil, 0, refuse(check, "%v", err)
	}
	return root, format, nil
}

// str returns the text of a member exactly as received, "" where it is absent
// or null. Ids are echoed to WeChat, so nothing is trimmed here; where XML lays
// out white space around a CDATA section, the parser has dropped it already.
func (v *value) str(name string, check Check) (string, error) {
	m := v.members[name]
	if m == nil {
		return "", nil
	}
	if m.kind != scalar {
		return "", refuse(check, "%s is not a text or a number", name)
	}
	return m.text, nil
}

// word is str for members that are compared and never echoed: the white space
// around them is dropped.
func (v *value) word(name string, check Check) (string, error) {
	s, err := v.str(name, check)
	return strings.Trim(s, whiteSpace), err
}

// integer returns a member that must be a whole number, quoted or not.
func (v *value) integer(name string, check Check) (int64, error) {
	s, err := v.word(name, check)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || s[0] == '+' {
		return 0, refuse(check, "%s is not a whole number", name)
	}
	return n, nil
}
