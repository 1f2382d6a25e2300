package wechat

import "bytes"

// walkable is how many members are searched by walking over them. WeChat's
// packets have a dozen; anybody may send thousands, and for those the walk of
// each new member over all before it would take the square of their number.
const walkable = 32

// usual is more members than a packet of WeChat's has.
const usual = 20

// room is space for n members, as far as a guess at n may cost.
func room(n int) []value { return make([]value, 0, min(n, usual)) }

// builder gathers the members of one object and finds the repeated ones.
type builder struct {
	members []value
	index   map[string]int // of members by name, once they are too many to walk
}

// find returns the member of that name, which stays where it is only until the
// next add, or nil.
func (b *builder) find(name []byte) *value {
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
	if b.index != nil {
		b.index[string(name)] = len(b.members)
	}
	b.members = append(b.members, value{name: name})
	return &b.members[len(b.members)-1]
}
