// Package hostile has the bodies that strangers may send to a push endpoint: one of
// each kind that we could think of, of any size; and texts that are hard on a codec.
// It is for tests, and knows nothing of what reads them.
package hostile

import (
	"strconv"
	"strings"
)

// Shape is a kind of body.
type Shape struct {
	Name             string // as docs/refusals.md has it
	head, unit, tail string // the unit comes as often as it fits; see Body
}

// Shapes are all of them. None is a push, whatever the signature and the ciphertext.
func Shapes() []Shape {
	all := make([]Shape, 0, len(xmlShapes)+len(jsonShapes)+len(otherShapes))
	all = append(all, xmlShapes...)
	all = append(all, jsonShapes...)
	return append(all, otherShapes...)
}

// Body is a body of this shape and of at most size bytes, of which it lacks less than
// a unit. Where the shape has an Encrypt, that is what it says.
func (s Shape) Body(size int, encrypt string) []byte {
	head, tail := strings.ReplaceAll(s.head, "$", encrypt), strings.ReplaceAll(s.tail, "$", encrypt)
	var b strings.Builder
	b.Grow(size)
	b.WriteString(head)
	before, after, numbered := strings.Cut(s.unit, "~")
	for i := 0; ; i++ {
		unit := s.unit
		if numbered {
			unit = before + strconv.Itoa(i) + after
		}
		if b.Len()+len(unit)+len(tail) > size {
			break
		}
		b.WriteString(unit)
	}
	b.WriteString(tail)
	return []byte(b.String())
}

// In head and tail $ stands for the ciphertext, and in a unit ~ for a number that
// comes once.

// otherShapes are neither XML nor JSON.
var otherShapes = []Shape{
	{"spaces only", "", " ", ""},
	{"zeros", "", "\x00", ""},
	{"letters", "", "a", ""},
	{"bytes that are not UTF-8", "", "\xff", ""},
	{"the head of gzip", "\x1f\x8b\x08\x00", "\x00", ""},
	{"a list of JSON, not an object", "[", `{"Encrypt":"x"},`, "0]"},
}
