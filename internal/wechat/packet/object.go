package packet

import (
	"bytes"
	"errors"
	"sync"
)

// walkable is how many members are searched by walking over them. WeChat's
// packets have a dozen; a stranger may send thousands, and for those the walk of
// each new member over all before it would take the square of their number.
const walkable = 32

// usual is more members than a packet of WeChat's has.
const usual = 20

// maxNodes is how many members and items a packet may have. WeChat's have some
// dozens, and an order of many goods some hundreds.
const maxNodes = 4096

var errNodes = errors.New("the document has more members and items than any of WeChat's")

// nodes is what the readers of both formats share: how much they have built, and
// whether they build at all, or bear what Parse refuses.
//
// A skimming reader checks the grammar of a document and keeps nothing of it but a few
// members, so that a stranger's body costs no memory. Other members may then come
// twice, and their texts hold what bytes they will: they are not read.
type nodes struct {
	built    int
	tolerant bool                // see ParseTolerant
	scratch  *[MaxDepth + 1]Node // what is skimmed, by depth; nil: everything is kept
	names    []string            // of the members below the root that a skimming reader keeps
}

// scratches are used again: each push that is sealed takes one, for a moment.
var scratches = sync.Pool{New: func() any { return new([MaxDepth + 1]Node) }}

// room is space for the root's members, of which there may be so many, as far as a
// guess may cost.
func (n *nodes) room(members int) []Node {
	if n.scratch != nil {
		return make([]Node, 0, len(n.names))
	}
	return make([]Node, 0, min(members, usual))
}

// keeps reports whether a skimming reader keeps a member of an object at that depth.
func (n *nodes) keeps(name []byte, depth int) bool {
	for _, kept := range n.names {
		if depth == 1 && string(name) == kept {
			return true
		}
	}
	return false
}

// skim returns the node for a member or an item that is not kept.
func (n *nodes) skim(name []byte, depth int) *Node {
	n.scratch[depth] = Node{Name: name, skimmed: true}
	return &n.scratch[depth]
}

// one counts a member or an item that is kept.
func (n *nodes) one() error {
	if n.built++; n.built > maxNodes {
		return errNodes
	}
	return nil
}

// builder gathers the members of one object and finds the repeated ones.
type builder struct {
	members []Node
	index   map[string]int // of members by name, once they are too many to walk
	any     bool           // there was a member, kept or not
}

// find returns the member of that name, which stays where it is only until the
// next add, or nil.
func (b *builder) find(name []byte) *Node {
	if len(b.members) <= walkable {
		for i := range b.members {
			if bytes.Equal(b.members[i].Name, name) {
				return &b.members[i]
			}
		}
		return nil
	}
	if b.index == nil {
		b.index = make(map[string]int, 2*len(b.members))
		for i := range b.members {
			b.index[string(b.members[i].Name)] = i
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
func (b *builder) add(name []byte) *Node {
	b.any = true
	if b.index != nil {
		b.index[string(name)] = len(b.members)
	}
	b.members = append(b.members, Node{Name: name})
	return &b.members[len(b.members)-1]
}

// again appends another member of a name that find knew. old stays where it is only until
// then.
func (b *builder) again(old *Node) *Node {
	old.repeated = true
	b.members = append(b.members, Node{Name: old.Name, repeated: true})
	return &b.members[len(b.members)-1]
}

// drop takes back the last member, which could not be read, if it is m.
func (b *builder) drop(m *Node) {
	if last := len(b.members) - 1; last >= 0 && m == &b.members[last] {
		b.members = b.members[:last]
	}
}
