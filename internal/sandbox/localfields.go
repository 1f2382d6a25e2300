package sandbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Of figures: the longest text of one that is read, and more than any can mean.
const (
	maxDigits = 40
	maxFigure = 1_000_000_000_000
)

// under is part for an object whose name hints are to have.
func (f *fields) under(name string, needed bool) *fields {
	p := f.part(name, needed)
	if p != nil {
		p.at = f.at + name + "."
	}
	return p
}

// chars reads a text for people of at most limit characters.
func (f *fields) chars(name string, limit int) string {
	s := f.words(name, limit*utf8.UTFMax)
	if utf8.RuneCountInString(s) > limit {
		f.failed(f.tooLong, f.at+name+" is too long")
		return ""
	}
	return s
}

// must says that a text is missing where there is none.
func (f *fields) must(name, s string) string {
	if s == "" {
		f.failed(codeArgs, f.at+name+" is missing")
	}
	return s
}

// choice reads a whole number that is one of a few, "" where it is absent.
func (f *fields) choice(name string, of ...int64) string {
	if !f.has(name) {
		return ""
	}
	n := f.number(name)
	if !slices.Contains(of, n) {
		f.failed(codeArgs, f.at+name+" is none of its values")
	}
	return strconv.FormatInt(n, 10)
}

// moment reads a time in seconds since 1970, "" where it is absent. Nothing is
// booked for the year 5138: that is what milliseconds look like.
func (f *fields) moment(name string) string {
	if !f.has(name) {
		return ""
	}
	n := f.number(name)
	if n < 0 || n > 100_000_000_000 {
		f.failed(codeArgs, f.at+name+" is no time in seconds")
	}
	return strconv.FormatInt(n, 10)
}

// amount reads a number with so many decimals, to which it is rounded, that is more
// than over and at most upTo (both in units of the last decimal). It returns it as an
// event has it: "" where it is absent, and without zeros at its end.
func (f *fields) amount(name string, decimals int, over, upTo int64) string {
	if !f.has(name) {
		return ""
	}
	var text json.Number
	raw := f.members[name]
	if raw[0] == '"' || json.Unmarshal(raw, &text) != nil {
		f.failed(codeFormat, f.at+name+" must be a number")
		return ""
	}
	n, ok := rounded(string(text), decimals)
	if !ok || n <= over || n > upTo {
		f.failed(codeArgs, f.at+name+" is out of its range")
		return ""
	}
	return decimalText(n, decimals)
}

// rounded is a JSON number in units of its last decimal, halves away from zero. It
// reports false for one that no figure of ours can be. No float is in between: 1.005
// is to be 1.01.
func rounded(text string, decimals int) (int64, bool) {
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
	if err != nil || n > maxFigure {
		return 0, false
	}
	if n += up; negative {
		n = -n
	}
	return n, true
}

// decimalText writes n units of the last decimal as a number, without zeros at its
// end.
func decimalText(n int64, decimals int) string {
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

// length is how many characters a member has as JSON, without white space.
func (f *fields) length(name string) int {
	var b bytes.Buffer
	if json.Compact(&b, f.members[name]) != nil {
		return 0
	}
	return utf8.RuneCount(b.Bytes())
}
