package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
)

// maxMoment is in the year 5138: what is later is in milliseconds.
const maxMoment = 100_000_000_000

// Number reads a whole number, 0 where it is absent.
func (f *Fields) Number(name string) (n int64) {
	f.read(name, &n, "must be a whole number")
	return n
}

// Figure is Number as an event has it: in digits.
func (f *Fields) Figure(name string) string { return strconv.FormatInt(f.Number(name), 10) }

// figure is Figure, "" where it is absent. hint is for a number that is not good.
func (f *Fields) figure(name, hint string, good func(int64) bool) string {
	if !f.Has(name) {
		return ""
	}
	n := f.Number(name)
	if !good(n) {
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
	if n := 0.0; !f.read(name, &n, "must be a number") {
		return "0"
	}
	return string(f.members[name])
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
