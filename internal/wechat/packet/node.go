package packet

import (
	"bytes"
	"fmt"
	"strconv"
	"unsafe"
)

// WhiteSpace is what XML and JSON both call so. Anything wider is content.
const WhiteSpace = " \t\r\n"

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// Node is one element of a packet, whichever format it came in. Its bytes are
// those of the packet wherever they need no decoding, so the packet must not
// change, and what is kept of a Node must be a copy.
type Node struct {
	Name     []byte // under which it stands; names are case-sensitive
	Kind     Kind
	Bare     bool   // a scalar without quotes (JSON) or CDATA (XML), as numbers are
	skimmed  bool   // its text is not read, so it is not decoded
	repeated bool   // its parent has another member of this name, which only ParseTolerant reads
	Text     []byte // of a scalar
	Children []Node // the members of an object, or the items of a list
}

// Kind is what a Node is made of.
type Kind uint8

// The kinds of nodes.
const (
	Scalar Kind = iota // text, a number, or nothing at all
	Object
	List
)

// Size is how many bytes of memory what is below n takes, without texts.
func (n *Node) Size() int64 {
	size := int64(cap(n.Children)) * int64(unsafe.Sizeof(Node{}))
	for i := range n.Children {
		size += n.Children[i].Size()
	}
	return size
}

// Member returns the member of that name, or nil. A nil Node has none.
func (n *Node) Member(name string) *Node {
	if n == nil || n.Kind != Object {
		return nil
	}
	for i := range n.Children {
		if string(n.Children[i].Name) == name {
			return &n.Children[i]
		}
	}
	return nil
}

// Agree makes a text of a member that is given more than once and each time says the same. It
// reports whether it did. It is for members of which a second one changes nothing.
func (n *Node) Agree(name string) bool {
	first := n.Member(name)
	if first == nil || !first.repeated {
		return false
	}
	for i := range n.Children {
		if m := &n.Children[i]; string(m.Name) == name && (m.Kind != Scalar || !bytes.Equal(m.Text, first.Text)) {
			return false
		}
	}
	first.repeated = false
	return true
}

// Bytes returns the text of a member exactly as received, nothing where it is
// absent or null. Nothing is trimmed, for ids are echoed; where XML lays out white
// space around a CDATA section, the reader has dropped it already.
func (n *Node) Bytes(name string) ([]byte, error) {
	m := n.Member(name)
	if m == nil {
		return nil, nil
	}
	if m.repeated {
		return nil, fmt.Errorf("%s is given twice", name)
	}
	if m.Kind != Scalar {
		return nil, fmt.Errorf("%s is not a text or a number", name)
	}
	return m.Text, nil
}

// Trimmed is Bytes without the white space around the text, for members that are
// compared and never echoed.
func (n *Node) Trimmed(name string) ([]byte, error) {
	b, err := n.Bytes(name)
	return trim(b), err
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
func (n *Node) Integer(name string) (int64, error) {
	b, err := n.Bytes(name)
	if err != nil {
		return 0, err
	}
	b = trim(b)
	i, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil || b[0] == '+' {
		return 0, fmt.Errorf("%s is not a whole number", name)
	}
	return i, nil
}
