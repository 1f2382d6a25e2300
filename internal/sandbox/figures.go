package sandbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// CentsDecimals are those of a yuan.
const CentsDecimals = 2

// Of figures: the longest text of one that is read, and more than any can mean.
const (
	maxDigits = 40
	MaxFigure = 1_000_000_000_000
)

// Under is part for an object whose name hints are to have.
func (f *Fields) Under(name string, needed bool) *Fields {
	p := f.Part(name, needed)
	if p != nil {
		p.at = f.at + name + "."
	}
	return p
}

// Chars reads a text for people of up to limit characters.
func (f *Fields) Chars(name string, limit int) string {
	s := f.Words(name, limit*utf8.UTFMax)
	if utf8.RuneCountInString(s) > limit {
		f.Fail(f.TooLong, name+" is too long")
		return ""
	}
	return s
}

// Must says that a text is missing where there is none.
func (f *Fields) Must(name, s string) string {
	if s == "" {
		f.Fail(CodeArgs, name+" is missing")
	}
	return s
}

// Choice reads a whole number that is one of a few, "" where it is absent.
func (f *Fields) Choice(name string, of ...int64) string {
	if !f.Has(name) {
		return ""
	}
	n := f.Number(name)
	if !slices.Contains(of, n) {
		f.Fail(CodeArgs, name+" is none of its values")
	}
	return strconv.FormatInt(n, 10)
}

// Moment reads a time in seconds since 1970, "" where it is absent. Nothing is
// booked for the year 5138: that is what milliseconds look like.
func (f *Fields) Moment(name string) string {
	if !f.Has(name) {
		return ""
	}
	n := f.Number(name)
	if n < 0 || n > 100_000_000_000 {
		f.Fail(CodeArgs, name+" is no time in seconds")
	}
	return strconv.FormatInt(n, 10)
}

// Amount reads a number with so many decimals, to which it is Rounded, that is more
// than over and no more than upTo (both in units of the last decimal). It returns it as an
// event has it: "" where it is absent, and without zeros at its end.
func (f *Fields) Amount(name string, decimals int, over, upTo int64) string {
	if !f.Has(name) {
		return ""
	}
	var text json.Number
	raw := f.members[name]
	if raw[0] == '"' || json.Unmarshal(raw, &text) != nil {
		f.Fail(CodeFormat, name+" must be a number")
		return ""
	}
	n, ok := Rounded(string(text), decimals)
	if !ok || n <= over || n > upTo {
		f.Fail(CodeArgs, name+" is out of its range")
		return ""
	}
	return DecimalText(n, decimals)
}

// Rounded is a JSON number in units of its last decimal, halves away from zero. It
// reports false for one that no figure of ours can be. No float is in between: 1.005
// is to be 1.01.
func Rounded(text string, decimals int) (int64, bool) {
	if len(text) > maxDigits {
		return 0, false
	}
	text, negative := strings.CutPrefix(text, "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	whole, part, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+part, "0")
	shift := decimals - len(part)
	if exponent != "" {
		e, err := strconv.Atoi(exponent)
		if err != nil || e < -1000 || e > 1000 {
			return 0, false
		}
		shift += e
	}
	up := int64(0)
	if digits != "" && shift > 0 {
		digits += strings.Repeat("0", min(shift, maxDigits))
	}
	if shift < 0 {
		cut := len(digits) + shift
		if cut >= 0 && digits[cut:] != "" && digits[cut] >= '5' {
			up = 1
		}
		digits = digits[:max(cut, 0)]
	}
	if digits == "" {
		digits = "0"
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > MaxFigure {
		return 0, false
	}
	if n += up; negative {
		n = -n
	}
	return n, true
}

// DecimalText writes n units of the last decimal as a number, without zeros at its
// end.
func DecimalText(n int64, decimals int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := strconv.FormatInt(n, 10)
	if len(s) <= decimals {
		s = strings.Repeat("0", decimals+1-len(s)) + s
	}
	at := len(s) - decimals
	return strings.TrimSuffix(sign+s[:at]+"."+strings.TrimRight(s[at:], "0"), ".")
}

// Length is how many characters a member has as JSON, without white space.
func (f *Fields) Length(name string) int {
	var b bytes.Buffer
	if json.Compact(&b, f.members[name]) != nil {
		return 0
	}
	return utf8.RuneCount(b.Bytes())
}

// Count reads how many there are: one at least.
func (f *Fields) Count(name string) string {
	if !f.Has(name) {
		return ""
	}
	n := f.Number(name)
	if n <= 0 || n > MaxFigure {
		f.Fail(CodeArgs, name+" is out of its range")
	}
	return strconv.FormatInt(n, 10)
}

// NumberOrID is ID for what may be a number as well.
func (f *Fields) NumberOrID(name string, limit int) string {
	var n json.Number
	if raw := f.members[name]; f.Has(name) && raw[0] != '"' && json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return f.ID(name, limit)
}

// List reads the objects of a list. Hints to a member of one name its place if they do
// so for f.
func (f *Fields) List(name string) (list []*Fields) {
	var all []json.RawMessage
	f.Into(name, &all)
	for _, raw := range all {
		p := f.Sub(name, raw)
		if f.at != "" {
			p.at = f.at + name + "."
		}
		list = append(list, p)
	}
	return list
}
