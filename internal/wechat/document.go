package wechat

import (
	"errors"
	"strconv"
	"unicode/utf8"
	"unsafe"
)

// maxDepth is how deep a packet may nest. The deepest that WeChat documents
// (transport_add_order in JSON: root, cargo, goods_detail, goods, an item, its
// good_name) has six levels.
const maxDepth = 8

// What XML and JSON both call white space. Anything wider is content.
const whiteSpace = " \t\r\n"

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

var (
	errDepth = errors.New("the document nests deeper than any of WeChat's")
	errTwice = errors.New("a member is given twice under one parent")
)

// value is one element of a packet, whichever format it came in. Its bytes are
// those of the packet wherever they mean what they say, so the packet must stay
// as it is. What leaves the package is a copy: an id that is kept keeps no packet
// in memory, and no password.
type value struct {
	name     []byte // under which it stands; names are case-sensitive
	kind     kind
	bare     bool    // a scalar without quotes (JSON) or CDATA (XML), as numbers are
	skimmed  bool    // nobody looks at its text, which is not made out
	text     []byte  // of a scalar
	children []value // the members of an object, no two of one name, or the items of a list
}

type kind uint8

const (
	scalar kind = iota // text, a number, or nothing at all
	object
	list
)

// parse reads a whole packet, in the format that its first byte shows. Every
// error is a *Refusal by check, and none quotes the document. body must not change
// while the value is used.
func parse(body []byte, check Check) (*value, Format, error) {
	root, format, err := parseValue(body, check)
	if err != nil {
		return nil, 0, err
	}
	return &root, format, nil
}

// skim reads of an envelope, in whichever format, the members that it is known by.
// It is for what nobody has vouched for yet, and builds nothing else.
func skim(body []byte, check Check) (value, Format, error) {
	return readValue(body, check, skimXML, skimJSON)
}

// parseValue is parse for who has a place for the value.
func parseValue(body []byte, check Check) (value, Format, error) {
	return readValue(body, check, parseXML, parseJSON)
}

func readValue(body []byte, check Check, xml, json func([]byte) (value, error)) (value, Format, error) {
	format, read := XML, xml
	switch first := trim(body); {
	case len(first) == 0:
		return value{}, 0, refuse(check, "the document is empty")
	case first[0] == '<':
	case first[0] == '{':
		format, read = JSON, json
	default:
		return value{}, 0, refuse(check, "the document starts neither with < nor with {: it is not XML or JSON, or has a byte order mark")
	}
	if !utf8.Valid(body) {
		return value{}, 0, refuse(check, "the document is not UTF-8")
	}
	root, err := read(body)
	if err != nil {
		return value{}, 0, refuse(check, "%v", err)
	}
	return root, format, nil
}

// size is how many bytes of memory what is below v takes, without texts.
func (v *value) size() int64 {
	n := int64(cap(v.children)) * int64(unsafe.Sizeof(value{}))
	for i := range v.children {
		n += v.children[i].size()
	}
	return n
}

// member returns the member of that name, or nil.
func (v *value) member(name string) *value {
	if v.kind != object {
		return nil
	}
	for i := range v.children {
		if string(v.children[i].name) == name {
			return &v.children[i]
		}
	}
	return nil
}

// bytes returns the text of a member exactly as received, nothing where it is
// absent or null. Ids are echoed to WeChat, so nothing is trimmed here; where XML
// lays out white space around a CDATA section, the parser has dropped it already.
func (v *value) bytes(name string, check Check) ([]byte, error) {
	m := v.member(name)
	if m == nil {
		return nil, nil
	}
	if m.kind != scalar {
		return nil, refuse(check, "%s is not a text or a number", name)
	}
	return m.text, nil
}

// str is a copy of bytes.
func (v *value) str(name string, check Check) (string, error) {
	b, err := v.bytes(name, check)
	return copied(b), err
}

// word is str for members that are compared and never echoed: the white space
// around them is dropped.
func (v *value) word(name string, check Check) (string, error) {
	b, err := v.bytes(name, check)
	return copied(trim(b)), err
}

// copied is string(b). What every push says need not be copied.
func copied(b []byte) string {
	switch string(b) {
	case "event":
		return "event"
	case EventCancelWaybill:
		return EventCancelWaybill
	case EventAddWaybill:
		return EventAddWaybill
	case EventAddOrder:
		return EventAddOrder
	case EventReaddOrder:
		return EventReaddOrder
	case EventPrecreateOrder:
		return EventPrecreateOrder
	case EventCancelOrder:
		return EventCancelOrder
	case EventQueryOrder:
		return EventQueryOrder
	}
	return string(b)
}

// trim is bytes.Trim(b, whiteSpace), which takes longer to get ready than most of
// our texts to walk.
func trim(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// integer returns a member that must be a whole number, quoted or not.
func (v *value) integer(name string, check Check) (int64, error) {
	b, err := v.bytes(name, check)
	if err != nil {
		return 0, err
	}
	b = trim(b)
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil || b[0] == '+' {
		return 0, refuse(check, "%s is not a whole number", name)
	}
	return n, nil
}
