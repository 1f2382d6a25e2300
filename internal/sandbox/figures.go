package sandbox

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"carrierhook/internal/input"
)

// maxMoment is in the year 5138: what is later is in milliseconds.
const maxMoment = 100_000_000_000

// number is a member as it is written, "" where it is absent or no number.
func (f *Fields) number(name, hint string) string {
	var n json.Number // takes a text as well
	if raw := f.members[name]; f.Has(name) && (raw[0] == '"' || json.Unmarshal(raw, &n) != nil) {
		f.Fail(CodeFormat, name+" "+hint)
		return ""
	}
	return n.String()
}

// Number reads a whole number, 0 where it is absent. It may be written 1.0.
func (f *Fields) Number(name string) int64 {
	const hint = "must be a whole number"
	s := f.number(name, hint)
	n, ok := input.Figure{Whole: true}.Parse(s)
	if s != "" && !ok {
		f.Fail(CodeFormat, name+" "+hint)
	}
	return n
}

// Figure is Number as an event has it: in digits.
func (f *Fields) Figure(name string) string { return strconv.FormatInt(f.Number(name), 10) }

// figure is Figure, "" where it is absent, and where it is a 0 that is not good: programs
// write it for what nobody set. hint is for another number that is not good.
func (f *Fields) figure(name, hint string, good func(int64) bool) string {
	n := f.Number(name)
	switch {
	case !f.Has(name), n == 0 && !good(0):
		return ""
	case !good(n):
		f.Fail(f.args, name+" "+hint)
	}
	return strconv.FormatInt(n, 10)
}

// Choice reads a whole number that is one of a few, "" where it is absent.
func (f *Fields) Choice(name string, of ...int64) string {
	return f.figure(name, "is none of its values", func(n int64) bool { return slices.Contains(of, n) })
}

// Moment reads a time in seconds since 1970, "" where it is absent.
func (f *Fields) Moment(name string) string {
	return f.figure(name, "is no time in seconds", func(n int64) bool { return n >= 0 && n <= maxMoment })
}

// Count reads how many there are, one or more, "" where it is absent.
func (f *Fields) Count(name string) string {
	return f.figure(name, "is out of its range", func(n int64) bool { return n > 0 && n <= MaxFigure })
}

// Decimal reads a number as it is written, 0 where it is absent.
func (f *Fields) Decimal(name string) string {
	return cmp.Or(f.number(name, "must be a number"), "0")
}

// Amount reads a number with so many decimals, to which it is rounded, that is more
// than over and no more than upTo (both in units of the last decimal). It returns it as an
// event has it: "" where it is absent or a 0 that may not be, and without zeros at its end.
func (f *Fields) Amount(name string, decimals int, over, upTo int64) string {
	s := f.number(name, "must be a number")
	n, ok := input.Figure{Places: decimals}.Parse(s)
	switch {
	case s == "", ok && n == 0 && over >= 0:
		return ""
	case !ok || n <= over || n > upTo:
		f.Fail(f.args, name+" is out of its range")
		return ""
	}
	return DecimalText(n, decimals)
}

// NumberOrID is ID for what may be a number as well.
func (f *Fields) NumberOrID(name string, limit int) string {
	var n json.Number
	if raw := f.members[name]; f.Has(name) && raw[0] != '"' && json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return f.ID(name, limit)
}

// CentsDecimals are those of a yuan.
const CentsDecimals = 2

// Cents are yuan with them.
var Cents = input.Figure{Places: CentsDecimals}

// MaxFigure is more than any figure can mean.
const MaxFigure = 1_000_000_000_000

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
