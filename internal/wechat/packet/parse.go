package packet

import (
	"bytes"
	"errors"
	"unicode/utf8"
)

// MaxDepth is how deep a packet may nest. The deepest that WeChat documents
// (transport_add_order in JSON: root, cargo, goods_detail, goods, an item, its
// good_name) has six levels.
const MaxDepth = 8

var (
	errNotUTF8   = errors.New("the document is not UTF-8")
	errCharacter = errors.New("the XML has a character that XML does not allow")
	errDepth     = errors.New("the document nests deeper than any of WeChat's")
	errRepeated  = errors.New("a member is given twice under one parent")
)

// Parse reads a whole packet, in the format that its first byte shows. No error
// quotes the document. body must not change while the node is used.
func Parse(body []byte) (Node, Format, error) { return read(body, nodes{}) }

// ParseTolerant is Parse for a document whose sender is known. What is wrong with a
// text is no fault of the document: bytes that are no character, and what stands for
// none, are read as U+FFFD; control characters are read as they are; and what only looks like
// a reference or an escape is text. A member that is given twice is there, and is no text,
// object or list any more: Bytes and Tolerant say so.
//
// With an error come the members below the root that were read before the fault.
func ParseTolerant(body []byte) (Node, Format, error) {
	return read(bytes.TrimPrefix(body, byteOrderMark), nodes{tolerant: true})
}

var byteOrderMark = []byte("\ufeff")

// noCharacter is read for bytes that are no character. Each of them is inside a text: none
// of the bytes of a tag, a quote or a bracket is ever a part of a longer character.
var noCharacter = []byte("\ufffd")

// Skim reads the members of those names directly below the root, in either format,
// and builds nothing else: it is for a body that is not authenticated yet. It finds the same
// of them as ParseTolerant, and takes and refuses the same documents, with these
// differences: the text of one that it finds must be as Parse wants it, and none may be given
// twice; and there may be any number of members and items.
func Skim(body []byte, names []string) (Node, Format, error) {
	scratch := scratches.Get().(*[MaxDepth + 1]Node)
	root, format, err := read(bytes.TrimPrefix(body, byteOrderMark), nodes{scratch: scratch, names: names})
	clear(scratch[:]) // or it would keep the document in memory
	scratches.Put(scratch)
	for i := range root.Children {
		if err == nil {
			err = examine(root.Children[i].Text, format)
		}
	}
	if err != nil {
		return Node{}, 0, err
	}
	return root, format, nil
}

// examine holds one text to what Parse asks of all bytes of a document.
func examine(text []byte, f Format) error {
	allowed, ascii := true, false
	if f == XML { // JSON's strings are held to it where they are read
		allowed, ascii, _ = characters(text)
	}
	switch {
	case !ascii && !utf8.Valid(text):
		return errNotUTF8
	case !allowed:
		return errCharacter
	}
	return nil
}

func read(body []byte, n nodes) (root Node, format Format, err error) {
	switch first := trim(body); {
	case len(first) == 0:
		return Node{}, 0, errors.New("the document is empty")
	case first[0] == '<':
		format = XML
	case first[0] == '{':
		format = JSON
	default:
		return Node{}, 0, errors.New("the document starts neither with < nor with {: it is not XML or JSON, or has a byte order mark")
	}
	if format == XML {
		root, err = readXML(body, n)
	} else {
		root, err = readJSON(body, n)
	}
	if err != nil && !n.tolerant {
		return Node{}, 0, err
	}
	return root, format, err
}
