package sandbox

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Into reads what has a fixed shape, and leaves v alone where it is absent.
func (f *Fields) Into(name string, v any) { f.read(name, v, "has another shape than documented") }

// Part returns the object that is a member, or nil.
func (f *Fields) Part(name string, needed bool) *Fields {
	switch {
	case f.Has(name):
		return f.sub(name, f.members[name])
	case needed:
		f.Fail(f.args, name+" is missing")
	}
	return nil
}

// Under is Part for an object whose name hints are to have.
func (f *Fields) Under(name string, needed bool) *Fields {
	p := f.Part(name, needed)
	if p != nil {
		p.at = f.at + name + "."
	}
	return p
}

// List reads the objects of a list. Hints to a member of one name the list if they do
// so for f.
func (f *Fields) List(name string) (list []*Fields) {
	var all []json.RawMessage
	f.Into(name, &all)
	for _, raw := range all {
		p := f.sub(name, raw)
		if f.at != "" {
			p.at = f.at + name + "."
		}
		list = append(list, p)
	}
	return list
}

// sub is the object that is a member, or one of its items.
func (f *Fields) sub(name string, raw json.RawMessage) *Fields {
	p := &Fields{args: f.args, TooLong: f.TooLong, failure: f.failure}
	if json.Unmarshal(raw, &p.members) != nil {
		f.Fail(CodeFormat, name+" must be an object")
	}
	return p
}

// Length is how many characters a member has as JSON, without white space.
func (f *Fields) Length(name string) int {
	var b bytes.Buffer
	if json.Compact(&b, f.members[name]) != nil {
		return 0
	}
	return utf8.RuneCount(b.Bytes())
}
