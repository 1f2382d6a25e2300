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
const WhiteSpace = " \t\r\n"

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

var (
	errDepth    = errors.New("the document nests deeper than any of WeChat's")
	errRepeated = errors.New("a member is given twice under one parent")
)

// Node is one element of a packet, whichever format it came in. Its bytes are
// those of the packet wherever they need no decoding, so the packet must not
// change. What leaves the package is a copy: an id that is kept keeps no packet
// in memory, and no password.
type Node struct {
	Name     []byte // under which it stands; names are case-sensitive
	Kind     Kind
	Bare     bool   // a scalar without quotes (JSON) or CDATA (XML), as numbers are
	skimmed  bool   // its text is not read, so it is not decoded
	Text     []byte // of a scalar
	Children []Node // the members of an object, no two of one name, or the items of a list
}

type Kind uint8

const (
	Scalar Kind = iota // text, a number, or nothing at all
	Object
	List
)

// parse reads a whole packet, in the format that its first byte shows. Every
// error is a *Refusal by check, and none quotes the document. body must not change
// while the node is used.
func parse(body []byte, check Check) (*Node, Format, error) {
	root, format, err := parseNode(body, check)
	if err != nil {
		return nil, 0, err
	}
	return &root, format, nil
}

// skim reads the members that identify an envelope, in either format, and builds
// nothing else. It is for a body that is not authenticated yet.
func skim(body []byte, check Check) (Node, Format, error) {
	return readDocument(body, check, skimXML, skimJSON)
}

// parseNode is parse without an allocation for the node.
func parseNode(body []byte, check Check) (Node, Format, error) {
	return readDocument(body, check, parseXML, parseJSON)
}

func readDocument(body []byte, check Check, xml, json func([]byte) (Node, error)) (Node, Format, error) {
	format, read := XML, xml
	switch first := trim(body); {
	case len(first) == 0:
		return Node{}, 0, refuse(check, "the document is empty")
	case first[0] == '<':
	case first[0] == '{':
		format, read = JSON, json
	default:
		return Node{}, 0, refuse(check, "the document starts neither with < nor with {: it is not XML or JSON, or has a byte order mark")
	}
	if !utf8.Valid(body) {
		return Node{}, 0, refuse(check, "the document is not UTF-8")
	}
	root, err := read(body)
	if err != nil {
		return Node{}, 0, refuse(check, "%v", err)
	}
	return root, format, nil
}

// Size is how many bytes of memory what is below v takes, without texts.
func (v *Node) Size() int64 {
	n := int64(cap(v.Children)) * int64(unsafe.Sizeof(Node{}))
	for i := range v.Children {
		n += v.Children[i].Size()
	}
	return n
}

// Member returns the member of that name, or nil. A nil Node has none.
func (v *Node) Member(name string) *Node {
	if v == nil || v.Kind != Object {
		return nil
	}
	for i := range v.Children {
		if string(v.Children[i].Name) == name {
			return &v.Children[i]
		}
	}
	return nil
}

// Bytes returns the text of a member exactly as received, nothing where it is
// absent or null. Ids are echoed to WeChat, so nothing is trimmed here; where XML
// lays out white space around a CDATA section, the parser has dropped it already.
func (v *Node) Bytes(name string, check Check) ([]byte, error) {
	m := v.Member(name)
	if m == nil {
		return nil, nil
	}
	if m.Kind != Scalar {
		return nil, refuse(check, "%s is not a text or a number", name)
	}
	return m.Text, nil
}

// str is a copy of Bytes.
func (v *Node) str(name string, check Check) (string, error) {
	b, err := v.Bytes(name, check)
	return copied(b), err
}

// Word is str for members that are compared and never echoed: the white space
// around them is dropped.
func (v *Node) Word(name string, check Check) (string, error) {
	b, err := v.Bytes(name, check)
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

// trim is bytes.Trim(b, WhiteSpace), which takes longer to set up than most texts
// take to walk over.
func trim(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// Integer returns a member that must be a whole number, quoted or not.
func (v *Node) Integer(name string, check Check) (int64, error) {
	b, err := v.Bytes(name, check)
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
