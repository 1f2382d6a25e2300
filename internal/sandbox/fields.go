package sandbox

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"carrierhook/internal/input"
)

// The longest texts, in bytes. They are ample.
const (
	MaxID   = 128
	MaxText = 1024
)

// Fields reads the members of a JSON object and remembers the first thing that is
// wrong in the whole request. Names are exact (encoding/json would take any letter
// case), a number is no text, and unknown members are ignored.
type Fields struct {
	members map[string]json.RawMessage
	at      string    // what hints put before a member's name
	args    Code      // for a wrong value
	TooLong Code      // for a text that is too long
	failure **Failure // of the request, for all its parts
}

// parseFields reads a whole body.
func parseFields(body []byte, args Code) (*Fields, *Failure) {
	if len(body) == 0 {
		return nil, Fail(codeEmptyBody, "")
	}
	f := &Fields{args: args, TooLong: args, failure: new(*Failure)}
	if !utf8.Valid(body) {
		return nil, Fail(CodeFormat, "the body is not UTF-8")
	}
	if err := json.Unmarshal(body, &f.members); err != nil || f.members == nil {
		return nil, Fail(CodeFormat, "the body is not one JSON object")
	}
	return f, nil
}

// Failure is what is wrong with the request, nil for nothing.
func (f *Fields) Failure() *Failure { return *f.failure }

// Fail notes what is wrong with a member: hint begins with its name. The first failure
// counts, but what has the wrong type goes before what has the wrong value.
func (f *Fields) Fail(code Code, hint string) {
	if hint != "" {
		hint = f.at + hint
	}
	if old := *f.failure; old == nil || code == CodeFormat && old.Code != CodeFormat {
		*f.failure = Fail(code, hint)
	}
}

// Has tells whether a member is there and neither null nor an empty text: programs write
// both for what nobody set.
func (f *Fields) Has(name string) bool {
	raw, ok := f.members[name]
	return ok && string(raw) != "null" && string(raw) != `""`
}

// read reads a member into v, which stays as it is where there is none.
func (f *Fields) read(name string, v any, hint string) bool {
	if !f.Has(name) {
		return false
	}
	if json.Unmarshal(f.members[name], v) != nil {
		f.Fail(CodeFormat, name+" "+hint)
		return false
	}
	return true
}

// Flag reads a boolean, false where it is absent.
func (f *Fields) Flag(name string) (b bool) {
	f.read(name, &b, "must be a boolean")
	return b
}

// Text reads a text of up to limit bytes, "" where it is absent.
func (f *Fields) Text(name string, limit int) (s string) {
	if f.read(name, &s, "must be a string") && len(s) > limit {
		f.Fail(f.TooLong, name+" is too long")
		return ""
	}
	return s
}

// ID is Code that must be there.
func (f *Fields) ID(name string, limit int) string { return f.Must(name, f.Code(name, limit)) }

// Code reads a text that programs compare and that XML can carry as it is, "" where it is
// absent.
func (f *Fields) Code(name string, limit int) string {
	s := f.Text(name, limit)
	if strings.ContainsFunc(s, Unprintable) {
		f.Fail(f.args, name+" has a control character")
	}
	return s
}

// Unprintable tells what XML cannot carry, and line ends and tabs.
func Unprintable(r rune) bool { return unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF }

// Prose reads a text for people, on one line.
func (f *Fields) Prose(name string, limit int) string { return input.OneLine(f.Text(name, limit)) }

// Chars is Prose of up to limit characters.
func (f *Fields) Chars(name string, limit int) string {
	s := f.Prose(name, limit*utf8.UTFMax)
	if utf8.RuneCountInString(s) > limit {
		f.Fail(f.TooLong, name+" is too long")
		return ""
	}
	return s
}

// Must says that a text is missing where there is none.
func (f *Fields) Must(name, s string) string {
	if s == "" {
		f.Fail(f.args, name+" is missing")
	}
	return s
}

// Into reads what has a fixed shape, and leaves v alone where it is absent.
func (f *Fields) Into(name string, v any) { f.read(name, v, "has another shape than documented") }

// given tells whether a member is there that somebody set.
func (f *Fields) given(name string) bool {
	var v any
	return f.Has(name) && (json.Unmarshal(f.members[name], &v) != nil || !unset(v))
}

// Part returns the object that is a member, or nil. One that is needed may be empty: which
// of its members are missing is said of them.
func (f *Fields) Part(name string, needed bool) *Fields {
	switch {
	case needed && f.Has(name), f.given(name):
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

// unset tells whether a member is what programs write where nobody set one: nothing, 0, or
// an object of such members. PHP writes an empty object as a list.
func unset(member any) bool {
	switch v := member.(type) {
	case string:
		return v == ""
	case bool:
		return !v
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		for _, member := range v {
			if !unset(member) {
				return false
			}
		}
	}
	return true
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
