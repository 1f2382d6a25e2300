package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest texts, in bytes. They are ample.
const (
	MaxID   = 128
	MaxText = 1024
)

// Fields reads the members of a request's JSON object and remembers the first
// thing that is wrong. Names are exact (encoding/json would take any letter
// case), a number is no text, and unknown members are ignored.
type Fields struct {
	members map[string]json.RawMessage
	at      string // what hints put before a member's name
	TooLong int    // the code for a text that is too long
	Wrong   *Failure
}

// parseFields reads a whole body.
func parseFields(body []byte) (*Fields, *Failure) {
	if len(body) == 0 {
		return nil, Fail(codeEmptyBody, "")
	}
	f := &Fields{TooLong: CodeArgs}
	if !utf8.Valid(body) {
		return nil, Fail(CodeFormat, "the body is not UTF-8")
	}
	if err := json.Unmarshal(body, &f.members); err != nil || f.members == nil {
		return nil, Fail(CodeFormat, "the body is not one JSON object")
	}
	return f, nil
}

// Fail notes what is wrong with a member: hint begins with its name.
func (f *Fields) Fail(code int, hint string) {
	if hint != "" {
		hint = f.at + hint
	}
	f.note(&Failure{Code: code, Hint: hint})
}

// note keeps the first failure, but what has the wrong type goes before what has the
// wrong value.
func (f *Fields) note(wrong *Failure) {
	if f.Wrong == nil || wrong.Code == CodeFormat && f.Wrong.Code != CodeFormat {
		f.Wrong = wrong
	}
}

// Has tells whether a member is there and not null.
func (f *Fields) Has(name string) bool {
	raw, ok := f.members[name]
	return ok && string(raw) != "null"
}

// read reads a member into v, which stays as it is where there is none.
func (f *Fields) read(name string, v any, wrong string) bool {
	if !f.Has(name) {
		return false
	}
	if json.Unmarshal(f.members[name], v) != nil {
		f.Fail(CodeFormat, name+" "+wrong)
		return false
	}
	return true
}

// Text reads a text of up to limit bytes, "" where it is absent.
func (f *Fields) Text(name string, limit int) (s string) {
	if f.read(name, &s, "must be a string") && len(s) > limit {
		f.Fail(f.TooLong, name+" is too long")
		return ""
	}
	return s
}

// ID reads a text that must be there and that XML can carry as it is.
func (f *Fields) ID(name string, limit int) string {
	s := f.Text(name, limit)
	switch {
	case s == "":
		f.Fail(CodeArgs, name+" is missing")
	case strings.ContainsFunc(s, Unprintable):
		f.Fail(CodeArgs, name+" has a control character")
	}
	return s
}

// Unprintable tells what XML cannot carry, and line ends and tabs.
func Unprintable(r rune) bool { return unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF }

// Number reads a whole number, 0 where it is absent.
func (f *Fields) Number(name string) (n int64) {
	f.read(name, &n, "must be a whole number")
	return n
}

// Flag reads a boolean, false where it is absent.
func (f *Fields) Flag(name string) (b bool) {
	f.read(name, &b, "must be a boolean")
	return b
}

// Words reads a text for people. XML cannot carry most control characters.
func (f *Fields) Words(name string, limit int) string {
	s := f.Text(name, limit)
	if strings.ContainsFunc(s, func(r rune) bool { return Unprintable(r) && r != '\n' && r != '\t' }) {
		f.Fail(CodeArgs, name+" has a control character")
	}
	return s
}

// Figure is number for an event, which has figures as they are written.
func (f *Fields) Figure(name string) string { return strconv.FormatInt(f.Number(name), 10) }

// Decimal reads a number as it is written, 0 where it is absent.
func (f *Fields) Decimal(name string) string {
	if n := 0.0; !f.read(name, &n, "must be a number") {
		return "0"
	}
	return string(f.members[name])
}

// Into reads what has a fixed shape, and leaves v alone where it is absent.
func (f *Fields) Into(name string, v any) { f.read(name, v, "has another shape than documented") }

// Part returns the object that is a member, or nil.
func (f *Fields) Part(name string, needed bool) *Fields {
	switch {
	case f.Has(name):
		return f.Sub(name, f.members[name])
	case needed:
		f.Fail(CodeArgs, name+" is missing")
	}
	return nil
}

// Sub returns the object that is one of a member's.
func (f *Fields) Sub(name string, raw json.RawMessage) *Fields {
	p := &Fields{TooLong: f.TooLong}
	if json.Unmarshal(raw, &p.members) != nil {
		p.Fail(CodeFormat, f.at+name+" must be an object")
	}
	return p
}

// Adopt takes over what was wrong in a part.
func (f *Fields) Adopt(p *Fields) {
	if p.Wrong != nil {
		f.note(p.Wrong)
	}
}
