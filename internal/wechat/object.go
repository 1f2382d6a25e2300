package wechat

import (
	"bytes"
	"errors"
)

// walkable is how many members are searched by walking over them. WeChat's
// packets have a dozen; anybody may send thousands, and for those the walk of
// each new member over all before it would take the square of their number.
const walkable = 32

// usual is more members than a packet of WeChat's has.
const usual = 20

// room is space for n members, as far as a guess at n may cost.
func room(n int) []value { return make([]value, 0, min(n, usual)) }

// maxNodes is how many members and items a packet may have. WeChat's have some
// dozens, and an order of many goods some hundreds.
const maxNodes = 4096

var errNodes = errors.New("the document has more members and items than any of WeChat's")

// nodes is what the readers of both formats share: how much they have built, and
// whether they build at all.
//
// A skimming reader holds a document to its grammar and keeps nothing of it but the
// envelope's members, so that what anybody may send costs no memory. Other members
// may then come twice: nobody looks at them.
type nodes struct {
	built   int
	skim    bool
	scratch [maxDepth + 1]value // what is skimmed, by depth
}

// builder gathers the members of one object and finds the repeated ones.
type builder struct {
	*nodes
	depth   int // of the object
	members []value
	index   map[string]int // of members by name, once they are too many to walk
	any     bool           // there was a member, kept or not
}

// keeps tells whether a member is kept.
func (b *builder) keeps(name []byte) bool {
	return !b.skim || b.depth == 1 && (string(name) == "Encrypt" || string(name) == "MsgType")
}

// find returns the member of that name, which stays where it is only until the
// next add, or nil.
func (b *builder) find(name []byte) *value {
	if !b.keeps(name) {
		return nil
	}
	if len(b.members) <= walkable {
		for i := range b.members {
			if bytes.Equal(b.members[i].name, name) {
				return &b.members[i]
			}
		}
		return nil
	}
	if b.index == nil {
		b.index = make(map[string]int, 2*len(b.members))
		for i := range b.members {
			b.index[string(b.members[i].name)] = i
		}
	}
	if i, ok := b.index[string(name)]; ok {
		return &b.members[i]
	}
	return nil
}

// add appends a member of a name that find did not know, and returns it as find
// does. What is in it is for the caller to fill in: where it lies, for a value is big
// to be carried about.
func (b *builder) add(name []byte) *value {
	b.any = true
	if !b.keeps(name) {
		return b.skimmed(name, b.depth)
	}
	b.built++
	if b.index != nil {
		b.index[string(name)] = len(b.members)
	}
	b.members = append(b.members, value{name: name})
	return &b.members[len(b.members)-1]
}

// skimmed is the place of a member or an item that is not kept.
func (n *nodes) skimmed(name []byte, depth int) *value {
	n.scratch[depth] = value{name: name}
	return &n.scratch[depth]
}

// full tells whether as much was built as may be.
func (n *nodes) full() bool { return n.built > maxNodes }
