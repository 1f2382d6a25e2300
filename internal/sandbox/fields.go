package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest texts, in bytes. That of an order's id is WeChat's; the others
// are ample.
const (
	maxOrderID = 512
	maxID      = 128
	maxText    = 1024
)

// fields reads the members of a request's JSON object and remembers the first
// thing that is wrong. Names are exact (encoding/json would take any letter
// case), a number is no text, and members that nobody asks for are ignored.
type fields struct {
	members map[string]json.RawMessage
	at      string // what hints put before a member's name
	tooLong int    // the code for a text that is too long
	wrong   *failure
}

// parseFields reads a whole body.
func parseFields(body []byte) (*fields, *failure) {
	if len(body) == 0 {
		return nil, fail(codeEmptyBody, "")
	}
	f := &fields{tooLong: codeArgs}
	if !utf8.Valid(body) {
		return nil, fail(codeFormat, "the body is not UTF-8")
	}
	if err := json.Unmarshal(body, &f.members); err != nil || f.members == nil {
		return nil, fail(codeFormat, "the body is not one JSON object")
	}
	return f, nil
}

// failed keeps the first failure, but what has the wrong type goes before what
// has the wrong value.
func (f *fields) failed(code int, hint string) {
	if f.wrong == nil || code == codeFormat && f.wrong.code != codeFormat {
		f.wrong = fail(code, hint)
	}
}

// has tells whether a member is there and not null.
func (f *fields) has(name string) bool {
	raw, ok := f.members[name]
	return ok && string(raw) != "null"
}

// text reads a text of at most limit bytes, "" where it is absent.
func (f *fields) text(name string, limit int) (s string) {
	if !f.has(name) {
		return ""
	}
	if json.Unmarshal(f.members[name], &s) != nil {
		f.failed(codeFormat, f.at+name+" must be a string")
		return ""
	}
	if len(s) > limit {
		f.failed(f.tooLong, f.at+name+" is too long")
		return ""
	}
	return s
}

// id reads a text that must be there and that XML can carry as it is.
func (f *fields) id(name string, limit int) string {
	s := f.text(name, limit)
	switch {
	case s == "":
		f.failed(codeArgs, f.at+name+" is missing")
	case strings.ContainsFunc(s, unprintable):
		f.failed(codeArgs, f.at+name+" has a control character")
	}
	return s
}

func unprintable(r rune) bool { return unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF }

// number reads a whole number, 0 where it is absent.
func (f *fields) number(name string) (n int64) {
	if f.has(name) && json.Unmarshal(f.members[name], &n) != nil {
		f.failed(codeFormat, f.at+name+" must be a whole number")
	}
	return n
}

// flag reads a boolean, false where it is absent.
func (f *fields) flag(name string) (b bool) {
	if f.has(name) && json.Unmarshal(f.members[name], &b) != nil {
		f.failed(codeFormat, f.at+name+" must be a boolean")
	}
	return b
}

// words reads a text for people. XML cannot carry most control characters.
func (f *fields) words(name string, limit int) string {
	s := f.text(name, limit)
	if strings.ContainsFunc(s, func(r rune) bool { return unprintable(r) && r != '\n' && r != '\t' }) {
		f.failed(codeArgs, f.at+name+" has a control character")
	}
	return s
}

// figure is number for an event, which has figures as they are written.
func (f *fields) figure(name string) string { return strconv.FormatInt(f.number(name), 10) }

// decimal reads a number as it is written, 0 where it is absent.
func (f *fields) decimal(name string) string {
	var n float64
	if !f.has(name) {
		return "0"
	}
	if json.Unmarshal(f.members[name], &n) != nil {
		f.failed(codeFormat, f.at+name+" must be a number")
		return "0"
	}
	return string(f.members[name])
}

// into reads what has a fixed shape, and leaves v alone where it is absent.
func (f *fields) into(name string, v any) {
	if f.has(name) && json.Unmarshal(f.members[name], v) != nil {
		f.failed(codeFormat, f.at+name+" has another shape than documented")
	}
}

// part returns the object that is a member, or nil.
func (f *fields) part(name string, needed bool) *fields {
	switch {
	case f.has(name):
		return f.sub(name, f.members[name])
	case needed:
		f.failed(codeArgs, f.at+name+" is missing")
	}
	return nil
}

func (f *fields) sub(name string, raw json.RawMessage) *fields {
	p := &fields{tooLong: f.tooLong}
	if json.Unmarshal(raw, &p.members) != nil {
		p.failed(codeFormat, f.at+name+" must be an object")
	}
	return p
}

// adopt takes over what was wrong in a part.
func (f *fields) adopt(p *fields) {
	if p.wrong != nil {
		f.failed(p.wrong.code, p.wrong.hint)
	}
}
